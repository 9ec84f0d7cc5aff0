//! The load: connections that each send a request, wait for its answer, and send the next.
//!
//! One thread, one epoll, and nothing parsed twice: what is measured shall be the server.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

use super::exchange::{ANSWER_LIMIT, Response};
use crate::interrupt;

/// Room for a response of the usual size in one read.
const READ_BYTES: usize = 4096;
/// Latencies for which there is room from the start: a growing list would disturb.
const EXPECTED_ANSWERS: usize = 1 << 20;

/// What the connections are to send.
pub(crate) trait Work {
    /// The next request of a connection, if there is one.
    fn next(&mut self, connection: usize) -> Option<&[u8]>;

    /// Looks at an answer. One that repeats the connection's last one is not shown again.
    ///
    /// # Errors
    /// When it isn't what was asked for.
    fn look(&mut self, connection: usize, response: Response<'_>) -> Result<()>;
}

pub(crate) struct Measured {
    /// From the first byte sent to the last one read, in nanoseconds, in no particular order.
    pub(crate) latencies: Vec<u64>,
    pub(crate) elapsed: Duration,
}

pub(crate) struct Driver {
    epoll: OwnedFd,
    connections: Vec<Connection>,
}

impl Driver {
    /// # Errors
    /// When the server does not take so many connections.
    pub(crate) fn connect(address: SocketAddr, count: usize) -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut connections = Vec::with_capacity(count);
        for index in 0..count {
            let connection = Connection::open(address)?;
            let data = epoll::EventData::new_u64(u64::try_from(index)?);
            epoll::add(&epoll, &connection.stream, data, epoll::EventFlags::IN)?;
            connections.push(connection);
        }
        Ok(Self { epoll, connections })
    }

    /// Works until the time is over or the work is done. What is under way then is waited for, and counts.
    ///
    /// # Errors
    /// When the server is silent, or answers what it should not.
    pub(crate) fn run(&mut self, limit: Duration, work: &mut dyn Work) -> Result<Measured> {
        let mut latencies = Vec::with_capacity(EXPECTED_ANSWERS);
        let mut events = Vec::with_capacity(self.connections.len());
        let silence = Timespec::try_from(ANSWER_LIMIT)?;
        let start = Instant::now();
        let end = start + limit;
        let mut under_way = 0;
        for (index, connection) in self.connections.iter_mut().enumerate() {
            under_way += usize::from(connection.send(work.next(index))?);
        }
        while under_way > 0 {
            interrupt::check()?;
            events.clear();
            epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&silence))?;
            if events.is_empty() {
                bail!(
                    "the server has been silent for {} s",
                    ANSWER_LIMIT.as_secs()
                );
            }
            for event in &events {
                let data = event.data;
                let index = usize::try_from(data.u64())?;
                let connection = &mut self.connections[index];
                let Some(latency) = connection.receive(index, work)? else {
                    continue;
                };
                latencies.push(u64::try_from(latency.as_nanos())?);
                under_way -= 1;
                if Instant::now() < end {
                    under_way += usize::from(connection.send(work.next(index))?);
                }
            }
        }
        Ok(Measured {
            latencies,
            elapsed: start.elapsed(),
        })
    }
}

/// The socket blocks: it is read only when there is something, and a request always fits into its buffer.
struct Connection {
    stream: TcpStream,
    sent_at: Instant,
    buffer: Vec<u8>,
    filled: usize,
    last: Accepted,
}

/// The answer that was last looked at, and where it lay. An answer of the same shape that holds the same body needs no second look.
#[derive(Default)]
struct Accepted {
    head_length: usize,
    body: Vec<u8>,
}

impl Accepted {
    fn is_repeated_by(&self, bytes: &[u8]) -> bool {
        !self.body.is_empty()
            && bytes.len() == self.head_length + self.body.len()
            && bytes.starts_with(b"HTTP/1.1 200")
            && bytes[..self.head_length].ends_with(b"\r\n\r\n")
            && bytes[self.head_length..] == self.body
    }
}

impl Connection {
    fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).context("cannot connect to the server")?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            sent_at: Instant::now(),
            buffer: vec![0; READ_BYTES],
            filled: 0,
            last: Accepted::default(),
        })
    }

    fn send(&mut self, request: Option<&[u8]>) -> Result<bool> {
        let Some(request) = request else {
            return Ok(false);
        };
        self.sent_at = Instant::now();
        self.stream
            .write_all(request)
            .context("cannot send to the server")?;
        Ok(true)
    }

    /// How long the answer took, if it is whole now.
    fn receive(&mut self, index: usize, work: &mut dyn Work) -> Result<Option<Duration>> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.filled * 2, 0);
        }
        let length = self
            .stream
            .read(&mut self.buffer[self.filled..])
            .context("cannot read from the server")?;
        if length == 0 {
            bail!("the server closed a connection");
        }
        self.filled += length;
        let bytes = &self.buffer[..self.filled];
        if !self.last.is_repeated_by(bytes) {
            let Some(response) = Response::parse(bytes)? else {
                return Ok(None);
            };
            if response.length() < bytes.len() {
                bail!("the server says more than it was asked");
            }
            work.look(index, response)?;
            self.last.head_length = response.head_length;
            self.last.body.clear();
            self.last.body.extend_from_slice(response.body.as_bytes());
        }
        self.filled = 0;
        Ok(Some(self.sent_at.elapsed()))
    }
}
