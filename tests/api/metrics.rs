//! `/metrics`: what is told is true, tells of nobody, and is what scrapers read.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::time::Duration;

use cardea::config::{Metrics, RevocationList};
use prometheus_parse::{Sample, Scrape, Value};
use sea_orm::EntityTrait as _;

use crate::app::{TestApp, eventually};
use crate::client::{Answer, Client, Request};
use crate::following::over;
use crate::people::{Person, credentials};
use crate::sub_systems::{BILLING, SHOP};

const PATIENCE: Duration = Duration::from_secs(10);

/// As a server of Prometheus asks.
const PROMETHEUS: &str = "application/openmetrics-text;version=1.0.0;q=0.5,\
     application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const CLASSIC: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Samples, as a parser read them that never heard of us.
struct Told(Vec<Sample>);

impl Told {
    async fn by(app: &TestApp) -> Self {
        let text = scrape(app, "text/plain").await.text();
        let scrape = Scrape::parse(text.lines().map(|line| Ok(line.to_owned())));
        Self(scrape.expect("it is the text of Prometheus").samples)
    }

    /// The sample of this name, and of this one label if it has any. Of a histogram, how many were
    /// observed.
    #[track_caller]
    fn value(&self, name: &str, label: Option<(&str, &str)>) -> f64 {
        let fits = |sample: &&Sample| {
            let labels = sample.labels.iter();
            let labels: Vec<_> = labels.map(|(name, value)| (&**name, &**value)).collect();
            sample.metric == name && labels == Vec::from_iter(label)
        };
        let found = self.0.iter().find(fits);
        match &found.unwrap_or_else(|| panic!("no {name} {label:?}")).value {
            Value::Counter(value) | Value::Gauge(value) | Value::Untyped(value) => *value,
            Value::Histogram(buckets) => buckets.last().expect("one for all").count,
            Value::Summary(_) => panic!("nobody tells summaries"),
        }
    }

    fn series(&self) -> BTreeSet<String> {
        let series = self.0.iter();
        let series = series.map(|sample| format!("{} {:?}", sample.metric, sample.labels));
        series.collect()
    }
}

fn listener(app: &TestApp) -> Client {
    app.metrics().expect("metrics are on unless they are off")
}

