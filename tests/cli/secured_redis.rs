//! A Redis that speaks TLS alone, with a certificate of an authority that the test made up, and one user.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::place::{LOOK_EVERY, PATIENCE, Place, Running};

/// What the documents give its user, and the password that they say.
const OPERATING: &str = include_str!("../../docs/operating.md");
const USER: &str = "user cardea on >password ~cardea:*";

/// Like nothing else that is logged.
pub(crate) const PASSWORD: &str = "longword58";

const AUTHORITY: &str = "authority.pem";
const LOG: &str = "redis.log";

/// Which certificates it wants to see.
#[derive(Clone, Copy)]
pub(crate) enum Clients {
    Any,
    WithCertificates,
}

pub(crate) struct SecuredRedis {
    port: u16,
    place: Place,
    _running: Running,
}

impl SecuredRedis {
    pub(crate) fn start(clients: Clients) -> Self {
        let place = Place::new();
        certify(&place);
        loop {
            let port = free_port();
            place.write("redis.conf", &configuration(port, clients));
            if let Some(running) = try_start(&place) {
                return Self {
                    port,
                    place,
                    _running: running,
                };
            }
        }
    }

    /// The file with its authority.
    pub(crate) fn authority(&self) -> PathBuf {
        self.place.path(AUTHORITY)
    }

    /// As a setting of the command line.
    pub(crate) fn url(&self, scheme: &str, host: &str) -> String {
        format!(
            "redis.url={scheme}://cardea:{PASSWORD}@{host}:{}",
            self.port
        )
    }
}

/// A certificate for `localhost`, with its key, and the authority that it is of.
fn certify(place: &Place) {
    let authority = KeyPair::generate().expect("there is randomness");
    let mut about = CertificateParams::new([]).expect("no name is no bad name");
    about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let name = &mut about.distinguished_name;
    name.push(DnType::CommonName, "An authority of Cardea's tests");
    let certificate = about.self_signed(&authority).expect("it signs");
    place.write(AUTHORITY, &certificate.pem());

    let issuer = Issuer::new(about, authority);
    let server = KeyPair::generate().expect("there is randomness");
    let about = CertificateParams::new(["localhost".to_owned()]).expect("it is a name");
    let certificate = about.signed_by(&server, &issuer).expect("it signs");
    place.write("server.pem", &certificate.pem());
    place.write("server.key", &server.serialize_pem());
}

fn configuration(port: u16, clients: Clients) -> String {
    let user = OPERATING.lines().find(|line| line.starts_with(USER));
    let user = user.expect("the documents say what a user may do");
    let user = user.replace(">password", &format!(">{PASSWORD}"));
    let clients = match clients {
        Clients::Any => "no",
        Clients::WithCertificates => "yes",
    };
    format!(
        "bind 127.0.0.1\nport 0\ntls-port {port}\n\
         tls-cert-file server.pem\ntls-key-file server.key\n\
         tls-ca-cert-file {AUTHORITY}\ntls-auth-clients {clients}\n\
         user default off\n{user}\n\
         save \"\"\nlogfile {LOG}\n"
    )
}

/// `None` if somebody has taken its port.
fn try_start(place: &Place) -> Option<Running> {
    place.write(LOG, "");
    let mut command = Command::new("setpriv");
    command
        // The kernel kills it when the test's thread ends, however that ends.
        .args(["--pdeathsig", "KILL", "redis-server", "redis.conf"])
        .current_dir(place.path(""))
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let mut running = Running::start(&mut command);
    let begun = Instant::now();
    loop {
        if place.read(LOG).contains("Ready to accept connections") {
            return Some(running);
        }
        let ended = running.0.try_wait().expect("it is a child of ours");
        if ended.is_some() {
            let log = place.read(LOG);
            assert!(log.contains("Address already in use"), "{log}");
            return None;
        }
        assert!(begun.elapsed() < PATIENCE, "redis-server isn't ready");
        thread::sleep(LOOK_EVERY);
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has free ports");
    listener.local_addr().expect("it is bound").port()
}
