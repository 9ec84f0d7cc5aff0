//! Signing in with a password.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use super::Sessions;
use super::issue::{Pending, SessionTokens, Times};
use super::password::OVERTAKEN;
use crate::model::application::{Application, Grant};
use crate::model::audit::{Actor, AuditAction, AuditEvent, AuditOutcome};
use crate::model::caller::{Origin, RefreshCookies};
use crate::model::cookie::CookieChange;
use crate::model::id::{SessionId, UserId};
use crate::model::refresh::{RefreshEra, RefreshState};
use crate::model::refusal::{Refusal, Stop};
use crate::model::revocation::{Position, marks_of_session};
use crate::model::secret::Password;
use crate::model::session::{AuthMethod, EndReason, Session, SessionState, TokenTransport};
use crate::model::user::{User, UserStatus};
use crate::service::credentials::Verified;
use crate::service::limits::{Admission, Attempt};
use crate::service::revocation::Cause;
use crate::store::database::{Credential, Tables};

/// How often a login is begun that something overtook.
const ATTEMPTS: usize = 4;

const DISABLED: &str = "nobody can sign in at this application: it is disabled";

/// Who wants to sign in, and where.
#[derive(Clone, Debug)]
pub struct Login {
    /// An e-mail address or a user name, in any case.
    pub identifier: String,
    pub password: Password,
    /// The application; without it, the one whose page asks, or the default.
    pub client_id: Option<String>,
    pub transport: TokenTransport,
    /// What this browser is signed in by until now.
    pub cookies: RefreshCookies,
    pub origin: Origin,
}

/// What became of it.
#[derive(Debug)]
pub enum LoginOutcome {
    Authenticated(Box<Authenticated>),
    /// Unknown user and wrong password alike.
    InvalidCredentials,
    /// Told only after the right password.
    Suspended,
    /// The password was not looked at.
    TooManyAttempts {
        retry_after: Duration,
    },
}

/// A new session, its user, and its first tokens.
#[derive(Debug)]
pub struct Authenticated {
    pub user: User,
    pub session: Session,
    pub application: Arc<Application>,
    pub tokens: SessionTokens,
    /// What a browser that takes cookies is to keep, to be known by next time.
    pub device: Option<CookieChange>,
}

/// A password that was right, and the ledger's position from before it was looked at.
struct Proof {
    credential: Credential,
    begun: Position,
    renewed_hash: Option<String>,
}

/// Whether a session may be opened on a proof.
enum Standing {
    Good(Box<(User, Application, Grant)>),
    /// Somebody was cut off since the proof began: what was proven may no longer be so.
    CutOff,
    Suspended,
    /// The application is off. Told after the right password alone, as all that is written down:
    /// whoever guesses has a bounded number of attempts.
    Disabled,
}

impl Sessions {
    pub(super) async fn sign_in(&self, login: Login) -> Result<LoginOutcome, Stop> {
        let application = self
            .registry
            .recognise(login.client_id.as_deref(), &login.origin)
            .await?;
        // A login that overlaps a logout-everywhere or a change of password is looked at afresh: the
        // password may still be right.
        for _ in 0..ATTEMPTS {
            let proof = match self.prove(&login, &application).await? {
                Ok(proof) => proof,
                Err(outcome) => return Ok(outcome),
            };
            if login.transport == TokenTransport::Cookie {
                // Before there is another: a login that has returned left none behind.
                let (cookies, origin) = (&login.cookies, &login.origin);
                self.end_replaced(cookies, &application, origin).await?;
            }
            if let Some(outcome) = self.open(proof, &login, &application).await? {
                return Ok(outcome);
            }
        }
        // Not that the password was wrong: it was right each time.
        Err(OVERTAKEN.into())
    }

    async fn prove(
        &self,
        login: &Login,
        application: &Application,
    ) -> Result<Result<Proof, LoginOutcome>, Stop> {
        let tables = self.database.tables();
        let begun = tables.ledger_position().await?;
        let credential = tables.credential(&login.identifier).await?;
        let hash = credential
            .as_ref()
            .map(|credential| credential.password_hash.clone());
        let user = credential.as_ref().map(|credential| credential.user.id);
        let attempt = Attempt {
            identifier: &login.identifier,
            user,
            origin: &login.origin,
        };
        let ticket = match self.limits.login(&attempt).await? {
            Admission::Admitted(ticket) => ticket,
            Admission::TooMany { retry_after } => {
                return Ok(Err(LoginOutcome::TooManyAttempts { retry_after }));
            }
        };
        let verified = self.credentials.verify(login.password.clone(), hash).await;
        if verified != Ok(Verified::Wrong) {
            ticket.give_back().await;
        }
        let renewed_hash = match verified? {
            Verified::Wrong => {
                self.note_refused(login, application, user).await?;
                return Ok(Err(LoginOutcome::InvalidCredentials));
            }
            Verified::Right => None,
            Verified::Renewed(hash) => Some(hash),
        };
        let proof = credential.map(|credential| Proof {
            credential,
            begun,
            renewed_hash,
        });
        Ok(proof.ok_or(LoginOutcome::InvalidCredentials))
    }

    /// What was typed as a name is not noted: it may be a password that slipped into the wrong
    /// field.
    async fn note_refused(
        &self,
        login: &Login,
        application: &Application,
        user: Option<UserId>,
    ) -> Result<(), Stop> {
        let address = login.origin.address.map(tracing::field::display);
        let told = user.map(tracing::field::display);
        tracing::info!(address, user = told, "login refused");
        let event = AuditEvent {
            outcome: AuditOutcome::Failure,
            subject: user,
            application: Some(application.id),
            ..AuditEvent::new(AuditAction::Login, Actor::stranger(&login.origin))
        };
        Ok(self.database.tables().record(event).await?)
    }

