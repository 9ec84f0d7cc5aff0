//! Tickets: an attempt that is counted, until it turns out that it was no guess.

use std::time::Duration;

use super::Limits;
use super::counting::Counted;
use super::turns::Turn;
use crate::store::counters::Bucket;

/// Whether an attempt may go on.
#[must_use]
pub enum Admission {
    Admitted(Ticket),
    /// Not before this time has passed. Nothing was counted.
    TooMany {
        retry_after: Duration,
    },
}

/// An attempt that may go on. Dropped, it counts as a wrong guess.
#[must_use]
pub struct Ticket {
    limits: Limits,
    counted: Counted,
    _turn: Option<Turn>,
}

impl Ticket {
    /// The secret was right, or nobody looked at it: it was no guess.
    pub async fn give_back(self) {
        self.limits.0.counting.give_back(&self.counted).await;
    }
}

impl Limits {
    pub(super) async fn admit(&self, buckets: Vec<Bucket>, turn: Option<Turn>) -> Admission {
        match self.0.counting.take(&buckets).await {
            Ok(counted) => Admission::Admitted(Ticket {
                limits: self.clone(),
                counted,
                _turn: turn,
            }),
            Err(retry_after) => Admission::TooMany { retry_after },
        }
    }
}
