//! What a request allocates: a server that counts is started again and again, each time to answer more.
//!
//! A debug build, since it names who allocates. What the server does by the clock is counted, too: the slower the
//! machine, the more of it falls to a request.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result};

use super::driver::Work as _;
use super::exchange::Caller;
use super::people::{Asking, People};
use crate::scratch::Scratch;
use crate::server::{self, Server};
use crate::{cargo, interrupt, loopback, process};

/// After so many requests of each kind all is in the caches that ever is.
const WARM_UP: u64 = 200;

/// What a server allocated from its start to its end.
struct Counted {
    bytes: f64,
    blocks: f64,
}

/// # Errors
/// When the server can't be built or started, or answers anything but what is expected.
pub(crate) fn count(requests: u64) -> Result<()> {
    process::run(cargo::cargo().args([
        "build",
        "--workspace",
        "--bin",
        "cardea",
        "--features",
        "cardea/bench,cardea/allocations",
    ]))?;
    let scratch = Scratch::new("allocations")?;
    let none = serve(&scratch, "none", 0, 0)?;
    let constant = serve(&scratch, "constant", requests, 0)?;
    let me = serve(&scratch, "me", 0, requests)?;
    eprintln!("\nallocated, of {requests} requests each:");
    tell("the constant", &none, &constant, requests);
    tell("`me`", &none, &me, requests);
    tell("`me` less the constant", &constant, &me, requests);
    Ok(())
}

fn serve(scratch: &Scratch, name: &str, constants: u64, mes: u64) -> Result<Counted> {
    let server = Server::start(
        server::command(&cargo::debug_binary("cardea")?),
        scratch,
        name,
    )?;
    let address = loopback::address(server.port());
    let people = People::arrive(address, 1)?;
    ask(address, Asking::constant(&people), WARM_UP + constants)?;
    ask(address, Asking::me(&people), WARM_UP + mes)?;
    drop(server);
    let whom = Path::new("target").join(format!("allocations-{name}.json"));
    fs::copy(scratch.path().join(name).join("dhat-heap.json"), &whom)
        .context("the server did not write who allocates")?;
    let log = fs::read_to_string(scratch.path().join(format!("{name}.log")))?;
    Counted::read(&log).with_context(|| format!("the server told no total:\n{log}"))
}

fn ask(address: SocketAddr, mut asking: Asking, times: u64) -> Result<()> {
    let mut caller = Caller::connect(address)?;
    let request = asking.next(0).context("somebody asks")?.to_vec();
    for _ in 0..times {
        interrupt::check()?;
        asking.look(0, caller.call(&request)?)?;
    }
    Ok(())
}

fn tell(what: &str, before: &Counted, after: &Counted, requests: u64) {
    #[expect(clippy::cast_precision_loss, reason = "there are thousands of them")]
    let of_one = |before: f64, after: f64| (after - before) / requests as f64;
    eprintln!(
        "{what}: {:.1} allocations, {:.0} bytes",
        of_one(before.blocks, after.blocks),
        of_one(before.bytes, after.bytes)
    );
}

impl Counted {
    /// `dhat: Total:     1,256 bytes in 6 blocks`
    fn read(log: &str) -> Option<Self> {
        let line = log
            .lines()
            .find_map(|line| line.strip_prefix("dhat: Total:"))?;
        let (bytes, blocks) = line.split_once(" bytes in ")?;
        let number = |text: &str| text.trim().replace(',', "").parse().ok();
        Some(Self {
            bytes: number(bytes)?,
            blocks: number(blocks.strip_suffix(" blocks")?)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_is_read() {
        let log = "{\"message\":\"stopped\"}\ndhat: Total:     1,256 bytes in 6 blocks\ndhat: At t-gmax: 9 bytes in 1 blocks\n";
        let counted = Counted::read(log).map(|counted| (counted.bytes, counted.blocks));
        assert_eq!(counted, Some((1256.0, 6.0)));
        assert!(Counted::read("stopped").is_none());
    }
}
