//! Follows the feed of revocations, for as long as it is polled.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::StatusCode;
use tokio::time::{sleep, timeout};

use crate::answer::Answer;
use crate::client::Trouble;
use crate::clock::unix_seconds;
use crate::heard::{Heard, Unbelievable};
use crate::server::Server;
use crate::sse::{Decoder, Told};

/// How soon we come back at first. It doubles each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The feed may ask us to stay away for this long, and no longer.
const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// Why a stream ended.
#[derive(Debug)]
enum End {
    /// The server stops, and says when to come back.
    Closing(Duration),
    /// It broke off, or was never there.
    Broken(String),
    /// The same, and the server says when to come back.
    ToldToWait(String, Duration),
    /// The position is of no use any more.
    StartOver(&'static str),
}

/// Comes back whenever the stream ends; is silent for so long, and it has ended.
pub(crate) async fn follow(server: &Server, heard: &Heard, silence: Duration) {
    let mut failures = 0;
    loop {
        let mut has_heard = false;
        let end = stream(server, heard, silence, &mut has_heard).await;
        if has_heard {
            failures = 0;
        }
        let pause = match end {
            End::Closing(retry) => {
                tracing::debug!("the feed of revocations is closing");
                retry
            }
            End::Broken(why) => {
                tracing::warn!(why, "the feed of revocations broke off");
                backed_off(failures)
            }
            End::ToldToWait(why, retry) => {
                tracing::warn!(why, "the feed of revocations is not to be had now");
                retry.max(backed_off(failures))
            }
            End::StartOver(why) => {
                tracing::warn!(
                    why,
                    "the feed of revocations is followed from its beginning"
                );
                heard.start_over();
                backed_off(failures)
            }
        };
        failures += 1;
        // Half to one and a half: a thousand who were cut off at once don't come back at once.
        sleep(pause.mul_f64(0.5 + fastrand::f64())).await;
    }
}

fn backed_off(failures: u32) -> Duration {
    FIRST_PAUSE
        .saturating_mul(1 << failures.min(16))
        .min(LONGEST_PAUSE)
}

async fn stream(server: &Server, heard: &Heard, silence: Duration, has_heard: &mut bool) -> End {
    let mut body = match server.follow(heard.resumes()).await {
        Ok(response) => response.into_body(),
        Err(trouble) => return end_of(&trouble),
    };
    let mut decoder = Decoder::default();
    let mut retry = None;
    loop {
        let Ok(frame) = timeout(silence, body.frame()).await else {
            return End::Broken("nothing came for too long".to_owned());
        };
        let bytes = match frame {
            Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            Some(Err(error)) => return End::Broken(error.to_string()),
            None => return End::Broken("the stream ended".to_owned()),
        };
        let Ok(told) = decoder.read(&bytes) else {
            return End::Broken("the stream can't be read".to_owned());
        };
        for told in told {
            match told {
                Told::Retry(told) => retry = Some(told.min(LONGEST_RETRY)),
                Told::Event { name, .. } if name == "closing" => {
                    let retry = retry.unwrap_or_default();
                    return End::Closing(retry.max(FIRST_PAUSE));
                }
                Told::Event { name, data } if name == "revocations" => {
                    if let Err(end) = learn(heard, &data) {
                        return end;
                    }
                    *has_heard = true;
                }
                // An event of a later version: what matters here is not told by another name.
                Told::Event { .. } => {}
            }
        }
    }
}

fn learn(heard: &Heard, data: &str) -> Result<(), End> {
    let answer: Answer = serde_json::from_str(data)
        .map_err(|error| End::Broken(format!("an event can't be read: {error}")))?;
    heard
        .learn(answer, unix_seconds())
        .map_err(|why| match why {
            Unbelievable::AnotherLedger => End::StartOver("the ledger is another one"),
            Unbelievable::OutOfOrder => End::StartOver("the ledger went back"),
            Unbelievable::OutOfBounds => {
                End::Broken("an event says what no server does".to_owned())
            }
            Unbelievable::TooMany => {
                End::Broken("there are too many revocations to keep".to_owned())
            }
        })
}

fn end_of(trouble: &Trouble) -> End {
    match trouble {
        Trouble::Refused { status, .. } if *status == StatusCode::CONFLICT => {
            End::StartOver("the server doesn't know our position")
        }
        Trouble::Refused {
            retry_after: Some(retry),
            ..
        } => End::ToldToWait(trouble.to_string(), *retry),
        _ => End::Broken(trouble.to_string()),
    }
}
