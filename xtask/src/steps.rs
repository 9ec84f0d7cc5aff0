//! The steps of a chore, each announced, and told with its time.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<(String, Duration)>,
}

impl Steps {
    /// # Errors
    /// Those of the work, with the step's name.
    pub(crate) fn run(&mut self, name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        eprintln!("\n==> {name}");
        let start = Instant::now();
        let outcome = work();
        let took = start.elapsed();
        match &outcome {
            Ok(()) => eprintln!("<== {name}: passed, {:.1} s", took.as_secs_f64()),
            Err(_) => eprintln!("<== {name}: FAILED, {:.1} s", took.as_secs_f64()),
        }
        self.done.push((name.to_owned(), took));
        outcome.with_context(|| name.to_owned())
    }

    /// Every step passed: says so, once more in one place.
    pub(crate) fn summarise(&self) {
        eprintln!("\nAll passed:");
        for (name, took) in &self.done {
            eprintln!("{:>8.1} s  {name}", took.as_secs_f64());
        }
    }
}
