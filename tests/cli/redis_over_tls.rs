//! Redis over TLS, as a user of its ACL: it works, or one line says what to do; and no line has the password.

use std::path::PathBuf;

use crate::place::Place;
use crate::secured_redis::{Clients, PASSWORD, SecuredRedis};
use crate::server::Server;
use crate::signed_in::ALICE;

const CHECKED: &str = "revocation.check=redis";

/// A handshake between unoptimised programs on a busy machine takes longer than Redis may.
const PATIENT: &str = "redis.timeout_milliseconds=1000";

fn doctor(place: &Place, url: &str) -> String {
    let settings = [CHECKED, PATIENT, url].map(|setting| ["--set", setting]);
    let arguments = [&["doctor"], settings.as_flattened()].concat();
    let outcome = place.run(&arguments);
    assert!(!outcome.err.contains(PASSWORD), "{outcome:?}");
    outcome.out
}

fn trusting(authorities: Option<PathBuf>) -> Place {
    let mut place = Place::new();
    if let Some(authorities) = authorities {
        place.trust(authorities);
    }
    place
}

/// It lets people in, and logs them out for good.
fn assert_serves(server: &Server) {
    server.sign_up(ALICE);
    let [kept, gone] = [(); 2].map(|()| server.log_in(ALICE));
    server.assert_live(&gone, ALICE);
    assert_eq!(server.log_out(&gone), 1);
    server.assert_dead(&gone, "LOGGED_OUT");
    server.assert_live(&kept, ALICE);
}

/// Nobody gets to Redis, and both the server and the doctor say why and what to do, in these words.
fn assert_told(trusted: Option<PathBuf>, url: &str, words: &[&str]) {
    let place = trusting(trusted);
    let server = place.serve(&[CHECKED, PATIENT, url]);
    assert_serves(&server);
    let log = server.stop();
    let told = log
        .lines()
        .find(|line| line.contains("starting without Redis"));
    let told = told.unwrap_or_else(|| panic!("{url}: {log}"));
    let found = doctor(&place, url);
    let fault = found
        .lines()
        .find(|line| line.starts_with("fault") && line.contains("  redis  "));
    let fault = fault.unwrap_or_else(|| panic!("{url}: {found}"));
    for word in words {
        assert!(told.contains(word), "{word}: {told}");
        assert!(fault.contains(word), "{word}: {fault}");
    }
    for text in [&log, &found] {
        assert!(!text.contains(PASSWORD), "{text}");
    }
}

#[test]
fn with_an_authority_that_is_trusted_it_is_what_checks_are_answered_from() {
    let redis = SecuredRedis::start(Clients::Any);
    let place = trusting(Some(redis.authority()));
    let url = redis.url("rediss", "localhost");
    let server = place.serve(&[CHECKED, PATIENT, &url]);
    assert_serves(&server);
    let found = doctor(&place, &url);
    assert!(!found.contains("fault"), "{found}");
    let index = found.lines().find(|line| line.contains("  index  "));
    assert!(index.is_some_and(|line| line.starts_with("ok")), "{found}");
    let log = server.stop();
    assert!(!log.contains(" WARN "), "{log}");
    assert!(!log.contains(PASSWORD), "{log}");
}

#[test]
fn with_a_certificate_that_proves_nothing_the_ledger_answers_and_it_is_said_what_to_do() {
    let redis = SecuredRedis::start(Clients::Any);
    // Of the same name, and not the same.
    let impostor = SecuredRedis::start(Clients::Any);
    let url = redis.url("rediss", "localhost");
    assert_told(None, &url, &["UnknownIssuer", "SSL_CERT_FILE"]);
    assert_told(Some(impostor.authority()), &url, &["BadSignature"]);
    let nowhere = PathBuf::from("nowhere.pem");
    assert_told(Some(nowhere), &url, &["nowhere.pem"]);
    let url = redis.url("rediss", "127.0.0.1");
    let words = ["by a host that its certificate is for"];
    assert_told(Some(redis.authority()), &url, &words);
}

#[test]
fn without_tls_on_our_side_it_is_said_how_the_url_begins() {
    let redis = SecuredRedis::start(Clients::Any);
    let url = redis.url("redis", "localhost");
    assert_told(None, &url, &["its URL begins with rediss://"]);
}

#[test]
fn a_redis_that_wants_certificates_of_its_clients_is_told_what_to_do() {
    let redis = SecuredRedis::start(Clients::WithCertificates);
    let url = redis.url("rediss", "localhost");
    let words = ["`tls-auth-clients no`"];
    assert_told(Some(redis.authority()), &url, &words);
}
