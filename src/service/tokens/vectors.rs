//! The tokens that every verifier of ours must judge alike, in the server's hands.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::Value;
use time::OffsetDateTime;

use super::VerifiedToken;
use crate::crypto::jwt::{Claims, VerifyingKey, id_of, key_named_by};
use crate::model::id::{ApplicationId, KeyId};
use crate::model::refusal::Unauthenticated;
use crate::model::revocation::{Effect, Entry, Mark, Position, Subject, Verdict, judge};
use crate::model::secret::AccessToken;
use crate::model::session::EndReason;

/// A server that knows what the vectors say.
struct Server {
    issuer: String,
    now: i64,
    leeway: Duration,
    position: Position,
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
    let vectors: Value = serde_json::from_str(vectors).unwrap();
    let server = Server::new(&vectors);
    let cases = vectors["cases"].as_array().unwrap();
    let wrong: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let judged = server.judge(text(&case["token"]));
            let is_wrong = judged != text(&case["verdict"]);
            is_wrong.then(|| format!("{}: {judged} instead of {}", case["name"], case["verdict"]))
        })
        .collect();
    assert!(!cases.is_empty() && wrong.is_empty(), "{wrong:#?}");
}

impl Server {
    fn new(vectors: &Value) -> Self {
        let key = |jwk: &Value| {
            let public = VerifyingKey::of(&serde_json::from_value(jwk.clone()).unwrap()).ok()?;
            Some((id_of(text(&jwk["kid"])).unwrap(), public))
        };
        let application = |client_id: &Value, audience| {
            (
                text(client_id).to_owned(),
                (ApplicationId::new(), text(audience).to_owned()),
            )
        };
        let sister = (
            Value::from("billing"),
            Value::from("https://billing.example.com"),
        );
        let applications = HashMap::from([
            application(&vectors["client_id"], &vectors["audience"]),
            application(&sister.0, &sister.1),
        ]);
        let mut server = Self {
            here: applications[text(&vectors["client_id"])].0,
            issuer: text(&vectors["issuer"]).to_owned(),
            now: vectors["now"].as_i64().unwrap(),
            leeway: Duration::from_secs(vectors["leeway_seconds"].as_u64().unwrap()),
            position: Position(vectors["feed"]["position"].as_i64().unwrap()),
            keys: list(&vectors["jwks"]["keys"]).filter_map(key).collect(),
            applications,
            index: HashMap::new(),
        };
        for row in list(&vectors["feed"]["revocations"]) {
            server.learn(row);
        }
        server
    }

    fn learn(&mut self, row: &Value) {
        let subject = self.subject(&row["subject"]);
        assert_eq!(row["cut_off"], !subject.is_absolute());
        let mark = Mark {
            subject,
            effect: Effect::parse(text(&row["effect"])).unwrap(),
        };
        let expires_at = row["expires_at"].as_i64().unwrap();
        let entry = Entry {
            position: Position(row["position"].as_i64().unwrap()),
            reason: EndReason::parse(text(&row["reason"])).unwrap(),
            expires_at: OffsetDateTime::from_unix_timestamp(expires_at).unwrap(),
        };
        let known = self.index.entry(mark).or_insert(entry);
        *known = known.merge(entry);
    }

    /// The claims that name it, as the ledger has it.
    fn subject(&self, claims: &Value) -> Subject {
        let claim = |name: &str| claims.get(name).map(text);
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
            (None, None, None, None, None) => panic!("{claims} names nothing"),
        };
        Subject::from_parts(kind, &text).unwrap()
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

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}
