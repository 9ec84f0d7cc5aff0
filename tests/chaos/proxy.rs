//! A TCP proxy between clients and a server, or several, that can cut connections, hold what they carry, and
//! delay it: all of them, some, or those alone that listen for news; and that can lead elsewhere.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What a client says who wants to be told of news: to PostgreSQL, and to one of our servers.
const LISTEN: [&[u8]; 2] = [b"LISTEN ", b"GET /revocations"];

pub(crate) struct Proxy {
    pub address: SocketAddr,
    trouble: watch::Sender<Trouble>,
}

/// Where a proxy leads, or several.
#[derive(Clone)]
pub(crate) struct Target(watch::Sender<Place>);

#[derive(Clone, Copy)]
struct Place {
    port: u16,
    /// How often all connections were closed.
    closed: u64,
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
    ToServer,
    ToClient,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    All,
    /// Those that listen for news.
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
    /// Leads where it is told, anew for each connection; to several of them in turn.
    pub(crate) async fn start(targets: &[Target]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("loopback has free ports");
        let address = listener.local_addr().expect("it is bound");
        let (trouble, watched) = watch::channel(Trouble::NONE);
        let places = targets.iter().map(|target| target.0.subscribe()).collect();
        tokio::spawn(accept(listener, places, watched));
        Self { address, trouble }
    }

    pub(crate) fn make(&self, trouble: Trouble) {
        self.trouble.send_replace(trouble);
    }

    pub(crate) fn heal(&self) {
        self.make(Trouble::NONE);
    }
}

impl Target {
    pub(crate) fn new(port: u16) -> Self {
        Self(watch::Sender::new(Place { port, closed: 0 }))
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.borrow().port
    }

    /// From the next connection on.
    pub(crate) fn turn(&self, port: u16) {
        self.0.send_modify(|place| place.port = port);
    }

    /// Closes all connections that there are.
    pub(crate) fn close(&self) {
        self.0.send_modify(|place| place.closed += 1);
    }
}

impl Trouble {
    const NONE: Self = Self {
        kind: Kind::Nothing,
        reach: Reach::All,
    };

    /// Whether nobody who calls this way hears anything.
    pub(crate) const fn is_silence(self) -> bool {
        let is_silent = matches!(
            self.kind,
            Kind::Cut | Kind::Hold(Direction::Both | Direction::ToClient)
        );
        is_silent && matches!(self.reach, Reach::All)
    }
}

async fn accept(
    listener: TcpListener,
    places: Vec<watch::Receiver<Place>>,
    trouble: watch::Receiver<Trouble>,
) {
    let mut number = 0;
    let mut turns = places.iter().cycle();
    while let (Ok((client, _)), Some(place)) = (listener.accept().await, turns.next()) {
        number += 1;
        let line = Line {
            number,
            is_feed: AtomicBool::new(false),
            trouble: trouble.clone(),
        };
        let place = place.clone();
        tokio::spawn(async move {
            let Place { port, closed } = *place.borrow();
            // Dropped, both ends are closed.
            let carried = async {
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.ok()?;
                carry(&line, client, server).await;
                Some(())
            };
            tokio::select! {
                _ = carried => {}
                () = line.until(|kind| kind == Kind::Cut) => {}
                () = until(place, |place| place.closed != closed) => {}
            }
        });
    }
}

async fn carry(line: &Line, mut client: TcpStream, mut server: TcpStream) {
    // Small statements are not to wait for more.
    drop((client.set_nodelay(true), server.set_nodelay(true)));
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    tokio::select! {
        _ = pump(line, from_client, to_server, Direction::ToServer) => {}
        _ = pump(line, from_server, to_client, Direction::ToClient) => {}
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
        if direction == Direction::ToServer && { LISTEN.iter() }
            .any(|word| bytes.windows(word.len()).any(|window| window == *word))
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
        until(self.trouble.clone(), |trouble| {
            is_so(self.kind_in(*trouble))
        })
        .await;
    }
}

async fn until<T>(mut watched: watch::Receiver<T>, is_so: impl Fn(&T) -> bool) {
    if watched.wait_for(is_so).await.is_err() {
        // Whoever changes it is gone: it stays as it is.
        std::future::pending::<()>().await;
    }
}
