//! Sub-systems that sleep, whose ledger is replaced by a backup, or whose secret is: none of them lets in
//! who was logged out.

use std::fs::{self, File};
use std::sync::Arc;
use std::time::Duration;

use cardea::clock::Clock;
use cardea::config::Config;
use cardea_verifier::{Settings, Verifier, WhenStale};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};
use tokio::time::timeout;
use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};

use crate::app::{TestApp, eventually};
use crate::client::Request;
use crate::command_line::do_it;
use crate::folder::Folder;
use crate::following::{over, rows};
use crate::people::{LOGOUT, Person};
use crate::proxy::{Direction, Kind, Proxy, Reach, Target, Trouble};
use crate::sub_systems::{SHOP, Tokens, assert_error};
use crate::verifier::{PATIENCE, end_of, pass};

const BOUND: Duration = Duration::from_secs(2);

/// A server at the end of a way that can be cut: its issuer is where the way begins.
struct Followed {
    app: TestApp,
    alice: Person,
    way: Proxy,
    target: Target,
}

impl Followed {
    async fn start(change: impl FnOnce(&mut Config)) -> Self {
        let target = Target::new(0);
        let way = Proxy::start(std::slice::from_ref(&target)).await;
        let app = TestApp::with(|config| {
            config.applications = vec![SHOP.application()];
            config.tokens.issuer = Some(format!("http://{}", way.address));
            config.feed.heartbeat_seconds = 1;
            change(config);
        })
        .await;
        let alice = Person::signed_up("alice", &app).await;
        target.turn(app.address.port());
        Self {
            app,
            alice,
            way,
            target,
        }
    }

    fn settings(&self) -> Settings {
        Verifier::new(
            format!("http://{}", self.way.address),
            "https://shop.example.com",
        )
        .credentials(SHOP.client_id, SHOP.secret)
        .freshness_bound(BOUND)
        .when_stale(WhenStale::Refuse)
    }

    async fn replace_app(&mut self, change: impl FnOnce(&mut Config)) {
        self.app = self.app.another_node(change).await;
        self.target.turn(self.app.address.port());
    }
}

async fn ready(settings: Settings) -> Verifier {
    let verifier = settings.start().expect("the settings are good");
    await_ready(&verifier).await;
    verifier
}

async fn await_ready(verifier: &Verifier) {
    let ready = timeout(PATIENCE, verifier.ready()).await;
    ready.expect("the feed is heard");
}

async fn verdict(verifier: &Verifier, tokens: &Tokens) -> &'static str {
    match verifier.verify(&tokens.access).await {
        Ok(_) => "valid",
        Err(refusal) => refusal.verdict(),
    }
}

#[tokio::test]
async fn who_slept_until_rows_were_swept_is_right_again() {
    let mut followed = Followed::start(|config| config.tokens.access_lifetime_seconds = 10).await;
    let verifier = ready(followed.settings().leeway(Duration::ZERO)).await;
    let gone = Tokens::of(&followed.alice, "shop", &followed.app).await;
    pass(&verifier, &gone.access).await;
    let reach = Reach::All;
    let kind = Kind::Hold(Direction::Both);
    followed.way.make(Trouble { kind, reach });
    SHOP.revoke(&gone.refresh, &followed.app).await;
    eventually(PATIENCE, "expired", async || {
        verdict(&verifier, &gone).await == "EXPIRED"
    })
    .await;
    let later = Clock::default();
    later.advance(Duration::from_hours(1));
    followed.app.sweep_ledger_at(later).await;
    let told = SHOP.hear("?wait=0", &followed.app).await;
    assert_eq!(rows(&told), Vec::<Value>::new());
    followed
        .replace_app(|config| config.tokens.access_lifetime_seconds = 300)
        .await;
    let (app, alice) = (&followed.app, &followed.alice);
    let dead = over(alice, SHOP, app).await;
    do_it(app, &["user", "logout", "alice"], "").await;
    let live = Tokens::of(alice, "shop", app).await;
    // It has heard nothing, and says so.
    assert_eq!(verdict(&verifier, &dead).await, "UNAVAILABLE");
    assert_eq!(verdict(&verifier, &live).await, "UNAVAILABLE");
    followed.target.close();
    followed.way.heal();
    await_ready(&verifier).await;
    assert_eq!(verdict(&verifier, &dead).await, "REVOKED");
    assert_eq!(verdict(&verifier, &gone).await, "EXPIRED");
    pass(&verifier, &live.access).await;
    SHOP.revoke(&live.refresh, app).await;
    let (_, refusal) = end_of(&verifier, &live.access).await;
    assert_eq!(refusal.verdict(), "REVOKED");
}

