//! A TCP proxy between one node and PostgreSQL, that can cut connections, hold what they carry, and
//! delay it: all of them, some, or the one alone that listens for news.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What a client says who wants to be told of news.
const LISTEN: &[u8] = b"LISTEN ";

pub(crate) struct Proxy {
    pub address: SocketAddr,
    trouble: watch::Sender<Trouble>,
}

/// What is wrong, and with which connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub kind: Kind,
    pub reach: Reach,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nothing,
    /// Closed; new ones are closed at once.
    Cut,
    /// Open, and silent: what is sent arrives when that is over.
    Hold(Direction),
    Delay(Duration),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Both,
    ToDatabase,
    ToNode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    All,
    /// The one that listens for news.
    Feed,
    /// One in two, by this number.
    Half(u64),
}

/// One connection.
struct Line {
    number: u64,
    is_feed: AtomicBool,
    trouble: watch::Receiver<Trouble>,
}

impl Proxy {
    /// Leads to this port, which may change.
    pub(crate) async fn start(port: Arc<AtomicU16>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("loopback has free ports");
        let address = listener.local_addr().expect("it is bound");
        let (trouble, watched) = watch::channel(Trouble::NONE);
        tokio::spawn(accept(listener, port, watched));
        Self { address, trouble }
    }

    pub(crate) fn make(&self, trouble: Trouble) {
        self.trouble.send_replace(trouble);
    }

    pub(crate) fn heal(&self) {
        self.make(Trouble::NONE);
    }
}

impl Trouble {
    const NONE: Self = Self {
        kind: Kind::Nothing,
        reach: Reach::All,
    };
}

async fn accept(listener: TcpListener, port: Arc<AtomicU16>, trouble: watch::Receiver<Trouble>) {
    let mut number = 0;
    while let Ok((node, _)) = listener.accept().await {
        number += 1;
        let line = Line {
            number,
            is_feed: AtomicBool::new(false),
            trouble: trouble.clone(),
        };
        let port = port.load(Ordering::Acquire);
        tokio::spawn(async move {
            // Dropped, both ends are closed.
            let carried = async {
                let database = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
                carry(&line, node, database).await;
                Some(())
            };
            tokio::select! {
                _ = carried => {}
                () = line.until(|kind| kind == Kind::Cut) => {}
            }
        });
    }
}

async fn carry(line: &Line, mut node: TcpStream, mut database: TcpStream) {
    // Small statements are not to wait for more.
    drop((node.set_nodelay(true), database.set_nodelay(true)));
    let (from_node, to_node) = node.split();
    let (from_database, to_database) = database.split();
    tokio::select! {
        _ = pump(line, from_node, to_database, Direction::ToDatabase) => {}
        _ = pump(line, from_database, to_node, Direction::ToNode) => {}
    }
}

async fn pump(
    line: &Line,
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    direction: Direction,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        let bytes = &buffer[..length];
        if direction == Direction::ToDatabase
            && bytes.windows(LISTEN.len()).any(|window| window == LISTEN)
        {
            line.is_feed.store(true, Ordering::Release);
        }
        if let Kind::Delay(time) = line.kind() {
            tokio::time::sleep(time).await;
        }
        let is_held = |kind| [Kind::Hold(Direction::Both), Kind::Hold(direction)].contains(&kind);
        line.until(|kind| !is_held(kind)).await;
        to.write_all(bytes).await?;
    }
}

impl Line {
    /// What is wrong with this one.
    fn kind(&self) -> Kind {
        self.kind_in(*self.trouble.borrow())
    }

    fn kind_in(&self, trouble: Trouble) -> Kind {
        let is_meant = match trouble.reach {
            Reach::All => true,
            Reach::Feed => self.is_feed.load(Ordering::Acquire),
            Reach::Half(number) => (self.number ^ number).is_multiple_of(2),
        };
        if is_meant {
            trouble.kind
        } else {
            Kind::Nothing
        }
    }

    /// Waits until that is so.
    async fn until(&self, is_so: impl Fn(Kind) -> bool) {
        let mut trouble = self.trouble.clone();
        let changed = trouble.wait_for(|trouble| is_so(self.kind_in(*trouble)));
        if changed.await.is_err() {
            // Whoever made trouble is gone: nothing is wrong any more.
            std::future::pending::<()>().await;
        }
    }
}
