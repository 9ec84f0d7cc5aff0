//! A crowd that follows by streams: one thread, one epoll, and no more looked at than who was told of how many logouts.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

use super::application::BASE64_OF_CREDENTIALS;
use super::delays::Logout;
use crate::bench::exchange::{ANSWER_LIMIT, Response};
use crate::bench::people::{LOGGED_OUT, logout_of};
use crate::interrupt;

const HEAD_END: &[u8] = b"\r\n\r\n";
const EVENT_END: &[u8] = b"\n\n";
const EVENT: &str = "event: revocations\n";
const ROW: &str = "\"reason\":\"LOGGED_OUT\"";

/// Looked at in one turn: few, so that the answer to a logout doesn't wait long among followers.
const EVENTS_AT_ONCE: usize = 64;
const READ_BYTES: usize = 16 * 1024;

pub(super) struct Followers {
    epoll: OwnedFd,
    all: Vec<Follower>,
    address: SocketAddr,
    /// On which the last logout was asked for; behind the followers in the epoll.
    caller: Option<TcpStream>,
    answer: Vec<u8>,
    logouts: usize,
    /// How many were told of the last logout.
    told: usize,
    /// When the newest of the answer, and of what followers were told, was read.
    answered_at: Instant,
    told_at: Instant,
}

struct Follower {
    stream: TcpStream,
    heard: Heard,
}

/// What came on a stream.
#[derive(Default)]
struct Heard {
    unread: Vec<u8>,
    is_let_in: bool,
    events: usize,
    logouts: usize,
}

impl Followers {
    /// So many, each of which has been told something twice: it is let in, and at rest.
    ///
    /// # Errors
    /// When the server doesn't let them in.
    pub(super) fn arrive(address: SocketAddr, count: usize) -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut all = Vec::with_capacity(count);
        for index in 0..count {
            let follower = Follower::open(address)?;
            listen(&epoll, &follower.stream, index)?;
            all.push(follower);
        }
        let mut followers = Self {
            epoll,
            all,
            address,
            caller: None,
            answer: Vec::new(),
            logouts: 0,
            told: 0,
            answered_at: Instant::now(),
            told_at: Instant::now(),
        };
        let end = Instant::now() + ANSWER_LIMIT;
        while followers.all.iter().any(|one| one.heard.events < 2) {
            ensure!(Instant::now() < end, "not all followers were told anything");
            followers.turn(end)?;
        }
        Ok(followers)
    }

    /// Reads what comes meanwhile.
    ///
    /// # Errors
    /// When the server hangs up.
    pub(super) fn stay(&mut self, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.turn(end)?;
        }
        Ok(())
    }

    /// Somebody logs out; returns when the answer is there, and all were told.
    ///
    /// # Errors
    /// When the answer is another one, or somebody isn't told, or twice.
    pub(super) fn log_out(&mut self, token: &str) -> Result<Logout> {
        self.logouts += 1;
        self.told = 0;
        self.answer.clear();
        // A new one: the server doesn't keep those that are silent for long.
        let caller = self.caller.insert(connect(self.address)?);
        listen(&self.epoll, caller, self.all.len())?;
        caller
            .write_all(&logout_of(token))
            .context("cannot send to the server")?;
        let end = Instant::now() + ANSWER_LIMIT;
        let is_answered = |answer: &[u8]| -> Result<bool> {
            let response = Response::parse(answer)?;
            let is_good = response.map(|response| response.demand(LOGGED_OUT).context("logout"));
            Ok(is_good.transpose()?.is_some())
        };
        while self.told < self.all.len() || !is_answered(&self.answer)? {
            if Instant::now() > end {
                let (told, all) = (self.told, self.all.len());
                bail!("{told} of {all} followers were told of a logout");
            }
            self.turn(end)?;
        }
        Ok(Logout {
            acknowledged: self.answered_at,
            known: self.told_at,
        })
    }

    /// Reads from those who have something, once, or waits until somebody has.
    fn turn(&mut self, end: Instant) -> Result<()> {
        interrupt::check()?;
        let patience = Timespec::try_from(end.saturating_duration_since(Instant::now()))?;
        let mut events = Vec::with_capacity(EVENTS_AT_ONCE);
        epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&patience))?;
        let mut piece = [0; READ_BYTES];
        for event in &events {
            let data = event.data;
            let index = usize::try_from(data.u64())?;
            let Some(follower) = self.all.get_mut(index) else {
                let caller = self.caller.as_mut().context("nobody asked")?;
                let length = read(caller, &mut piece)?;
                self.answer.extend_from_slice(&piece[..length]);
                self.answered_at = Instant::now();
                continue;
            };
            let heard = &mut follower.heard;
            let before = heard.logouts;
            let length = read(&mut follower.stream, &mut piece)?;
            heard.take(&piece[..length])?;
            if heard.logouts > before {
                let (told, logouts) = (heard.logouts, self.logouts);
                ensure!(
                    told == logouts,
                    "a follower was told of {told} logouts, and there were {logouts}"
                );
                self.told += 1;
                self.told_at = Instant::now();
            }
        }
        Ok(())
    }
}

