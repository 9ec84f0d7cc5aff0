//! What was found, in plain words.

use std::error::Error;
use std::fmt;

use serde::Serialize;

/// What a look at one thing came to.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    pub status: Status,
    /// How it is; if it is wrong, also what to do.
    pub text: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    /// It works, and something should be done.
    Warning,
    /// It does not work, or what is promised does not hold.
    Fault,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Fault => "fault",
        })
    }
}

/// All that was found, in the order of looking.
#[derive(Default)]
pub(super) struct Findings(pub(super) Vec<Finding>);

impl Findings {
    pub(super) fn ok(&mut self, check: &'static str, text: impl Into<String>) {
        self.add(check, Status::Ok, &text.into());
    }

    pub(super) fn warn(&mut self, check: &'static str, text: impl Into<String>) {
        self.add(check, Status::Warning, &text.into());
    }

    pub(super) fn fault(&mut self, check: &'static str, text: impl Into<String>) {
        self.add(check, Status::Fault, &text.into());
    }

    /// A question that got no answer.
    pub(super) fn unanswered(&mut self, check: &'static str, error: &dyn Error, remedy: &str) {
        self.fault(check, format!("{}; {remedy}", chain(error)));
    }

    fn add(&mut self, check: &'static str, status: Status, text: &str) {
        // One line each, whatever a store says.
        let text = text.replace(['\r', '\n'], " ");
        self.0.push(Finding {
            check,
            status,
            text,
        });
    }
}

/// An error and its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