    /// `None` if the proof has to be made afresh.
    async fn open(
        &self,
        proof: Proof,
        login: &Login,
        application: &Application,
    ) -> Result<Option<LoginOutcome>, Stop> {
        let unit = self.database.begin().await?;
        let tables = unit.tables();
        // First the position and the time, then, each in a statement of its own, the state: so
        // whatever revokes after the position was read either is seen below, or kills the token.
        let (rev, now) = tables.issuing_point().await?;
        // The user's row before the session's, as whoever ends sessions takes them. Before the state,
        // too: nobody ends this user's sessions between that look and the commit, so none is born
        // dead, and shown as alive.
        if !tables.set_last_login(proof.credential.user.id, now).await? {
            return Ok(None);
        }
        let (user, application, grant) = match standing(&tables, &proof, application).await? {
            Standing::Good(all) => *all,
            Standing::CutOff => return Ok(None),
            refused @ (Standing::Suspended | Standing::Disabled) => {
                drop(unit);
                let user = proof.credential.user.id;
                self.note_refused(login, application, Some(user)).await?;
                return match refused {
                    Standing::Disabled => Err(Refusal::Forbidden(DISABLED).into()),
                    _ => Ok(Some(LoginOutcome::Suspended)),
                };
            }
        };
        let pending = self.new_session(login, (&user, application, &grant), (rev, now));
        let session = &pending.session;
        tables.insert_session(session).await?;
        if let Some(hash) = &proof.renewed_hash {
            tables
                .renew_password_hash(user.id, &proof.credential.password_hash, hash)
                .await?;
        }
        tables.record(event(session, &login.origin)).await?;
        unit.commit().await?;
        self.events.look_soon();
        // They are signed in: what could not be ended now, the next login ends.
        if let Err(stop) = self.end_surplus(session, &login.origin).await {
            let error = &stop as &dyn std::error::Error;
            tracing::warn!(error, user = %user.id, "could not end sessions that are too many");
        }
        let application = Arc::clone(&pending.application);
        let (session, tokens) = self.issue(pending).await;
        let device = (session.transport == TokenTransport::Cookie)
            .then(|| self.limits.device_cookie(user.id, &login.origin));
        tracing::info!(user = %user.id, session = %session.id, address = session.address.map(tracing::field::display), "logged in");
        let user = User {
            last_login_at: Some(now),
            ..user
        };
        Ok(Some(LoginOutcome::Authenticated(Box::new(Authenticated {
            user,
            session,
            application,
            tokens,
            device,
        }))))
    }

    fn new_session(
        &self,
        login: &Login,
        (user, application, grant): (&User, Application, &Grant),
        (rev, now): (Position, OffsetDateTime),
    ) -> Pending {
        let lifetimes = self.registry.lifetimes(&application);
        let end = now + lifetimes.session;
        let times = Times::starting(now, lifetimes, end);
        let id = SessionId::new();
        let (refresh, hash) = self.refresh_tokens.first(id, RefreshEra::default());
        let session = Session {
            id,
            user: user.id,
            application: application.id,
            position: rev,
            methods: vec![AuthMethod::Password],
            address: login.origin.address,
            user_agent: login.origin.user_agent.clone(),
            transport: login.transport,
            created_at: now,
            last_active_at: now,
            expires_at: end,
            idle_expires_at: times.idle_expires_at,
            token_expires_at: times.validity.expires_at,
            state: SessionState::Active,
            refresh: Some(RefreshState::first(hash, now)),
        };
        Pending {
            session,
            scopes: grant.scopes.intersection(&application.scopes),
            application: Arc::new(application),
            rev,
            validity: times.validity,
            refresh: Some(refresh),
        }
    }

    /// Of a user's sessions that are too many, those end that were active longest ago.
    async fn end_surplus(&self, newest: &Session, origin: &Origin) -> Result<(), Stop> {
        let tables = self.database.tables();
        let cause = Cause {
            reason: EndReason::Revoked,
            actor: Actor::user(newest.user, origin),
        };
        // Usually there is one; where the bound was lowered, there may be many.
        loop {
            let surplus = tables
                .surplus_sessions(newest.user, self.rules.maximum, newest.created_at)
                .await?;
            if surplus.is_empty() {
                return Ok(());
            }
            for session in surplus {
                let marks = marks_of_session(session.id, session.user, session.application);
                self.revocations
                    .end_session(session.id, &marks, &cause)
                    .await?;
            }
        }
    }
}

async fn standing(
    tables: &Tables<'_>,
    proof: &Proof,
    application: &Application,
) -> Result<Standing, Stop> {
    let Some(user) = tables.user(proof.credential.user.id).await? else {
        return Ok(Standing::CutOff);
    };
    if user.status == UserStatus::Suspended {
        return Ok(Standing::Suspended);
    }
    let application = tables.application(application.id).await?;
    let Some(application) = application.filter(|application| application.enabled) else {
        return Ok(Standing::Disabled);
    };
    let grant = tables.grant(user.id, application.id).await?;
    let cutoff = user.cutoff.max(application.cutoff).max(grant.cutoff);
    Ok(if cutoff <= proof.begun {
        Standing::Good(Box::new((user, application, grant)))
    } else {
        Standing::CutOff
    })
}

fn event(session: &Session, origin: &Origin) -> AuditEvent {
    AuditEvent {
        subject: Some(session.user),
        application: Some(session.application),
        session: Some(session.id),
        ..AuditEvent::new(AuditAction::Login, Actor::user(session.user, origin))
    }
}