async fn scrape(app: &TestApp, accept: &str) -> Answer {
    let request = Request::get("/metrics").accept(accept);
    let answer = listener(app).send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

/// A job is counted a moment after its answer.
async fn hashed(app: &TestApp, jobs: f64) {
    eventually(PATIENCE, "counted", async || {
        Told::by(app)
            .await
            .value("cardea_hashing_duration_seconds", None)
            >= jobs
    })
    .await;
}

#[tokio::test]
async fn what_people_do_is_counted() {
    let (app, alice) = TestApp::with_user("alice").await;
    let source = ["redis", "memory"][usize::from(app.checks_in_memory())];
    // That of the sign-up.
    hashed(&app, 1.0).await;
    let before = Told::by(&app).await;
    let session = alice.log_in(&app).await;
    session.assert_live(&app).await;
    let session = session.refreshed(&app).await;
    session.end(&app).await;
    session.assert_dead(&app).await;
    app.send(credentials(&alice.email, "wrong")).await.data();
    hashed(&app, 3.0).await;
    let after = Told::by(&app).await;
    for (name, label, more) in [
        ("cardea_logins_total", ("outcome", "authenticated"), 1.0),
        (
            "cardea_logins_total",
            ("outcome", "invalid_credentials"),
            1.0,
        ),
        ("cardea_refreshes_total", ("outcome", "refreshed"), 1.0),
        ("cardea_checks_total", ("outcome", "live"), 1.0),
        ("cardea_checks_total", ("outcome", "ended"), 1.0),
        ("cardea_check_duration_seconds", ("source", source), 2.0),
        ("cardea_check_duration_seconds", ("source", "ledger"), 0.0),
        ("cardea_revocations_total", ("reason", "LOGGED_OUT"), 1.0),
        ("cardea_revocations_total", ("reason", "REVOKED"), 0.0),
        (
            "cardea_revocation_acknowledgement_seconds",
            ("outcome", "everywhere"),
            1.0,
        ),
        (
            "cardea_revocation_acknowledgement_seconds",
            ("outcome", "pending"),
            0.0,
        ),
        (
            "cardea_http_request_duration_seconds",
            ("status", "2xx"),
            5.0,
        ),
        (
            "cardea_http_request_duration_seconds",
            ("status", "4xx"),
            1.0,
        ),
    ] {
        let grown = after.value(name, Some(label)) - before.value(name, Some(label));
        assert!(
            (grown - more).abs() < 0.5,
            "{name} {label:?}: {grown}, not {more}"
        );
    }
    for (name, more) in [
        ("cardea_hashing_duration_seconds", 2.0),
        ("cardea_ledger_position", 1.0),
        ("cardea_index_position", 1.0),
    ] {
        let grown = after.value(name, None) - before.value(name, None);
        assert!((grown - more).abs() < 0.5, "{name}: {grown}, not {more}");
    }
    let now = f64::from(u32::try_from(app.now()).expect("until 2106"));
    let started = after.value("process_start_time_seconds", None);
    assert!((now - 60.0..=now).contains(&started), "{started}");
    let version = Some(("version", env!("CARGO_PKG_VERSION")));
    assert!((after.value("cardea_build_info", version) - 1.0).abs() < 0.5);
}

#[tokio::test]
async fn nobody_is_told_of_and_no_series_comes_with_people() {
    let app = TestApp::start().await;
    let before = Told::by(&app).await.series();
    let alice = Person::signed_up("alice", &app).await;
    let session = alice.log_in(&app).await;
    session.assert_live(&app).await;
    app.send(Request::get("/nothing/of/alice")).await;
    session.end(&app).await;
    assert_eq!(Told::by(&app).await.series(), before);
    for accept in [OPEN_METRICS, CLASSIC] {
        let text = scrape(&app, accept).await.text();
        for secret in [&session.token, &session.id, "alice", "/nothing"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[tokio::test]
async fn a_scraper_gets_the_text_that_it_takes() {
    let app = TestApp::start().await;
    for (accept, content_type) in [
        (PROMETHEUS, OPEN_METRICS),
        (OPEN_METRICS, OPEN_METRICS),
        ("text/plain", CLASSIC),
        ("*/*", CLASSIC),
    ] {
        let answer = scrape(&app, accept).await;
        assert_eq!(
            answer.header("content-type"),
            Some(content_type),
            "{accept}"
        );
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let has_end = answer.text().ends_with("# EOF\n");
        assert_eq!(has_end, content_type == OPEN_METRICS, "{accept}");
    }
    // Both say the same, but for what differs each time.
    let samples = async |accept| {
        let text = scrape(&app, accept).await.text();
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        let names = samples.filter_map(|line| line.rsplit_once(' '));
        names.map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(samples(OPEN_METRICS).await, samples(CLASSIC).await);
}

/// What `OpenMetrics` 1.0 asks of a text, as far as ours could break it.
#[tokio::test]
async fn open_metrics_are_well_formed() {
    let (app, alice) = TestApp::with_user("alice").await;
    alice.log_in(&app).await.assert_live(&app).await;
    let text = scrape(&app, OPEN_METRICS).await.text();
    let (mut family, mut kind, mut families) = ("", "", BTreeSet::new());
    // Of the histogram that is read: the series, and its last bucket.
    let mut bucket = (String::new(), 0_u64);
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            (family, _) = rest.split_once(' ').expect("a help");
            assert!(families.insert(family), "twice: {line}");
            assert!(line.ends_with('.'), "{line}");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, type_name) = rest.split_once(' ').expect("a type");
            assert_eq!(name, family);
            kind = type_name;
        } else if let Some(rest) = line.strip_prefix("# UNIT ") {
            assert_eq!(rest, format!("{family} seconds"));
            assert!(family.ends_with("_seconds"));
        } else if line != "# EOF" {
            let (series, value) = line.rsplit_once(' ').expect("a sample");
            let name = series.split('{').next().unwrap_or_default();
            let suffix = name.strip_prefix(family).expect("it belongs to its family");
            match kind {
                "counter" => assert_eq!(suffix, "_total", "{line}"),
                "info" => assert_eq!(suffix, "_info", "{line}"),
                "gauge" => assert_eq!(suffix, "", "{line}"),
                "histogram" => {
                    let number = || value.parse().expect("a whole number");
                    match suffix {
                        "_sum" => assert!(value.parse::<f64>().is_ok(), "{line}"),
                        "_count" => bucket = (String::new(), number()),
                        "_bucket" => {
                            // The count comes first, then the buckets, which rise up to it.
                            let all = bucket.1;
                            assert!(number() <= all, "{line}");
                            let is_last = series.contains("le=\"+Inf\"");
                            assert!(!is_last || number() == all, "{line}");
                        }
                        _ => panic!("no sample of a histogram: {line}"),
                    }
                }
                _ => panic!("no type of ours: {kind}"),
            }
        }
    }
    assert_eq!(text.matches("# EOF").count(), 1);
    assert!(families.len() > 20, "{families:?}");
}

#[tokio::test]
async fn there_is_nothing_else_at_that_port_and_no_metrics_at_the_other() {
    let app = TestApp::start().await;
    let metrics = listener(&app);
    let head = metrics.send(Request::new("HEAD", "/metrics")).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    for (request, status) in [
        (Request::new("POST", "/metrics"), 405),
        (Request::new("DELETE", "/metrics"), 405),
        (Request::get("/graphql"), 404),
        (Request::get("/readyz"), 404),
        (Request::get("/"), 404),
    ] {
        assert_eq!(
            metrics.send(request.clone()).await.status,
            status,
            "{request:?}"
        );
    }
    assert_eq!(app.send(Request::get("/metrics")).await.status, 404);
}

#[tokio::test]
async fn scrapers_are_not_counted_as_clients() {
    let app = TestApp::start().await;
    let requests = async || {
        let told = Told::by(&app).await;
        let of = |class| {
            told.value(
                "cardea_http_request_duration_seconds",
                Some(("status", class)),
            )
        };
        ["2xx", "4xx"].map(of).map(|number| number.to_string())
    };
    let before = requests().await;
    listener(&app).send(Request::get("/nothing")).await;
    assert_eq!(requests().await, before);
}

#[tokio::test]
async fn those_who_say_nothing_leave_room_for_a_scraper() {
    let app = TestApp::with(|config| config.http.header_timeout_seconds = 1).await;
    let mut silent = Vec::new();
    for _ in 0..40 {
        silent.push(listener(&app).connect().await);
    }
    assert!(Told::by(&app).await.value("cardea_lease_held", None) > 0.5);
    // Nor do they take from the clients.
    app.send(Request::get("/readyz")).await;
}

#[tokio::test]
async fn a_lease_that_somebody_ended_is_told() {
    let app = TestApp::start().await;
    let before = Told::by(&app).await;
    assert!(before.value("cardea_lease_remaining_seconds", None) <= 2.0);
    let rows = cardea_entity::leases::Entity::delete_many();
    rows.exec(&app.database().await)
        .await
        .expect("they are there");
    eventually(PATIENCE, "a new lease", async || {
        let after = Told::by(&app).await;
        let grown = |name| after.value(name, None) - before.value(name, None);
        grown("cardea_lease_losses_total") > 0.5
            && grown("cardea_lease_renewals_total") > 0.5
            && after.value("cardea_lease_held", None) > 0.5
    })
    .await;
}

#[tokio::test]
async fn a_question_to_the_ledger_is_told_with_its_reason() {
    let app = TestApp::with(|config| config.revocation.list = RevocationList::Allow).await;
    let alice = Person::signed_up("alice", &app).await;
    let session = alice.log_in(&app).await;
    let other = app.another_node(|_| {}).await;
    session.assert_live(&other).await;
    let told = Told::by(&other).await;
    // A memory of its own lacks the session; a Redis has it from the login.
    let asked = f64::from(u8::from(app.checks_in_memory()));
    let of = |name, label| told.value(name, Some(label));
    for found in [
        of("cardea_check_fallbacks_total", ("reason", "presence")),
        of("cardea_check_duration_seconds", ("source", "ledger")),
    ] {
        assert!((found - asked).abs() < 0.5, "{found}, not {asked}");
    }
}

#[tokio::test]
async fn an_address_that_was_asked_for_must_be_free() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    let address = taken.local_addr().expect("it is bound");
    let app = TestApp::start().await;
    let refused = app
        .try_another_node(|config| config.metrics.listen = Some(address))
        .await;
    let sentence = refused.err().expect("it can't be had").to_string();
    for word in [&address.to_string(), "`metrics.listen`", "`metrics.enabled"] {
        assert!(sentence.contains(word), "{sentence}");
    }
}

#[tokio::test]
async fn the_usual_address_may_be_taken_and_metrics_be_off() {
    // If this fails, somebody else has it.
    let _taken = TcpListener::bind(Metrics::default_address());
    let app = TestApp::with(|config| config.metrics.listen = None).await;
    assert!(app.metrics().is_none());
    assert_eq!(app.send(Request::get("/readyz")).await.status, 200);
    let app = TestApp::with(|config| config.metrics.enabled = false).await;
    assert!(app.metrics().is_none());
}

#[tokio::test]
async fn those_who_follow_are_counted_and_what_they_are_told() {
    let (app, alice) = crate::sub_systems::with_alice().await;
    let count = async |name: &str| Told::by(&app).await.value(name, None);
    let mut stream = SHOP.stream("", &app).await;
    stream.next().await;
    assert!((count("cardea_feed_followers").await - 1.0).abs() < 0.5);
    over(&alice, SHOP, &app).await;
    over(&alice, BILLING, &app).await;
    stream.news().await;
    assert!((count("cardea_feed_told_total").await - 1.0).abs() < 0.5);
    drop(stream);
    eventually(Duration::from_secs(5), "gone", async || {
        count("cardea_feed_followers").await < 0.5
    })
    .await;
}
