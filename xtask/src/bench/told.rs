//! What a program tells that measures by itself: a line for each figure, with its name, the median, the least and the greatest.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::stand::Setting;
use crate::process;

pub(crate) struct Told(String);

impl Told {
    /// Runs the program on the server's core.
    ///
    /// # Errors
    /// When it is not there, or fails.
    pub(crate) fn by(setting: &Setting<'_>, program: &Path, words: &[&str]) -> Result<Self> {
        let mut command = Command::new(setting.taskset);
        command.args(["-c", setting.server_core]).arg(program);
        process::output(command.args(words)).map(Self)
    }

    /// The median, the first of a line's figures.
    ///
    /// # Errors
    /// When there is none of that name.
    pub(crate) fn figure(&self, name: &str) -> Result<f64> {
        let Self(text) = self;
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        let figures: HashMap<_, _> = lines.collect();
        let of_name = figures
            .get(name)
            .and_then(|line| line.split(' ').next()?.parse().ok());
        of_name.with_context(|| format!("there is no figure {name} in what was told:\n{text}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Told;

    #[test]
    fn the_first_figure_of_a_name_is_its_median() {
        let told = Told("bytes 92.5 92.5 92.5\nlive_ns 140.0 130.0 200.1".to_owned());
        assert_eq!(told.figure("live_ns").ok(), Some(140.0));
        assert!(told.figure("ended_ns").is_err());
    }
}
