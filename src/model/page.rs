//! Pages: a window of a list, from cursor to cursor (Relay's GraphQL Cursor Connections).

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::refusal::Refusal;

/// How many a page has when nobody says.
pub const DEFAULT_SIZE: u8 = 20;

/// What no page has more of: a request's cost is bounded, and a client that wants more walks on.
pub const MAXIMUM_SIZE: u8 = 100;

/// What a list is ordered by, and a cursor holds. No two items share one, so a page goes on where
/// the last one ended, whatever came or went in between.
pub trait Key: Copy + Display + FromStr {
    /// Keeps the cursors of one list from being taken for those of another.
    const KIND: &'static str;
}

/// How a client asks for a page.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    pub first: Option<i32>,
    pub after: Option<String>,
    pub last: Option<i32>,
    pub before: Option<String>,
}

/// Which items of a list are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window<K> {
    /// At most [`MAXIMUM_SIZE`]; may be none.
    pub size: u8,
    pub direction: Direction,
    /// The item that they lie beyond, itself left out; `None`: the list's end.
    pub beyond: Option<K>,
}

/// Which way a list is walked. Its order is the same both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The first ones, or those that follow.
    Forward,
    /// The last ones, or those that come before.
    Backward,
}

/// Some items of a list, in the list's order, and whether there are more on either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub has_previous: bool,
    pub has_next: bool,
}

impl<K: Key> Window<K> {
    /// The window that is asked for, if it can be told which. Nothing is cut silently.
    pub fn of(asked: &Arguments) -> Result<Self, Refusal> {
        let is_forward = asked.first.is_some() || asked.after.is_some();
        let is_backward = asked.last.is_some() || asked.before.is_some();
        let (direction, size, cursor) = match (is_forward, is_backward) {
            (true, true) => {
                return Err(Refusal::BadInput(
                    "ask for one direction: `first` with `after`, or `last` with `before`",
                ));
            }
            (_, false) => (Direction::Forward, asked.first, &asked.after),
            (false, true) => (Direction::Backward, asked.last, &asked.before),
        };
        Ok(Self {
            size: size_of(size)?,
            direction,
            beyond: cursor.as_deref().map(key_of).transpose()?,
        })
    }
}

impl<T> Page<T> {
    /// The page that a window shows, out of what lies beyond its cursor: in the order in which it
    /// is walked, and one more than its size, if there are so many.
    pub fn of<K: Key>(window: Window<K>, mut walked: Vec<T>, passed: Passed) -> Self {
        let size = usize::from(window.size);
        let has_more = walked.len() > size;
        walked.truncate(size);
        let has_passed = passed == Passed::Some;
        match window.direction {
            Direction::Forward => Self {
                items: walked,
                has_previous: has_passed,
                has_next: has_more,
            },
            Direction::Backward => {
                walked.reverse();
                Self {
                    items: walked,
                    has_previous: has_more,
                    has_next: has_passed,
                }
            }
        }
    }

    /// The same page of something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(change).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
        }
    }
}

/// Whether a walk has left items behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    None,
    Some,
}

/// The cursor of the item with this key: opaque to clients.
pub fn cursor_of<K: Key>(key: K) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{key}", K::KIND))
}

/// The inverse of [`cursor_of`]. It need not be the key of anything: what it stood for may be gone.
fn key_of<K: Key>(cursor: &str) -> Result<K, Refusal> {
    let key = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| {
        let text = String::from_utf8(bytes).ok()?;
        let key = text.strip_prefix(K::KIND)?.strip_prefix(':')?;
        key.parse().ok()
    });
    // One item, one cursor: what another spelling of it would mean, nobody need know.
    key.filter(|key| cursor_of(*key) == cursor)
        .ok_or(Refusal::BadInput(
            "this is no cursor of this list; send one that its `pageInfo` or `edges` gave you",
        ))
}

fn size_of(asked: Option<i32>) -> Result<u8, Refusal> {
    let Some(asked) = asked else {
        return Ok(DEFAULT_SIZE);
    };
    u8::try_from(asked)
        .ok()
        .filter(|size| *size <= MAXIMUM_SIZE)
        .ok_or(Refusal::BadInput(
            "a page has from 0 to 100 items; ask for fewer, and walk on with its cursors",
        ))
}

#[cfg(test)]
mod tests;
