//! Server-Sent Events (WHATWG HTML, section 9.2), from bytes as they come.

use std::time::Duration;

/// A line or an event that is longer is refused. A thousand rows, as many as there are in one, have a few
/// hundred bytes each.
const MAXIMUM_LENGTH: usize = 2 * 1024 * 1024;

/// Puts bytes together to events.
#[derive(Default)]
pub(crate) struct Decoder {
    line: Vec<u8>,
    /// A line feed that comes next belongs to the carriage return before it.
    follows_return: bool,
    is_past_start: bool,
    name: String,
    data: String,
}

/// What a stream tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Event {
        name: String,
        data: String,
    },
    /// When to come back, if it ends.
    Retry(Duration),
}

/// The stream can't be read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

impl Decoder {
    /// What these bytes complete.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Result<Vec<Told>, Unreadable> {
        let mut told = Vec::new();
        for chunk in bytes.split_inclusive(|byte| b"\r\n".contains(byte)) {
            let (text, end) = match chunk.split_last() {
                Some((&end @ (b'\r' | b'\n'), text)) => (text, Some(end)),
                _ => (chunk, None),
            };
            let is_second_half = self.follows_return && chunk == b"\n";
            self.follows_return = end == Some(b'\r');
            if is_second_half {
                continue;
            }
            if self.line.len() + self.data.len() + text.len() > MAXIMUM_LENGTH {
                return Err(Unreadable);
            }
            self.line.extend_from_slice(text);
            if end.is_some() {
                let line = std::mem::take(&mut self.line);
                told.extend(self.take(&line)?);
            }
        }
        Ok(told)
    }

    fn take(&mut self, line: &[u8]) -> Result<Option<Told>, Unreadable> {
        let line = std::str::from_utf8(line).map_err(|_| Unreadable)?;
        let line = if std::mem::replace(&mut self.is_past_start, true) {
            line
        } else {
            line.strip_prefix('\u{feff}').unwrap_or(line)
        };
        if line.is_empty() {
            return Ok(self.end());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                if !self.data.is_empty() {
                    self.data.push('\n');
                }
                self.data.push_str(value);
            }
            "retry" => {
                let retry = value.parse().ok().map(Duration::from_millis);
                return Ok(retry.map(Told::Retry));
            }
            // A comment, an id (the answer has it, too), or what nobody knows yet.
            _ => {}
        }
        Ok(None)
    }

    /// An empty line ends an event. One that has only a name is told as well.
    fn end(&mut self) -> Option<Told> {
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        let is_event = !name.is_empty() || !data.is_empty();
        is_event.then_some(Told::Event { name, data })
    }
}

#[cfg(test)]
mod tests;
