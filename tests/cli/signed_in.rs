//! Alice, signed in at an application.

use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::http::Answer;
use crate::place::{LOOK_EVERY, PASSWORD};
use crate::server::Server;

pub(crate) const ALICE: &str = "alice@example.com";

/// How soon a running server hears of what the command line did.
pub(crate) const WITHIN: Duration = Duration::from_secs(1);

const LOGIN: &str = "mutation($input: LoginInput!) { login(input: $input) {
    ... on Authenticated { tokens { accessToken refreshToken } }
    ... on AuthenticationFailed { code }
} }";
const REFRESH: &str = "mutation($input: RefreshSessionInput!) { refreshSession(input: $input) {
    ... on Refreshed { tokens { accessToken refreshToken } }
    ... on RefreshFailed { code }
} }";

/// The tokens of one session.
#[derive(Debug)]
pub(crate) struct SignedIn {
    client_id: String,
    pub(crate) access: String,
    refresh: String,
}

pub(crate) fn try_log_in(server: &Server, client_id: &str) -> Answer {
    let input = json!({
        "identifier": ALICE,
        "password": PASSWORD,
        "clientId": client_id,
        "transport": "BODY",
    });
    server.ask(LOGIN, &json!({ "input": input }), None)
}

/// The answer to a login from a page of this origin, which names no application.
pub(crate) fn try_log_in_from(server: &Server, origin: &str) -> Answer {
    let input = json!({ "identifier": ALICE, "password": PASSWORD, "transport": "BODY" });
    let operation = json!({ "query": LOGIN, "variables": { "input": input } });
    let header = format!("Origin: {origin}");
    server.begin(&operation, &[&header]).end()
}

/// The same of a page that names an application.
pub(crate) fn try_log_in_at_from(server: &Server, client_id: &str, origin: &str) -> Answer {
    let input = json!({
        "identifier": ALICE,
        "password": PASSWORD,
        "clientId": client_id,
        "transport": "BODY",
    });
    let operation = json!({ "query": LOGIN, "variables": { "input": input } });
    let header = format!("Origin: {origin}");
    server.begin(&operation, &[&header]).end()
}

impl SignedIn {
    pub(crate) fn at(server: &Server, client_id: &str) -> Self {
        let answer = try_log_in(server, client_id);
        Self::read(client_id, &answer, "login")
    }

    pub(crate) fn read(client_id: &str, answer: &Answer, field: &str) -> Self {
        let tokens = &answer.body["data"][field]["tokens"];
        let token = |name: &str| {
            let token = tokens[name].as_str();
            token
                .unwrap_or_else(|| panic!("no {name} at {client_id}: {answer:?}"))
                .to_owned()
        };
        Self {
            client_id: client_id.to_owned(),
            access: token("accessToken"),
            refresh: token("refreshToken"),
        }
    }

    /// Why a refresh is refused.
    pub(crate) fn refresh_code(&self, server: &Server) -> String {
        let answer = self.refresh(server);
        let code = &answer.body["data"]["refreshSession"]["code"];
        code.as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn refresh(&self, server: &Server) -> Answer {
        let input = json!({ "clientId": self.client_id, "refreshToken": self.refresh });
        server.ask(REFRESH, &json!({ "input": input }), None)
    }

    /// With the tokens that a refresh brings.
    pub(crate) fn refreshed(&self, server: &Server) -> Self {
        Self::read(&self.client_id, &self.refresh(server), "refreshSession")
    }

    /// What the access token says.
    pub(crate) fn claims(&self) -> Value {
        let payload = self
            .access
            .split('.')
            .nth(1)
            .expect("a JWT has three parts");
        let payload = URL_SAFE_NO_PAD.decode(payload).expect("in base64url");
        serde_json::from_slice(&payload).expect("of JSON")
    }

    pub(crate) fn claim(&self, name: &str) -> String {
        let claims = self.claims();
        claims[name].as_str().unwrap_or_default().to_owned()
    }

    /// The code with which the access token is refused.
    pub(crate) fn code(&self, server: &Server) -> String {
        let answer = server.me(&self.access);
        let code = &answer.body["errors"][0]["extensions"]["code"];
        code.as_str().unwrap_or_default().to_owned()
    }
}

/// Asks until the access token is answered with this status, which has to be soon.
pub(crate) fn await_status(server: &Server, who: &SignedIn, status: u16) {
    let begun = Instant::now();
    while server.me(&who.access).status != status {
        assert!(begun.elapsed() < WITHIN, "the server has not heard of it");
        thread::sleep(LOOK_EVERY);
    }
}
