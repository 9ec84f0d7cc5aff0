//! The real server, and people who do what a history says.

use serde_json::json;

use super::deed::Deed;
use super::model::Model;
use crate::app::TestApp;
use crate::client::{Answer, Request};
use crate::people::{ME, Person, RefreshToken};
use crate::signed_in::{
    ended_by, logout_with, to_change_password, to_log_out_everywhere, to_log_out_of, to_revoke,
};
use crate::three_applications::ALL;

/// What went otherwise than the model says, after what.
type Told = String;

pub(super) struct World<'a> {
    app: &'a TestApp,
    people: [Person; 2],
    applications: Vec<String>,
    model: Model,
    held: Vec<Held>,
    /// What was done so far.
    history: Vec<String>,
}

/// A session's tokens, by their numbers.
struct Held {
    id: String,
    access: Vec<String>,
    /// The access tokens that were dead when they were last looked at.
    dead: Vec<bool>,
    refresh: Vec<RefreshToken>,
}

/// What an answer brings.
#[derive(Debug, PartialEq, Eq)]
enum New {
    Nothing,
    Access,
    /// An access token, and the refresh token of this number.
    Both(usize),
}

impl Held {
    fn number_of(&mut self, token: RefreshToken) -> usize {
        let place = self.refresh.iter().position(|known| *known == token);
        place.unwrap_or_else(|| {
            self.refresh.push(token);
            self.refresh.len() - 1
        })
    }

    fn newest(&self) -> &str {
        self.access.last().expect("it began with one")
    }
}

impl<'a> World<'a> {
    pub(super) async fn go_through(
        app: &'a TestApp,
        number: u32,
        deeds: &[Deed],
    ) -> Result<(), Told> {
        let mut people = ["alice", "bob"].map(|name| Person::named(&format!("{name}{number}")));
        for person in &mut people {
            "seven purple toasters".clone_into(&mut person.password);
            person.sign_up(app).await;
        }
        let mut applications = Vec::new();
        for client_id in ALL {
            applications.push(app.application_id(client_id).await);
        }
        let mut world = Self {
            app,
            people,
            applications,
            model: Model::default(),
            held: Vec::new(),
            history: Vec::new(),
        };
        for deed in deeds {
            world.does(*deed).await?;
            world.look_at_access_tokens().await?;
        }
        world.look_at_all().await
    }

    fn wrong(&self, what: impl std::fmt::Display) -> Told {
        format!("{what}, after this:\n    {}", self.history.join("\n    "))
    }

    async fn does(&mut self, deed: Deed) -> Result<(), Told> {
        match deed {
            Deed::LogIn {
                user,
                application,
                in_cookie,
            } => self.log_in(user, application, in_cookie).await,
            Deed::Wait { seconds } => {
                self.history.push(format!("{seconds} seconds go by"));
                self.app.advance_seconds(seconds);
                self.model.now += seconds;
            }
            // Nobody is signed in yet.
            _ if self.held.is_empty() => {}
            Deed::Refresh { session, older } => self.refresh(session, older).await?,
            Deed::LogOut { session } => {
                let session = session % self.held.len();
                self.history.push(format!("session {session} logs out"));
                let request = logout_with(&json!({})).bearer(self.held[session].newest());
                let ended = self.model.end_all(|index, _| index == session);
                self.ends(request, ended).await?;
            }
            Deed::LogOutByRefreshToken { session, older } => {
                self.log_out_by_refresh_token(session, older).await?;
            }
            Deed::LogOutOf {
                session,
                application,
            } => self.log_out_of(session, application).await?,
            Deed::LogOutEverywhere { session } => {
                self.log_out_everywhere(session % self.held.len()).await?;
            }
            Deed::KeepItself { session } => {
                let session = session % self.held.len();
                self.history
                    .push(format!("session {session} ends all others"));
                let request = to_log_out_everywhere(&json!({ "keepCurrent": true }));
                let keep = |model: &mut Model| {
                    model.keep(session);
                    New::Access
                };
                self.keep(session, request, keep).await?;
            }
            Deed::Revoke { session, other } => self.revoke(session, other).await?,
            Deed::ChangePassword { session } => {
                self.change_password(session % self.held.len()).await?;
            }
        }
        Ok(())
    }

