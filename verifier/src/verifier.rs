//! The verifier: keys, the feed and the rule put together.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use quick_cache::sync::Cache;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::answer::Reason;
use crate::clock::{unix_seconds, whole};
use crate::follow::follow;
use crate::heard::{Heard, Opinion};
use crate::index::Verdict;
use crate::jws::{MAXIMUM_LENGTH, Unverified};
use crate::looks::Keys;
use crate::questions::Questions;
use crate::refusal::Refusal;
use crate::server::Server;
use crate::settings::{Settings, WhenStale};
use crate::token::{Expected, Token};
use crate::verified::Verified;

/// How many verified tokens are remembered, as many as the server does.
const REMEMBERED: usize = 50_000;

/// How long a token that is newer than what we have heard waits for the feed.
const NEWS_WAIT: Duration = Duration::from_millis(250);

/// How many wait for the feed at once. The others ask at once.
const MAXIMUM_WAITING: usize = 1024;

/// Verifies access tokens of one issuer for one application. A clone is the same verifier; with the
/// last one its tasks end.
#[derive(Clone)]
pub struct Verifier {
    inner: Arc<Inner>,
    /// Keep keys and follow the feed, until this is dropped.
    _tasks: Arc<JoinSet<()>>,
}

struct Inner {
    server: Server,
    keys: Keys,
    heard: Heard,
    questions: Questions,
    waiting: Semaphore,
    /// By the SHA-256 of the token. Signature and shape are remembered, the verdict never.
    remembered: Cache<[u8; 32], Arc<Token>>,
    expected: Expected,
    bound: Duration,
    when_stale: WhenStale,
}

impl Verifier {
    /// Begins the settings of a verifier: for the server with this issuer, as its tokens name it in
    /// `iss`, and the application with this audience, `aud`.
    #[expect(
        clippy::new_ret_no_self,
        reason = "there is no verifier without credentials"
    )]
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Settings {
        Settings::new(issuer.into(), audience.into())
    }

    pub(crate) fn start(server: Server, expected: Expected, settings: &Settings) -> Self {
        let inner = Arc::new(Inner {
            server,
            keys: Keys::new(),
            heard: Heard::new(),
            questions: Questions::new(settings.request_timeout),
            waiting: Semaphore::new(MAXIMUM_WAITING),
            remembered: Cache::new(REMEMBERED),
            expected,
            bound: settings.freshness_bound,
            when_stale: settings.when_stale,
        });
        let mut tasks = JoinSet::new();
        let (keeper, follower) = (Arc::clone(&inner), Arc::clone(&inner));
        tasks.spawn(async move { keeper.keys.keep(&keeper.server).await });
        // Twice as long as we believe what we have: what is late by then is lost.
        let silence = settings.freshness_bound * 2;
        tasks.spawn(async move { follow(&follower.server, &follower.heard, silence).await });
        Self {
            inner,
            _tasks: Arc::new(tasks),
        }
    }

    /// Whether this access token may pass now.
    pub async fn verify(&self, token: &str) -> Result<Verified, Refusal> {
        let inner = &self.inner;
        let known = inner.signed(token).await?;
        let now = unix_seconds();
        known.check(&inner.expected, whole(now))?;
        match inner.judge(&known, now) {
            Opinion::Known(verdict) => pass(verdict)?,
            Opinion::Behind => inner.wait_and_judge(token, &known).await?,
            Opinion::Outdated => inner.decide_without_feed(token, &known).await?,
        }
        Ok(Verified(known))
    }

    /// Whether what is known of revocations is recent enough to go by.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.inner
            .heard
            .is_current(unix_seconds(), self.inner.bound)
    }

    /// Waits until it is, as after a start. The caller bounds that.
    pub async fn ready(&self) {
        self.inner.heard.until(|_| self.is_current()).await;
    }
}

impl Inner {
    /// A token that the server signed, whenever and for whomever.
    async fn signed(&self, text: &str) -> Result<Arc<Token>, Refusal> {
        if text.len() > MAXIMUM_LENGTH {
            return Err(Refusal::Malformed);
        }
        let digest: [u8; 32] = (digest(&SHA256, text.as_bytes()).as_ref())
            .try_into()
            .expect("a SHA-256 has 32 bytes");
        if let Some(token) = self.remembered.get(&digest) {
            return Ok(token);
        }
        let token = Arc::new(self.decode(text).await?);
        self.remembered.insert(digest, Arc::clone(&token));
        Ok(token)
    }

    async fn decode(&self, text: &str) -> Result<Token, Refusal> {
        let unverified = Unverified::read(text).ok_or(Refusal::Malformed)?;
        let kid = &unverified.kid;
        let key = match self.keys.find(kid, &self.server).await? {
            Some(key) => key,
            // It was withdrawn: whoever has it could name any session.
            None if self.heard.is_key_revoked(kid) => {
                return Err(Refusal::Ended(Reason::Revoked));
            }
            None => return Err(Refusal::Malformed),
        };
        let claims = unverified.claims(&key).ok_or(Refusal::Malformed)?;
        Token::read(claims, kid, &self.expected).ok_or(Refusal::Malformed)
    }

    fn judge(&self, token: &Token, now: f64) -> Opinion {
        self.heard.judge(token, now, self.bound)
    }

    /// Waits for the feed for a moment: a token is often shown here sooner than word of its position.
    async fn wait_and_judge(&self, text: &str, token: &Token) -> Result<(), Refusal> {
        let rev = token.claims.rev;
        if let Ok(_waiting) = self.waiting.try_acquire() {
            // What there is to say then is said below.
            let _ = timeout(NEWS_WAIT, self.heard.until(|position| position >= rev)).await;
        }
        match self.judge(token, unix_seconds()) {
            Opinion::Known(verdict) => pass(verdict),
            Opinion::Behind => self.questions.ask(&self.server, text, token).await,
            Opinion::Outdated => self.decide_without_feed(text, token).await,
        }
    }

    async fn decide_without_feed(&self, text: &str, token: &Token) -> Result<(), Refusal> {
        match self.when_stale {
            WhenStale::Ask => self.questions.ask(&self.server, text, token).await,
            WhenStale::Refuse => Err(Refusal::Unavailable),
        }
    }
}

fn pass(verdict: Verdict) -> Result<(), Refusal> {
    match verdict {
        Verdict::Live => Ok(()),
        Verdict::Stale => Err(Refusal::Stale),
        Verdict::Dead(reason) => Err(Refusal::Ended(reason)),
        Verdict::Expired => Err(Refusal::Expired),
    }
}
