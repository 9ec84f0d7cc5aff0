//! The real server in a process of its own, on the stores of a test: it can be paused, and killed.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::Command;

use rustix::process::Signal;

use crate::app::{ISSUER, TestApp};
use crate::client::Client;
use crate::running::{Running, free_port};

pub(crate) struct Node {
    running: Running,
    pub(crate) client: Client,
}

impl Node {
    /// Beside that one, whose clock must not have been moved.
    pub(crate) async fn beside(app: &TestApp, settings: &[(&str, &str)]) -> Self {
        let mut command = app.program(&[]);
        set(&mut command, "tokens.issuer", ISSUER);
        for (key, value) in settings {
            set(&mut command, key, value);
        }
        let start = tokio::task::spawn_blocking(move || Self::start(command));
        start.await.expect("no panic")
    }

    /// The command lacks an address.
    pub(crate) fn start(mut command: Command) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        set(&mut command, "http.listen", &address.to_string());
        set(&mut command, "metrics.listen", "127.0.0.1:0");
        let running = Running::start(&mut command, Signal::KILL, || answers(address));
        Self {
            running: running.expect("the port was free a moment ago"),
            client: Client { address },
        }
    }

    pub(crate) fn pause(&self) {
        self.running.pause();
    }

    pub(crate) fn resume(&self) {
        self.running.resume();
    }

    pub(crate) fn kill(mut self) {
        self.running.kill();
    }
}

pub(crate) fn set(command: &mut Command, key: &str, value: &str) {
    command.args(["--set", &format!("{key}={value}")]);
}

fn answers(address: SocketAddr) -> bool {
    let ask = || {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"GET /readyz HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok::<_, std::io::Error>(answer.contains(" 200 "))
    };
    ask().unwrap_or(false)
}