    async fn log_in(&mut self, user: usize, application: usize, in_cookie: bool) {
        let transport = if in_cookie { "COOKIE" } else { "BODY" };
        let (number, client_id) = (self.held.len(), ALL[application]);
        self.history.push(format!(
            "user {user} logs in at {client_id} ({transport}): session {number}"
        ));
        let session = self.people[user].log_in_at(client_id, transport, self.app);
        let session = session.await;
        self.model.log_in(user, application);
        self.held.push(Held {
            id: session.id,
            access: vec![session.token],
            dead: vec![false],
            refresh: vec![session.refresh],
        });
    }

    /// A session, and the number of one of its refresh tokens.
    fn pick(&self, session: usize, older: usize) -> (usize, usize) {
        let session = session % self.held.len();
        let count = self.held[session].refresh.len();
        (session, count - 1 - older % count)
    }

    async fn refresh(&mut self, session: usize, older: usize) -> Result<(), Told> {
        let (session, token) = self.pick(session, older);
        self.history.push(format!(
            "session {session} is refreshed with its refresh token {token}"
        ));
        let answer = self
            .app
            .send(self.held[session].refresh[token].to_refresh())
            .await;
        let expected = self.model.refresh(session, token);
        let expected = expected.map_or(New::Nothing, New::Both);
        self.takes(session, &answer, &expected)
    }

    /// The session takes the tokens of an answer, if these are the ones that it should bring.
    fn takes(&mut self, session: usize, answer: &Answer, expected: &New) -> Result<(), Told> {
        let data = answer.data();
        let fields = data.as_object().and_then(|fields| fields.values().next());
        let tokens = &fields.expect("a field")["tokens"];
        let held = &mut self.held[session];
        let mut seen = New::Nothing;
        if let Some(access) = tokens["accessToken"].as_str() {
            held.access.push(access.to_owned());
            held.dead.push(false);
            seen = match RefreshToken::new_in(answer, tokens) {
                None => New::Access,
                Some(token) => New::Both(held.number_of(token)),
            };
        }
        if seen == *expected {
            return Ok(());
        }
        let what = format!(
            "it brought {seen:?}, and not {expected:?}: {}",
            answer.text()
        );
        Err(self.wrong(what))
    }

    async fn log_out_by_refresh_token(&mut self, session: usize, older: usize) -> Result<(), Told> {
        let (session, token) = self.pick(session, older);
        self.history.push(format!(
            "session {session} logs out by its refresh token {token}"
        ));
        let client_id = ALL[self.model.sessions[session].application];
        let token = self.held[session].refresh[token].text();
        let request = logout_with(&json!({ "clientId": client_id })).cookie(client_id, token);
        let ended = self.model.end_all(|index, _| index == session);
        self.ends(request, ended).await
    }

    async fn log_out_of(&mut self, session: usize, application: usize) -> Result<(), Told> {
        let session = session % self.held.len();
        let client_id = ALL[application];
        self.history
            .push(format!("session {session} logs out of {client_id}"));
        let request = to_log_out_of(&self.applications[application]);
        let user = self.model.sessions[session].user;
        self.guarded(session, request, |_, other| {
            other.user == user && other.application == application
        })
        .await
    }

    async fn log_out_everywhere(&mut self, session: usize) -> Result<(), Told> {
        self.history
            .push(format!("session {session} logs out everywhere"));
        let user = self.model.sessions[session].user;
        let request = to_log_out_everywhere(&json!({}));
        self.guarded(session, request, |_, other| other.user == user)
            .await
    }

    async fn revoke(&mut self, session: usize, other: usize) -> Result<(), Told> {
        let (session, other) = (session % self.held.len(), other % self.held.len());
        self.history
            .push(format!("session {session} revokes session {other}"));
        let request = to_revoke(&self.held[other].id);
        if self.model.sessions[session].user == self.model.sessions[other].user {
            return self
                .guarded(session, request, |index, _| index == other)
                .await;
        }
        let answer = self
            .app
            .send(request.bearer(self.held[session].newest()))
            .await;
        let expected = if self.is_signed_in(session) { 404 } else { 401 };
        if answer.status != expected {
            return Err(self.wrong(answer.text()));
        }
        Ok(())
    }

