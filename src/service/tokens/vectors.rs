//! The tokens that every verifier of ours must judge alike, in the server's hands.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

use super::VerifiedToken;
use crate::crypto::jwt::{Claims, VerifyingKey, id_of, key_named_by};
use crate::model::id::{ApplicationId, KeyId};
use crate::model::refusal::Unauthenticated;
use crate::model::revocation::{Effect, Entry, Mark, Position, Subject, Verdict, judge};
use crate::model::secret::AccessToken;
use crate::model::session::EndReason;
use crate::model::swept::Swept;
use crate::model::token::RETENTION_MARGIN;

/// The file, as far as a server needs it.
#[derive(Deserialize)]
struct Vectors {
    issuer: String,
    audience: String,
    client_id: String,
    now: i64,
    leeway_seconds: u64,
    jwks: Jwks,
    feed: Feed,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Feed {
    position: i64,
    swept: Gone,
    revocations: Vec<Row>,
}

#[derive(Deserialize)]
struct Gone {
    position: i64,
    exp: i64,
}

#[derive(Deserialize)]
struct Row {
    position: i64,
    effect: String,
    cut_off: bool,
    subject: HashMap<String, String>,
    reason: String,
    expires_at: i64,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    token: String,
    verdict: String,
}

/// A server that knows what the vectors say.
struct Server {
    issuer: String,
    now: i64,
    leeway: Duration,
    position: Position,
    swept: Swept,
    keys: HashMap<KeyId, VerifyingKey>,
    /// By their client id, with their audiences.
    applications: HashMap<String, (ApplicationId, String)>,
    /// Whose page asks.
    here: ApplicationId,
    index: HashMap<Mark, Entry>,
}

#[test]
fn every_token_of_the_vectors_is_judged_as_it_says_there() {
    let vectors = include_str!("../../../verifier/vectors.json");
    let vectors: Vectors = serde_json::from_str(vectors).expect("the vectors, in their shape");
    let server = Server::new(&vectors);
    let judged = vectors.cases.iter().filter_map(|case| {
        let judged = server.judge(&case.token);
        let is_wrong = judged != case.verdict;
        is_wrong.then(|| format!("{}: {judged} instead of {}", case.name, case.verdict))
    });
    let wrong: Vec<_> = judged.collect();
    assert!(!vectors.cases.is_empty() && wrong.is_empty(), "{wrong:#?}");
}

impl Server {
    fn new(vectors: &Vectors) -> Self {
        let application = |client_id: &str, audience: &str| {
            let known = (ApplicationId::new(), audience.to_owned());
            (client_id.to_owned(), known)
        };
        let applications = HashMap::from([
            application(&vectors.client_id, &vectors.audience),
            application("billing", "https://billing.example.com"),
        ]);
        let mut server = Self {
            here: applications[&vectors.client_id].0,
            issuer: vectors.issuer.clone(),
            now: vectors.now,
            leeway: Duration::from_secs(vectors.leeway_seconds),
            position: Position(vectors.feed.position),
            swept: vectors.feed.swept.at_the_server(),
            keys: vectors.jwks.keys.iter().filter_map(key).collect(),
            applications,
            index: HashMap::new(),
        };
        for row in &vectors.feed.revocations {
            server.learn(row);
        }
        server
    }

    fn learn(&mut self, row: &Row) {
        let subject = self.subject(&row.subject);
        assert_eq!(row.cut_off, !subject.is_absolute());
        let mark = Mark {
            subject,
            effect: Effect::parse(&row.effect).expect("an effect of ours"),
        };
        let expires_at = OffsetDateTime::from_unix_timestamp(row.expires_at);
        let entry = Entry {
            position: Position(row.position),
            reason: EndReason::parse(&row.reason).expect("a reason of ours"),
            expires_at: expires_at.expect("a time of this era"),
        };
        let known = self.index.entry(mark).or_insert(entry);
        *known = known.merge(entry);
    }

    /// The claims that name it, as the ledger has it.
    fn subject(&self, claims: &HashMap<String, String>) -> Subject {
        let claim = |name: &str| claims.get(name).map(String::as_str);
        let application = claim("client_id").map(|client_id| self.applications[client_id].0);
        let (kind, text) = match (
            claim("jti"),
            claim("sid"),
            claim("kid"),
            claim("sub"),
            application,
        ) {
            (Some(token), ..) => ("token", token.to_owned()),
            (_, Some(session), ..) => ("session", session.to_owned()),
            (_, _, Some(key), ..) => ("key", key.to_owned()),
            (_, _, _, Some(user), None) => ("user", user.to_owned()),
            (_, _, _, Some(user), Some(here)) => ("grant", format!("{user}/{here}")),
            (_, _, _, None, Some(here)) => ("application", here.to_string()),
            (None, None, None, None, None) => panic!("{claims:?} names nothing"),
        };
        Subject::from_parts(kind, &text).expect("a subject of ours")
    }

    fn judge(&self, token: &str) -> &'static str {
        let verified = match self.verify(&AccessToken::new(token.to_owned())) {
            Ok(verified) => verified,
            Err(refusal) => return refusal.reason(),
        };
        let findings = verified.marks.0.map(|mark| self.index.get(&mark).copied());
        match judge(verified.rev, &verified.marks, &findings) {
            Verdict::Dead(reason) => reason.as_str(),
            Verdict::Stale => "TOKEN_STALE",
            Verdict::Live if self.swept.leaves_undecided(&verified.candidate()) => "EXPIRED",
            Verdict::Live if verified.rev > self.position => "ASK",
            Verdict::Live => "valid",
        }
    }

    /// As `Tokens::verify` does, where keys and applications come from the database.
    fn verify(&self, token: &AccessToken) -> Result<VerifiedToken, Unauthenticated> {
        const NO: Unauthenticated = Unauthenticated::Malformed;
        let id = id_of(&key_named_by(token).map_err(|_| NO)?).ok_or(NO)?;
        let key = self.keys.get(&id).ok_or(NO)?;
        let claims: Claims = key.verify(token).map_err(|_| NO)?;
        let (application, audience) = self.applications.get(&claims.client_id).ok_or(NO)?;
        let verified = VerifiedToken::read(&claims, &self.issuer, id, *application).ok_or(NO)?;
        // As `Sessions::authenticate` does where a page asks.
        if verified.application != self.here {
            return Err(Unauthenticated::WrongAudience);
        }
        verified.check(Some(audience), self.now, self.leeway)?;
        Ok(verified)
    }
}

impl Gone {
    /// Which rows were dropped: each was kept until the tokens that it concerned were over.
    fn at_the_server(&self) -> Swept {
        Swept {
            position: Position(self.position),
            until: self.exp + RETENTION_MARGIN.as_secs().cast_signed(),
        }
    }
}

/// Among the keys are some that verify nothing: those have no name here.
fn key(jwk: &Value) -> Option<(KeyId, VerifyingKey)> {
    let read = serde_json::from_value(jwk.clone()).expect("a JWK");
    let public = VerifyingKey::of(&read).ok()?;
    let id = jwk["kid"].as_str().and_then(id_of);
    Some((id.expect("a thumbprint"), public))
}
