//! What an operator may do about a connection that can't be made.

use std::error::Error;
use std::io;
use std::sync::Arc;

use redis::{ErrorKind, RedisError};
use rustls::{AlertDescription, CertificateError};

const NOT_TRUSTED: &str =
    "let the environment variable SSL_CERT_FILE name a file with the certificate of its authority";
const OTHER_HOST: &str = "name it in the URL by a host that its certificate is for";
const UNFIT: &str = "give it one of an authority, for a server, that has not expired";
const CLIENTS_ASKED: &str =
    "it asks for a certificate of ours, and we have none: give it `tls-auth-clients no`";
const HANGS_UP: &str = "if it speaks TLS, its URL begins with rediss://";

/// What went wrong with a connection that was to be made, and what to do about it.
pub(super) fn with_advice(error: &RedisError) -> String {
    match advice(error) {
        Some(advice) => format!("{error}; {advice}"),
        None => error.to_string(),
    }
}

fn advice(error: &RedisError) -> Option<&'static str> {
    match tls(error) {
        Some(rustls::Error::InvalidCertificate(error)) => Some(of_certificate(error)),
        Some(rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired | AlertDescription::HandshakeFailure,
        )) => Some(CLIENTS_ASKED),
        Some(_) => None,
        None => {
            let is_cut = error.is_connection_dropped() && !error.is_connection_refusal();
            (is_cut || error.kind() == ErrorKind::Parse).then_some(HANGS_UP)
        }
    }
}

fn of_certificate(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::UnknownIssuer => NOT_TRUSTED,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            OTHER_HOST
        }
        _ => UNFIT,
    }
}

/// What TLS says, within what the socket says, within what redis-rs says.
fn tls(error: &RedisError) -> Option<&rustls::Error> {
    let shared: &Arc<dyn Error + Send + Sync> = error.source()?.downcast_ref()?;
    let of_socket: &io::Error = shared.downcast_ref()?;
    of_socket.get_ref()?.downcast_ref()
}
