//! `me` from memory and the constant, and nothing else: for a quick look at another build, or another environment.

use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::Result;

use super::stand::{CONNECTIONS, Setting, Stand};
use super::{Options, table};
use crate::interrupt;
use crate::scratch::Scratch;

/// # Errors
/// When a server doesn't start, or answers what it should not.
pub(crate) fn measure(setting: &Setting<'_>, options: &Options) -> Result<()> {
    let mut constant = Vec::new();
    let mut me = Vec::new();
    for _ in 0..options.starts {
        interrupt::check()?;
        let scratch = Scratch::new("bench-me")?;
        let stand = Stand::open(setting, &scratch, "sqlite", &[])?;
        let (of_constant, of_me) = stand.compare(&stand.people()?)?;
        constant.push(of_constant);
        me.push(of_me);
    }
    let mut text = String::new();
    writeln!(
        text,
        "\nMedians of {} starts, {} s a row, in brackets the least and the greatest.\n",
        options.starts, options.seconds
    )?;
    table::write_head(&mut text)?;
    for (name, figures) in [(table::CONSTANT, &constant), (table::ME, &me)] {
        let figures: Vec<_> = figures.iter().collect();
        table::write_row(&mut text, name, CONNECTIONS, &figures)?;
    }
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}
