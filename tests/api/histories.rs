//! Random histories of logins, refreshes, logouts and jumps of time, held against a model.

mod deed;
mod model;
mod world;

use std::cell::Cell;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};

use self::deed::{Deed, deed};
use self::model::{GRACE, LIFETIMES};
use self::world::World;
use crate::app::TestApp;
use crate::three_applications;

/// Deeds in a history.
const LENGTH: usize = 40;

/// Histories begin as long as this lasts; one that failed is made short however long that takes.
const BUDGET: Duration = Duration::from_secs(12);

/// At least so many go through in that time, or nothing was tried.
const AT_LEAST: u32 = 3;

async fn server() -> TestApp {
    TestApp::with(|config| {
        three_applications::declare(config);
        for (application, [access, idle, whole]) in config.applications.iter_mut().zip(LIFETIMES) {
            application.access_lifetime_seconds = Some(access);
            application.idle_lifetime_seconds = Some(idle);
            application.lifetime_seconds = Some(whole);
        }
        config.sessions.refresh_grace_seconds = GRACE;
    })
    .await
}

#[test]
fn whatever_happens_what_should_live_lives_and_nothing_else() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a process that starts can start a runtime");
    let app = runtime.block_on(server());
    let (begun, tried, has_failed) = (Instant::now(), Cell::new(0), Cell::new(false));
    let mut runner = TestRunner::new(Config {
        cases: 500,
        max_shrink_iters: 300,
        failure_persistence: None,
        ..Config::default()
    });
    let histories = prop::collection::vec(deed(), 1..LENGTH);
    let outcome = runner.run(&histories, |history: Vec<Deed>| {
        if begun.elapsed() > BUDGET && !has_failed.get() {
            return Ok(());
        }
        tried.set(tried.get() + 1);
        let outcome = runtime.block_on(World::go_through(&app, tried.get(), &history));
        outcome.map_err(|told| {
            has_failed.set(true);
            TestCaseError::fail(told)
        })
    });
    if let Err(TestError::Fail(told, _) | TestError::Abort(told)) = outcome {
        panic!("{told}");
    }
    assert!(tried.get() >= AT_LEAST, "{} histories", tried.get());
    runtime.block_on(async { drop(app) });
}
