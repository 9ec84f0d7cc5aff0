//! What a sub-system pays for a token: in `cardea-verifier`, and in `@cardea/verify` beside bare `jose`.

use std::path::Path;

use anyhow::{Context, Result};

use crate::bench::stand::Setting;
use crate::bench::told::Told;
use crate::process;
use crate::test::NODE_CLIENT;

/// Rounds of the one in Node: the starts come on top.
const NODE_ROUNDS: &str = "5";
/// Revocations that it keeps meanwhile.
pub(super) const REVOCATIONS_IN_NODE: u32 = 100_000;

const NANOSECONDS_PER_MICROSECOND: f64 = 1e3;

/// In microseconds.
pub(super) struct Verifying {
    pub(super) in_rust: OfToken,
    pub(super) in_node: OfToken,
    /// Of a token, in Node, by `jose` alone.
    pub(super) bare: f64,
}

pub(super) struct OfToken {
    pub(super) remembered: f64,
    pub(super) new: f64,
}

impl Verifying {
    /// # Errors
    /// When one of the programs that measure it fails.
    pub(super) fn measure(setting: &Setting<'_>) -> Result<Self> {
        let in_rust = Told::by(setting, &setting.example("cost"), &[])?;
        let microseconds =
            |name| Ok::<_, anyhow::Error>(in_rust.figure(name)? / NANOSECONDS_PER_MICROSECOND);
        let node = process::find("node").context("`node` is not installed")?;
        let script = Path::new(NODE_CLIENT).join("bench.mjs");
        let script = script.to_str().context("the script's path is text")?;
        let revocations = REVOCATIONS_IN_NODE.to_string();
        let in_node = Told::by(setting, &node, &[script, NODE_ROUNDS, &revocations])?;
        Ok(Self {
            in_rust: OfToken {
                remembered: microseconds("remembered_ns")?,
                new: microseconds("new_ns")?,
            },
            in_node: OfToken {
                remembered: in_node.figure("remembered_us")?,
                new: in_node.figure("new_us")?,
            },
            bare: in_node.figure("jose_us")?,
        })
    }
}
