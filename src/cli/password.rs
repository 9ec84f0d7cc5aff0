//! Passwords are typed, or read from standard input; never from an argument, which others can see.

use std::io::{BufRead as _, IsTerminal as _, stdin};

use super::CommandError;
use crate::model::secret::Password;

/// Asks for a new password: twice at a terminal, else one line of standard input.
pub(super) fn ask() -> Result<Password, CommandError> {
    if !stdin().is_terminal() {
        return read_line();
    }
    let unreadable = CommandError::PasswordUnreadable;
    let first = rpassword::prompt_password("New password: ").map_err(unreadable)?;
    let second = rpassword::prompt_password("Once more: ").map_err(unreadable)?;
    let (first, second) = (Password::new(first), Password::new(second));
    if first.expose() != second.expose() {
        return Err(CommandError::PasswordsDiffer);
    }
    Ok(first)
}

fn read_line() -> Result<Password, CommandError> {
    let mut line = String::new();
    stdin()
        .lock()
        .read_line(&mut line)
        .map_err(CommandError::PasswordUnreadable)?;
    // The line's end is not the password's; all else is, spaces included.
    let text = line.strip_suffix('\n').unwrap_or(&line);
    Ok(Password::new(
        text.strip_suffix('\r').unwrap_or(text).to_owned(),
    ))
}
