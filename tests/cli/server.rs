//! A running server, and what a client says to it.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::http::{Answer, Exchange};
use crate::place::{LOOK_EVERY, PASSWORD, PATIENCE, Running};

pub(crate) const ME: &str = "{ me { email } }";
pub(crate) const LOGIN: &str = "mutation($input: LoginInput!) { login(input: $input) {
    ... on Authenticated { tokens { accessToken } }
    ... on AuthenticationFailed { code }
} }";
const SIGN_UP: &str =
    "mutation($input: SignUpInput!) { signUp(input: $input) { userErrors { code } } }";
const LOGOUT: &str = "mutation { logout { endedSessionIds } }";

/// Killed when it is dropped, if it wasn't stopped.
pub(crate) struct Server {
    process: Running,
    pub(crate) address: SocketAddr,
    welcome: String,
    log: PathBuf,
}

impl Server {
    pub(crate) fn start(mut command: Command, out: &Path, log: PathBuf) -> Self {
        let [stdout, stderr] =
            [out, &log].map(|path| File::create(path).expect("a temporary folder can be written"));
        let mut process = Running::start(command.stdout(stdout).stderr(stderr));
        let begun = Instant::now();
        loop {
            let welcome = fs::read_to_string(out).unwrap_or_default();
            if welcome.contains("  Data ") && welcome.ends_with('\n') {
                return Self {
                    process,
                    address: address_in(&welcome),
                    welcome,
                    log,
                };
            }
            let ended = process.0.try_wait().expect("it is a child of ours");
            let told = || fs::read_to_string(&log).unwrap_or_default();
            assert!(ended.is_none(), "the server ended: {ended:?}\n{}", told());
            assert!(begun.elapsed() < PATIENCE, "it isn't ready:\n{}", told());
            thread::sleep(LOOK_EVERY);
        }
    }

    /// What it printed when it was ready.
    pub(crate) fn welcome(&self) -> &str {
        &self.welcome
    }

    /// Everything that it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("a log is UTF-8 text")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.process.0), signal)
            .expect("it hasn't been waited for, so its id is still its own");
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.process.wait()
    }

    /// Stops it as an operator would; gives its whole log.
    pub(crate) fn stop(mut self) -> String {
        self.signal(Signal::TERM);
        let status = self.wait();
        let log = self.log();
        assert_eq!(status.code(), Some(0), "{log}");
        log
    }

    /// What a crash or the system's memory killer does.
    pub(crate) fn kill(mut self) {
        self.signal(Signal::KILL);
        self.wait();
    }

    pub(crate) fn begin(&self, operation: &Value, headers: &[&str]) -> Exchange {
        let mut all = vec![
            "Content-Type: application/json",
            "Accept: application/graphql-response+json",
        ];
        all.extend(headers);
        let body = operation.to_string();
        Exchange::begin(self.address, "POST /graphql", &all, &body)
    }

    pub(crate) fn ask(&self, query: &str, variables: &Value, token: Option<&str>) -> Answer {
        let bearer = token.map(|token| format!("Authorization: Bearer {token}"));
        let headers: Vec<_> = bearer.iter().map(String::as_str).collect();
        let operation = json!({ "query": query, "variables": variables });
        self.begin(&operation, &headers).end()
    }

    pub(crate) fn try_sign_up(&self, email: &str) -> Answer {
        let variables = json!({ "input": { "email": email, "password": PASSWORD } });
        self.ask(SIGN_UP, &variables, None)
    }

    pub(crate) fn sign_up(&self, email: &str) {
        let answer = self.try_sign_up(email);
        let faults = &answer.body["data"]["signUp"]["userErrors"];
        assert_eq!(*faults, json!([]), "{answer:?}");
    }

    /// What becomes of a login: the union's members.
    pub(crate) fn try_log_in(&self, identifier: &str, password: &str) -> Value {
        let variables = credentials(identifier, password);
        let mut answer = self.ask(LOGIN, &variables, None);
        answer.body["data"]["login"].take()
    }

    /// An access token.
    pub(crate) fn log_in(&self, identifier: &str) -> String {
        let outcome = self.try_log_in(identifier, PASSWORD);
        let token = outcome["tokens"]["accessToken"].as_str();
        token
            .unwrap_or_else(|| panic!("{identifier} is not let in: {outcome}"))
            .to_owned()
    }

    /// The same, at this application.
    pub(crate) fn log_in_at(&self, identifier: &str, client_id: &str) -> String {
        let mut variables = credentials(identifier, PASSWORD);
        variables["input"]["clientId"] = json!(client_id);
        let answer = self.ask(LOGIN, &variables, None);
        let token = answer.body["data"]["login"]["tokens"]["accessToken"].as_str();
        token
            .unwrap_or_else(|| panic!("{identifier} is not let in: {answer:?}"))
            .to_owned()
    }

    pub(crate) fn me(&self, token: &str) -> Answer {
        self.ask(ME, &Value::Null, Some(token))
    }

    /// How many sessions ended.
    pub(crate) fn log_out(&self, token: &str) -> usize {
        let answer = self.ask(LOGOUT, &Value::Null, Some(token));
        let ended = answer.body["data"]["logout"]["endedSessionIds"].as_array();
        ended
            .unwrap_or_else(|| panic!("not logged out: {answer:?}"))
            .len()
    }

    /// The token is taken, and is this person's.
    pub(crate) fn assert_live(&self, token: &str, email: &str) {
        let answer = self.me(token);
        assert_eq!(answer.body["data"]["me"]["email"], email, "{answer:?}");
    }

    /// The token is refused, for this reason, and nothing was executed.
    pub(crate) fn assert_dead(&self, token: &str, reason: &str) {
        let answer = self.me(token);
        assert_eq!(
            (answer.status, answer.reason()),
            (401, reason),
            "{answer:?}"
        );
        assert!(answer.body.get("data").is_none(), "{answer:?}");
    }
}

pub(crate) fn credentials(identifier: &str, password: &str) -> Value {
    json!({ "input": { "identifier": identifier, "password": password } })
}

fn address_in(welcome: &str) -> SocketAddr {
    let rest = welcome.split_once("GraphQL").expect("it says where").1;
    let url = rest.split_whitespace().next().unwrap_or_default();
    let address = url
        .strip_prefix("http://")
        .and_then(|url| url.strip_suffix("/graphql"));
    address
        .and_then(|address| address.parse().ok())
        .expect("it says where GraphQL is")
}