    fn is_signed_in(&self, session: usize) -> bool {
        self.model
            .is_live(session, self.held[session].access.len() - 1)
    }

    /// With the session's newest access token, which has to be live.
    async fn guarded(
        &mut self,
        session: usize,
        request: Request,
        concerns: impl Fn(usize, &super::model::Session) -> bool,
    ) -> Result<(), Told> {
        let request = request.bearer(self.held[session].newest());
        if !self.is_signed_in(session) {
            return self.is_refused(request).await;
        }
        let ended = self.model.end_all(concerns);
        self.ends(request, ended).await
    }

    async fn is_refused(&self, request: Request) -> Result<(), Told> {
        let answer = self.app.send(request).await;
        if answer.status != 401 {
            return Err(self.wrong(format!("it is not refused: {}", answer.text())));
        }
        Ok(())
    }

    async fn ends(&self, request: Request, expected: Vec<usize>) -> Result<(), Told> {
        let answer = self.app.send(request).await;
        self.has_ended(&answer, &expected)
    }

    fn has_ended(&self, answer: &Answer, expected: &[usize]) -> Result<(), Told> {
        if answer.status != 200 {
            return Err(self.wrong(answer.text()));
        }
        let number = |id: &String| self.held.iter().position(|held| held.id == *id);
        let mut ended: Vec<_> = ended_by(answer).iter().filter_map(number).collect();
        ended.sort_unstable();
        if ended != expected {
            return Err(self.wrong(format!("it ended {ended:?}, and not {expected:?}")));
        }
        Ok(())
    }

    async fn change_password(&mut self, session: usize) -> Result<(), Told> {
        self.history
            .push(format!("session {session} changes the password"));
        let user = self.model.sessions[session].user;
        let current = self.people[user].password.clone();
        let new = format!("seven purple toasters {}", self.history.len());
        let is_signed_in = self.is_signed_in(session);
        let renew = |model: &mut Model| New::Both(model.renew(session));
        self.keep(session, to_change_password(&current, &new), renew)
            .await?;
        if is_signed_in {
            self.people[user].password = new;
        }
        Ok(())
    }

    /// Sends what ends all others of a user's, and keeps the one that asks.
    async fn keep(
        &mut self,
        session: usize,
        request: Request,
        keep: impl FnOnce(&mut Model) -> New,
    ) -> Result<(), Told> {
        let request = request.bearer(self.held[session].newest());
        if !self.is_signed_in(session) {
            return self.is_refused(request).await;
        }
        let answer = self.app.send(request).await;
        let user = self.model.sessions[session].user;
        let ended = self
            .model
            .end_all(|index, other| other.user == user && index != session);
        self.has_ended(&answer, &ended)?;
        let expected = keep(&mut self.model);
        self.takes(session, &answer, &expected)
    }

    /// Those that were dead stay so, and are looked at in the end once more.
    async fn look_at_access_tokens(&mut self) -> Result<(), Told> {
        let (mut places, mut requests) = (Vec::new(), Vec::new());
        for (session, held) in self.held.iter().enumerate() {
            for (number, token) in held.access.iter().enumerate() {
                if !held.dead[number] {
                    places.push((session, number));
                    requests.push(Request::graphql(ME, &json!(null)).bearer(token));
                }
            }
        }
        let answers = self.app.send_at_once(requests).await;
        for ((session, number), answer) in places.into_iter().zip(answers) {
            let should_live = self.model.is_live(session, number);
            if answer.status != if should_live { 200 } else { 401 } {
                let name = format!("access token {number} of session {session}");
                return Err(self.wrong(format!("{name}: {}", answer.text())));
            }
            self.held[session].dead[number] = !should_live;
        }
        Ok(())
    }

    async fn look_at_all(&mut self) -> Result<(), Told> {
        for held in &mut self.held {
            held.dead.fill(false);
        }
        self.look_at_access_tokens().await?;
        for session in 0..self.held.len() {
            self.refresh(session, 0).await?;
        }
        self.look_at_access_tokens().await
    }
}