#[tokio::test]
async fn a_ledger_from_a_backup_is_begun_anew_and_what_was_heard_stays() {
    let mut followed = Followed::start(|_| {}).await;
    let verifier = ready(followed.settings()).await;
    let (app, alice) = (&followed.app, &followed.alice);
    let [gone, kept] = [
        Tokens::of(alice, "shop", app).await,
        Tokens::of(alice, "shop", app).await,
    ];
    pass(&verifier, &kept.access).await;
    let log_out = Request::graphql(LOGOUT, &Value::Null).bearer(&gone.access);
    app.send(log_out).await.data();
    assert_eq!(
        end_of(&verifier, &gone.access).await.1.verdict(),
        "LOGGED_OUT"
    );
    let told = SHOP.hear("?wait=0", app).await;
    followed.app.stop().await;
    // The backup was made before that.
    let database = followed.app.database().await;
    for statement in [
        "DELETE FROM revocations",
        "UPDATE ledger_head SET position = 0",
    ] {
        let done = database.execute_unprepared(statement).await;
        done.expect("the tables are there");
    }
    database.close().await.expect("it is ours");
    do_it(&followed.app, &["recover"], "").await;
    followed.replace_app(|_| {}).await;

    let (app, alice) = (&followed.app, &followed.alice);
    let (after, ledger) = (&told["position"], told["ledger"].as_str().expect("a text"));
    let old = SHOP.to_follow(&format!("?after={after}&ledger={ledger}"));
    assert_error(&app.send(old).await, 409, "invalid_position");
    eventually(PATIENCE, "told that all are signed out", async || {
        // It was heard, and is in no ledger any more.
        assert_eq!(verdict(&verifier, &gone).await, "LOGGED_OUT");
        verdict(&verifier, &kept).await == "REVOKED"
    })
    .await;
    assert_eq!(verdict(&verifier, &gone).await, "LOGGED_OUT");
    let new = Tokens::of(alice, "shop", app).await;
    pass(&verifier, &new.access).await;
    SHOP.revoke(&new.refresh, app).await;
    assert_eq!(end_of(&verifier, &new.access).await.1.verdict(), "REVOKED");
}

/// What is logged while it lives, on this thread.
struct Log {
    folder: Folder,
    _guard: DefaultGuard,
    /// Of one that is the only one, tests on other threads decide what it is told.
    _second: Dispatch,
}

impl Log {
    fn begin() -> Self {
        let folder = Folder::new("verifier");
        let file = File::create(folder.path().join("log")).expect("the folder is ours");
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(Arc::new(file));
        Self {
            folder,
            _guard: tracing::subscriber::set_default(subscriber.finish()),
            _second: Dispatch::new(NoSubscriber::new()),
        }
    }

    fn has(&self, part: &str) -> bool {
        let lines = fs::read_to_string(self.folder.path().join("log"));
        lines.expect("it logs").contains(part)
    }
}

#[tokio::test]
async fn a_secret_that_was_changed_ends_the_feed_and_the_sub_system_says_why() {
    let log = Log::begin();
    let followed = Followed::start(|_| {}).await;
    let (app, alice) = (&followed.app, &followed.alice);
    let secret_in = |told: String| told.rsplit(' ').next().map(|text| text.trim().to_owned());
    let create = ["application", "create", "till", "--confidential"];
    let secret = secret_in(do_it(app, &create, "").await).expect("it ends with it");
    let issuer = format!("http://{}", followed.way.address);
    let till = |secret: &str| {
        Verifier::new(issuer.clone(), "till")
            .credentials("till", secret)
            .freshness_bound(BOUND)
    };
    let verifier = ready(till(&secret)).await;
    let tokens = Tokens::of(alice, "till", app).await;
    pass(&verifier, &tokens.access).await;

    let rotate = ["application", "rotate-secret", "till"];
    let secret = secret_in(do_it(app, &rotate, "").await).expect("it ends with it");
    // It is to ask, but whom, with what?
    let (_, refusal) = end_of(&verifier, &tokens.access).await;
    assert_eq!(refusal.verdict(), "UNAVAILABLE");
    eventually(PATIENCE, "it says why", async || {
        log.has("the feed of revocations") && log.has("the server answers 401 Unauthorized")
    })
    .await;
    assert!(!log.has(&secret), "it says too much");
    // Who has the new one is told what came meanwhile.
    let input = json!({ "input": {} });
    let log_out = "mutation($input: LogoutInput!) { logout(input: $input) { endedSessionIds } }";
    let log_out = Request::graphql(log_out, &input).bearer(&tokens.access);
    app.send(log_out).await.data();
    let verifier = ready(till(&secret)).await;
    assert_eq!(
        verdict(&verifier, &tokens).await,
        "LOGGED_OUT",
        "from the beginning"
    );
}