impl Follower {
    fn open(address: SocketAddr) -> Result<Self> {
        let mut stream = connect(address)?;
        let request = format!(
            "GET /revocations HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\
             Authorization: Basic {BASE64_OF_CREDENTIALS}\r\n\r\n"
        );
        stream
            .write_all(request.as_bytes())
            .context("cannot send to the server")?;
        Ok(Self {
            stream,
            heard: Heard::default(),
        })
    }
}

impl Heard {
    /// What is whole of the head, and then of the events. The latter are one chunk each, so that nothing stands inside of one.
    fn take(&mut self, piece: &[u8]) -> Result<()> {
        self.unread.extend_from_slice(piece);
        if !self.is_let_in {
            let Some(end) = last(&self.unread, HEAD_END) else {
                return Ok(());
            };
            let is_ok = self.unread.starts_with(b"HTTP/1.1 200");
            ensure!(
                is_ok,
                "a follower was answered:\n{}",
                String::from_utf8_lossy(&self.unread[..end])
            );
            self.is_let_in = true;
        }
        let Some(end) = last(&self.unread, EVENT_END) else {
            return Ok(());
        };
        let text = std::str::from_utf8(&self.unread[..end]).context("an event is not text")?;
        self.events += text.matches(EVENT).count();
        self.logouts += text.matches(ROW).count();
        self.unread.drain(..end);
        Ok(())
    }
}

fn connect(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(address).context("cannot connect to the server")?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn listen(epoll: &OwnedFd, stream: &TcpStream, index: usize) -> Result<()> {
    let data = epoll::EventData::new_u64(u64::try_from(index)?);
    epoll::add(epoll, stream, data, epoll::EventFlags::IN)?;
    Ok(())
}

fn read(stream: &mut TcpStream, piece: &mut [u8]) -> Result<usize> {
    let length = stream.read(piece).context("cannot read from the server")?;
    ensure!(length > 0, "the server hung up");
    Ok(length)
}

/// Where the last of these ends.
fn last(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let begin = bytes
        .windows(what.len())
        .rposition(|window| window == what)?;
    Some(begin + what.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_when_they_are_whole() -> Result<()> {
        let stream = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
            1a\r\nevent: revocations\ndata: {\"revocations\":[]}\n\n\r\n\
            3b\r\nevent: revocations\ndata: {\"revocations\":[{\"reason\":\"LOGGED_OUT\"}]}\n\n";
        for length in 1..=stream.len() {
            let mut heard = Heard::default();
            for piece in stream[..stream.len() - 1].chunks(length) {
                heard.take(piece)?;
            }
            assert_eq!(
                (heard.events, heard.logouts),
                (1, 0),
                "in pieces of {length}"
            );
            heard.take(b"\n")?;
            assert_eq!(
                (heard.events, heard.logouts),
                (2, 1),
                "in pieces of {length}"
            );
        }
        Ok(())
    }

    #[test]
    fn who_is_not_let_in_is_no_follower() {
        let refusal = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
        assert!(Heard::default().take(refusal).is_err());
    }
}
