//! Applications that are called over TLS: told if their certificate is of an authority that the machine
//! trusts, and never otherwise.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::place::{LOOK_EVERY, PATIENCE, Place};
use crate::server::Server;
use crate::signed_in::ALICE;

const AUTHORITY: &str = "authority.pem";

/// What became of a connection: what was said over it, or why nothing.
type Heard = Result<String, String>;

/// An application's server, whose certificate is for `localhost`.
struct Application {
    port: u16,
    heard: Receiver<Heard>,
}

impl Application {
    /// Leaves its authority in the place.
    fn start(place: &Place) -> Self {
        let settings = Arc::new(certify(place));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has ports");
        let port = listener.local_addr().expect("it is bound").port();
        let (tell, heard) = channel();
        thread::spawn(move || serve(&listener, &settings, &tell));
        Self { port, heard }
    }

    fn uri(&self, host: &str) -> String {
        format!("https://{host}:{}/logout", self.port)
    }

    fn next(&self) -> Heard {
        let heard = self.heard.recv_timeout(PATIENCE);
        heard.expect("somebody calls")
    }
}

fn certify(place: &Place) -> ServerConfig {
    let authority = KeyPair::generate().expect("there is randomness");
    let mut about = CertificateParams::new([]).expect("no name is no bad name");
    about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = about.self_signed(&authority).expect("it signs");
    place.write(AUTHORITY, &certificate.pem());
    let issuer = Issuer::new(about, authority);
    let own = KeyPair::generate().expect("there is randomness");
    let about = CertificateParams::new(["localhost".to_owned()]).expect("it is a name");
    let certificate = about.signed_by(&own, &issuer).expect("it signs");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.serialize_der()));
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .expect("there are such")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("the key is its own")
}

/// One connection after the other, until nobody asks what was heard.
fn serve(listener: &TcpListener, settings: &Arc<ServerConfig>, tell: &Sender<Heard>) {
    for connection in listener.incoming() {
        let heard = hear(connection.expect("it listens"), settings);
        if tell.send(heard.map_err(|error| error.to_string())).is_err() {
            return;
        }
    }
}

fn hear(connection: TcpStream, settings: &Arc<ServerConfig>) -> std::io::Result<String> {
    connection.set_read_timeout(Some(PATIENCE))?;
    let tls = ServerConnection::new(Arc::clone(settings)).map_err(std::io::Error::other)?;
    let mut stream = StreamOwned::new(tls, connection);
    let mut said = Vec::new();
    while !String::from_utf8_lossy(&said).contains("logout_token=") {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes)?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        said.extend_from_slice(&bytes[..count]);
    }
    stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")?;
    stream.flush()?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

/// Logs out at an application that is called there.
fn log_out(place: &Place, application: &Application, uri: &str) -> (Heard, Server) {
    place.write(
        "cardea.toml",
        &format!("[[applications]]\nclient_id = 'shop'\nbackchannel_logout_uri = '{uri}'\n"),
    );
    let server = place.serve(&[]);
    place.create(ALICE);
    let token = server.log_in_at(ALICE, "shop");
    assert_eq!(server.log_out(&token), 1);
    let heard = application.next();
    (heard, server)
}

#[test]
fn an_application_is_told_over_tls() {
    let mut place = Place::new();
    let application = Application::start(&place);
    place.trust(place.path(AUTHORITY));
    let (heard, server) = log_out(&place, &application, &application.uri("localhost"));
    let log = server.stop();
    let heard = heard.expect("it is told");
    assert!(heard.starts_with("POST /logout HTTP/1.1\r\n"), "{heard}");
    assert!(!log.contains(" WARN "), "{log}");
    let token = heard.rsplit_once('=').expect("a form").1;
    assert!(!log.contains(token), "{log}");
}

#[test]
fn whose_certificate_proves_nothing_is_told_nothing() {
    for (trusted, host, why) in [
        (None, "localhost", "UnknownIssuer"),
        (Some("nowhere.pem"), "localhost", "UnknownIssuer"),
        (Some(AUTHORITY), "127.0.0.1", "not valid for name"),
    ] {
        let mut place = Place::new();
        let application = Application::start(&place);
        if let Some(trusted) = trusted {
            place.trust(place.path(trusted));
        }
        let (heard, server) = log_out(&place, &application, &application.uri(host));
        assert!(heard.is_err(), "{heard:?}");
        let begun = Instant::now();
        while !server.log().contains("can't be told of logouts") {
            assert!(begun.elapsed() < PATIENCE, "{}", server.log());
            thread::sleep(LOOK_EVERY);
        }
        let log = server.stop();
        assert!(log.contains(why), "{log}");
    }
}
