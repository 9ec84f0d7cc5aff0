//! Instruments that are told apart by a label whose values are known from the start.

use std::fmt;
use std::sync::Arc;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// A label: its name, and all values that it has.
pub(super) trait Label: Copy + PartialEq + fmt::Debug + Send + Sync + 'static {
    const NAME: &'static str;
    const ALL: &'static [Self];

    fn value(self) -> &'static str;
}

/// An instrument for each value of a label. All are there from the start, so that a rate is known
/// when the first thing happens; and they are found without a lock.
#[derive(Clone, Debug)]
pub(super) struct By<L, M>(Arc<[(L, M)]>);

impl<L: Label, M> By<L, M> {
    pub(super) fn new(make: impl Fn() -> M) -> Self {
        Self(L::ALL.iter().map(|label| (*label, make())).collect())
    }

    pub(super) fn of(&self, label: L) -> &M {
        let found = self.0.iter().find(|(known, _)| *known == label);
        &found.expect("ALL has every value").1
    }
}

impl<L: Label, M: TypedMetric> TypedMetric for By<L, M> {
    const TYPE: MetricType = M::TYPE;
}

impl<L: Label, M: EncodeMetric + TypedMetric> EncodeMetric for By<L, M> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        for (label, metric) in &*self.0 {
            metric.encode(encoder.encode_family(&[(L::NAME, label.value())])?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }
}
