//! Signing in with a password.

use super::Sessions;
use crate::model::application::Application;
use crate::model::caller::Origin;
use crate::model::id::SessionId;
use crate::model::refusal::Stop;
use crate::model::revocation::Position;
use crate::model::secret::Password;
use crate::model::session::{AuthMethod, Session, SessionState};
use crate::model::user::{User, UserStatus};
use crate::service::credentials::Verified;
use crate::service::tokens::{Grant, Issued};
use crate::store::database::{Credential, Tables};

/// Who wants to sign in.
#[derive(Clone, Debug)]
pub struct Login {
    /// An e-mail address or a user name, in any case.
    pub identifier: String,
    pub password: Password,
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
}

/// A new session, its user, and its first token.
#[derive(Debug)]
pub struct Authenticated {
    pub user: User,
    pub session: Session,
    pub tokens: Issued,
}

/// A password that was right, and the ledger's position from before it was looked at.
struct Proof {
    credential: Credential,
    begun: Position,
    renewed_hash: Option<String>,
}

/// Whether a session may be opened on a proof.
enum Standing {
    Good(Box<(User, Application)>),
    /// Somebody was cut off since the proof began: what was proven may no longer be so.
    CutOff,
    Suspended,
}

impl Sessions {
    /// Opens a session for whoever knows the password.
    pub async fn log_in(&self, login: Login) -> Result<LoginOutcome, Stop> {
        // A login that overlaps a logout-everywhere or a change of password is looked at afresh,
        // once: the password may still be right.
        for _ in 0..2 {
            let Some(proof) = self.prove(&login).await? else {
                return Ok(LoginOutcome::InvalidCredentials);
            };
            if let Some(outcome) = self.open(proof, &login).await? {
                return Ok(outcome);
            }
        }
        Ok(LoginOutcome::InvalidCredentials)
    }

    async fn prove(&self, login: &Login) -> Result<Option<Proof>, Stop> {
        let tables = self.database.tables();
        let begun = tables.ledger_position().await?;
        let credential = tables.credential(&login.identifier).await?;
        let hash = credential
            .as_ref()
            .map(|credential| credential.password_hash.clone());
        let verified = self
            .credentials
            .verify(login.password.clone(), hash)
            .await?;
        let renewed_hash = match verified {
            Verified::Wrong => None,
            Verified::Right => Some(None),
            Verified::Renewed(hash) => Some(Some(hash)),
        };
        let proof = credential
            .zip(renewed_hash)
            .map(|(credential, renewed_hash)| Proof {
                credential,
                begun,
                renewed_hash,
            });
        if proof.is_none() {
            tracing::info!(
                address = login.origin.address.map(tracing::field::display),
                "login refused"
            );
        }
        Ok(proof)
    }

    /// `None` if the proof has to be made afresh.
    async fn open(&self, proof: Proof, login: &Login) -> Result<Option<LoginOutcome>, Stop> {
        let unit = self.database.begin().await?;
        let tables = unit.tables();
        // First the position and the time, then, each in a statement of its own, the state: so
        // whatever revokes after the position was read either is seen below, or kills the token.
        let (rev, now) = tables.issuing_point().await?;
        let (user, application) = match self.standing(&tables, &proof).await? {
            Standing::Good(both) => *both,
            Standing::CutOff => return Ok(None),
            Standing::Suspended => {
                tracing::info!(user = %proof.credential.user.id, "login refused: suspended");
                return Ok(Some(LoginOutcome::Suspended));
            }
        };
        let validity = self.tokens.validity(now);
        let session = Session {
            id: SessionId::new(),
            user: user.id,
            application: application.id,
            position: rev,
            methods: vec![AuthMethod::Password],
            address: login.origin.address,
            created_at: now,
            last_active_at: now,
            expires_at: validity.expires_at,
            token_expires_at: validity.expires_at,
            state: SessionState::Active,
        };
        // The user's row before the session's, as whoever ends sessions takes them.
        if !tables.set_last_login(user.id, now).await? {
            return Ok(None);
        }
        tables.insert_session(&session).await?;
        if let Some(hash) = &proof.renewed_hash {
            tables
                .renew_password_hash(user.id, &proof.credential.password_hash, hash)
                .await?;
        }
        unit.commit().await?;
        let tokens = self.tokens.issue(&Grant {
            session: &session,
            rev,
            validity,
        });
        tracing::info!(user = %user.id, session = %session.id, address = session.address.map(tracing::field::display), "logged in");
        let user = User {
            last_login_at: Some(now),
            ..user
        };
        Ok(Some(LoginOutcome::Authenticated(Box::new(Authenticated {
            user,
            session,
            tokens,
        }))))
    }

    async fn standing(&self, tables: &Tables<'_>, proof: &Proof) -> Result<Standing, Stop> {
        let Some(user) = tables.user(proof.credential.user.id).await? else {
            return Ok(Standing::CutOff);
        };
        if user.status == UserStatus::Suspended {
            return Ok(Standing::Suspended);
        }
        let id = self.tokens.application().id;
        let application = tables
            .application(id)
            .await?
            .filter(|application| application.enabled);
        Ok(match application {
            Some(application) if user.cutoff.max(application.cutoff) <= proof.begun => {
                Standing::Good(Box::new((user, application)))
            }
            _ => Standing::CutOff,
        })
    }
}
