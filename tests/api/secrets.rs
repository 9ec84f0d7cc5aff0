//! Secrets: none in the log, whatever its level, and none at rest but sealed or hashed.

use std::fs::{self, File};
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Client, Request};
use crate::cookies::Cookie;
use crate::folder::Folder;
use crate::forgery::Token;
use crate::node::{Node, set};
use crate::people::{LOGIN, ME, Person, Session, credentials};
use crate::running::mortal;

/// A server that logs all there is to log.
struct Server {
    node: Node,
    folder: Folder,
}

impl Server {
    fn start(format: &str) -> Self {
        let folder = Folder::new("secrets");
        let log = File::create(folder.path().join("log")).expect("the folder is ours");
        let mut command = mortal();
        command.arg(env!("CARGO_BIN_EXE_cardea")).env_clear();
        command.current_dir(folder.path()).stderr(log);
        set(&mut command, "log.filter", "trace");
        set(&mut command, "log.format", format);
        Self {
            node: Node::start(command),
            folder,
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).expect("it logs")
    }
}

/// Somebody's whole story, mishaps included; gives all that has to stay secret.
async fn story(client: &Client) -> Vec<String> {
    let mut alice = Person::named("alice");
    "seven purple secrets".clone_into(&mut alice.password);
    assert_eq!(alice.sign_up(client).await, Vec::<Value>::new());
    let answer = client.send(alice.to_log_in()).await;
    let session = Session::of(&answer);
    session.assert_live(client).await;
    let wrong = "nine orange secrets";
    for _ in 0..12 {
        client.send(credentials(&alice.email, wrong)).await;
    }
    client.send(credentials(wrong, &alice.password)).await;
    // What goes wrong is where secrets slip out.
    let odd = json!({ "input": { "identifier": 1, "password": wrong } });
    client.send(Request::graphql(LOGIN, &odd)).await;
    client
        .send(Request::post(format!("{{\"query\": \"{wrong}")))
        .await;
    let literal = format!(
        "mutation {{ login(input: {{ identifier: \"a\", password: \"{wrong}\" }} {{ x }} }}"
    );
    client.send(Request::graphql(&literal, &Value::Null)).await;
    let url = format!(
        "/graphql?query=%7Bme%7Bid%7D%7D&variables=%7B%22p%22:%22{}%22%7D",
        wrong.replace(' ', "+")
    );
    client.send(Request::get(&url).bearer(&session.token)).await;
    let tampered = format!("{}x", session.token);
    client.ask_as(&tampered, ME).await;
    let basic = Request::graphql(ME, &Value::Null).header("Authorization", "Basic c2VjcmV0");
    client.send(basic).await;
    let cookie = Request::graphql(ME, &Value::Null).header("Cookie", "session=secretcookie");
    client.send(cookie).await;
    session.log_out(client).await;
    session.assert_dead(client).await;
    let mut secrets = secrets_of(&session, &[&alice.password, wrong]);
    secrets.push(Cookie::device_of(&answer).expect("it is set").value);
    secrets
}

fn secrets_of(session: &Session, passwords: &[&str]) -> Vec<String> {
    let mut secrets: Vec<_> = passwords
        .iter()
        .map(|&password| password.to_owned())
        .collect();
    secrets.push(passwords[1].replace(' ', "+"));
    secrets.push("c2VjcmV0".to_owned());
    secrets.push("secretcookie".to_owned());
    let parts: Vec<_> = session.token.split('.').collect();
    secrets.push(parts[2].to_owned());
    secrets.push(parts[1][..40].to_owned());
    let token = Token::apart(&session.token);
    secrets.push(token.claims["jti"].as_str().expect("a text").to_owned());
    secrets
}

#[tokio::test]
async fn no_secret_is_in_a_log_of_any_level() {
    for format in ["human", "json"] {
        let server = Server::start(format);
        let mut secrets = story(&server.node.client).await;
        secrets.push("argon2id".to_owned());
        let master = fs::read_to_string(server.folder.path().join("data/master.key"));
        secrets.push(master.expect("it was made").trim().to_owned());
        let log = server.log();
        assert!(
            log.contains("logged in") && log.contains("session ended"),
            "it logs"
        );
        for secret in secrets {
            let line = log.lines().find(|line| line.contains(&secret));
            assert_eq!(line, None, "{secret} in a log ({format})");
        }
    }
}

#[tokio::test]
async fn a_login_that_is_refused_is_logged_with_who_and_where() {
    let server = Server::start("json");
    let alice = Person::signed_up("alice", &server.node.client).await;
    let me = alice
        .log_in(&server.node.client)
        .await
        .me(&server.node.client)
        .await;
    let who = me.data()["me"]["subject"].take();
    for name in ["alice", "nobody"] {
        for _ in 0..11 {
            let guess = credentials(name, "not the password");
            server.node.client.send(guess).await;
        }
    }
    let log = server.log();
    let told = |message: &str, user: &Value| {
        let lines = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let about = lines.filter(|line: &Value| {
            let is_it = line["message"] == message && line["user"] == *user;
            is_it && line["address"] == "127.0.0.1" && line["timestamp"].is_string()
        });
        about.count()
    };
    for user in [&who, &Value::Null] {
        assert_eq!(told("login refused", user), 10, "{log}");
        assert_eq!(told("login refused: too many attempts", user), 1, "{log}");
    }
}

#[tokio::test]
async fn nobody_writes_lines_into_the_log() {
    for format in ["human", "json"] {
        let server = Server::start(format);
        let forged = "x\r\nFORGED \u{1b}[31m\u{2028}FORGED";
        let client = server.node.client;
        client.send(credentials(forged, forged)).await;
        let mut alice = Person::named("alice");
        alice.display_name = Some(forged.to_owned());
        alice.sign_up(&client).await;
        alice.email = format!("{forged}@example.com");
        alice.sign_up(&client).await;
        let get = Request::get("/graphql%0d%0aFORGED?query=%0aFORGED");
        client.send(get.header("User-Agent", "a\tFORGED")).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let log = server.log();
        let forged = log
            .lines()
            .find(|line| line.trim_start().starts_with("FORGED"));
        assert_eq!(forged, None, "{format}");
        assert!(!log.contains('\u{1b}'), "{format}: an escape sequence");
    }
}

#[tokio::test]
async fn no_secret_is_at_rest() {
    let server = Server::start("human");
    let secrets = story(&server.node.client).await;
    let data = server.folder.path().join("data");
    let master = fs::read(data.join("master.key")).expect("it was made");
    for entry in fs::read_dir(&data).expect("it was made") {
        let path = entry.expect("readable").path();
        let bytes = fs::read(&path).expect("readable");
        for secret in &secrets {
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {}", path.display());
        }
        // A PKCS #8 key begins so; ours are sealed.
        let plain_key = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08";
        assert!(
            !bytes
                .windows(plain_key.len())
                .any(|window| window == plain_key),
            "{}",
            path.display()
        );
        let is_database = path.extension().is_some_and(|extension| extension != "key");
        let holds_master = bytes.windows(master.len()).any(|window| window == master);
        assert!(!(is_database && holds_master), "{}", path.display());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_the_server_made_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::start("human");
    let data = server.folder.path().join("data");
    let mode = |path: &std::path::Path| {
        let about = fs::metadata(path).expect("it was made");
        about.permissions().mode() & 0o777
    };
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("master.key")), 0o600);
}
