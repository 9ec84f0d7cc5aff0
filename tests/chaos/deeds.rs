//! What people do on a node: sign up and in, refresh, ask who they are, and log out in every way.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::call::{ApplicationNumber, Deed, Logout, Outcome, Scope, Way};
use crate::chance::Chance;
use crate::client::Request;
use crate::cluster::{APPLICATIONS, NODES};
use crate::desk::{Desk, Reply, operation};
use crate::people::{Person, Session, Token};

/// Longer than a node stands still: what it says when it goes on is what matters.
pub(crate) const PATIENCE: Duration = Duration::from_secs(8);

/// How many tokens are looked at on every node when a logout was acknowledged.
const LOOKED_AT: usize = 3;

/// How often a logout that got no answer is asked for again.
const ASKED_AGAIN: usize = 3;

const TOKENS: &str = "accessToken refreshToken";

/// Somebody who acts on one of the nodes.
pub(crate) struct Actor<'a> {
    pub desk: &'a Desk,
    pub person: &'a Arc<Person>,
    pub node: usize,
}

impl Actor<'_> {
    pub(crate) async fn sign_up(&self) -> bool {
        let field = "signUp(input: $input) { userErrors { code } }";
        let password = self.person.password(0);
        let input = json!({ "email": self.person.email, "password": password });
        let request = operation(field, "SignUpInput", &input);
        let answer = self.desk.ask(self.node, &request, PATIENCE).await;
        answer.is_some_and(|answer| answer.json()["data"]["signUp"]["userErrors"] == json!([]))
    }

    pub(crate) async fn log_in(&self, application: usize) -> Option<Session> {
        let field = format!(
            "login(input: $input) {{
                ... on Authenticated {{
                    tokens {{ {TOKENS} }} session {{ id application {{ id }} }} }}
                ... on AuthenticationFailed {{ code }} }}"
        );
        let number = self.person.wallet().passwords.current();
        let input = json!({
            "identifier": self.person.email, "password": self.person.password(number),
            "clientId": APPLICATIONS[application], "transport": "BODY",
        });
        let deed = Deed::Login {
            user: self.person.number,
            application: ApplicationNumber(application),
            password: number,
        };
        let request = operation(&field, "LoginInput", &input);
        let reply = self.desk.call(self.node, deed, request, PATIENCE).await;
        match &reply.outcome {
            Outcome::Done(_) => self.person.wallet().passwords.was_right(number),
            Outcome::Refused(code) if code == "INVALID_CREDENTIALS" => {
                self.person.wallet().passwords.was_wrong(number);
            }
            _ => {}
        }
        let (session, payload) = (reply.issued?.0, &reply.payload);
        let own = &payload["session"];
        Some(Session {
            number: session,
            id: text(&own["id"]),
            application,
            application_id: text(&own["application"]["id"]),
            token: self.token(&reply, application)?,
            refresh_token: text(&payload["tokens"]["refreshToken"]),
        })
    }

    /// Whether the token was taken.
    pub(crate) async fn me(&self, token: &Token) -> Outcome {
        let request = Request::graphql("{ me { id } }", &Value::Null).bearer(&token.text);
        let deed = Deed::Me(token.number);
        let reply = self.desk.call(self.node, deed, request, PATIENCE).await;
        reply.outcome
    }

    /// The session goes back into the wallet, unless it is over or that is unknown.
    pub(crate) async fn refresh(&self, session: Session, patience: Duration) {
        let field = format!(
            "refreshSession(input: $input) {{
                ... on Refreshed {{ tokens {{ {TOKENS} }} }} ... on RefreshFailed {{ code }} }}"
        );
        let input = json!({ "refreshToken": session.refresh_token });
        let request = operation(&field, "RefreshSessionInput", &input);
        let deed = Deed::Refresh(session.number);
        let reply = self.desk.call(self.node, deed, request, patience).await;
        match &reply.outcome {
            Outcome::Done(_) => self.renew(session, &reply),
            Outcome::Refused(_) | Outcome::Unsent => self.person.wallet().sessions.push(session),
            // Its client would ask again; but the checker could tell nothing of it any more.
            _ => {}
        }
    }

    /// Logs out, and asks again on other nodes until somebody acknowledges it.
    pub(crate) async fn log_out(&self, session: &Session, patience: Duration) {
        let (logout, request) = to_log_out(session);
        self.insist(logout, &request, patience).await;
    }

    /// Logs out, and leaves it at that.
    pub(crate) async fn log_out_once(&self, session: &Session) -> Outcome {
        let (logout, request) = to_log_out(session);
        let deed = Deed::Logout(logout);
        let reply = self.desk.call(self.node, deed, request, PATIENCE).await;
        reply.outcome
    }

    /// Ends one session by the token of another.
    pub(crate) async fn revoke(&self, session: &Session, by: &Session, patience: Duration) {
        let field = "revokeSession(input: $input) { endedSessionIds userErrors { code } }";
        let input = json!({ "sessionId": session.id });
        let request = operation(field, "RevokeSessionInput", &input).bearer(&by.token.text);
        let logout = Logout {
            way: Way::RevokeSession,
            scope: Scope::Session(session.number),
            caller: Some(by.token.number),
            kept: None,
            password: None,
        };
        self.insist(logout, &request, patience).await;
    }

    async fn insist(&self, logout: Logout, request: &Request, patience: Duration) {
        for again in 0..=ASKED_AGAIN {
            let node = (self.node + again) % NODES;
            // Who was impatient once asks again at once, and then waits.
            let patience = if again == 0 { patience } else { PATIENCE };
            let deed = Deed::Logout(logout);
            let reply = self.desk.call(node, deed, request.clone(), patience).await;
            if reply.is_done() {
                self.look(logout.scope).await;
                return;
            }
            if !reply.outcome.is_open() || self.desk.history.is_over() {
                return;
            }
        }
    }

    pub(crate) async fn log_out_of_application(&self, session: &Session, patience: Duration) {
        let field = "logoutApplication(input: $input) { endedSessionIds }";
        let input = json!({ "applicationId": session.application_id });
        let request = operation(field, "LogoutApplicationInput", &input);
        let application = ApplicationNumber(session.application);
        let logout = Logout {
            way: Way::LogoutApplication,
            scope: Scope::Grant(self.person.number, application),
            caller: Some(session.token.number),
            kept: None,
            password: None,
        };
        self.cut_off(logout, request, session, patience).await;
    }

    pub(crate) async fn log_out_everywhere(&self, session: &Session, patience: Duration) {
        let request = everywhere(&json!({}));
        let logout = self.user_wide(Way::LogoutEverywhere, session);
        self.cut_off(logout, request, session, patience).await;
    }

    /// The session that asks lives on, and goes back into the wallet.
    pub(crate) async fn log_out_elsewhere(&self, session: Session, patience: Duration) {
        let request = everywhere(&json!({ "keepCurrent": true }));
        let logout = Logout {
            kept: Some(session.number),
            ..self.user_wide(Way::LogoutElsewhere, &session)
        };
        let reply = self.cut_off(logout, request, &session, patience).await;
        if reply.is_done() {
            self.renew(session, &reply);
        }
    }

    /// The same, with a new password.
    pub(crate) async fn change_password(&self, session: Session, patience: Duration) {
        let field = format!(
            "changePassword(input: $input) {{
                endedSessionIds tokens {{ {TOKENS} }} userErrors {{ code }} }}"
        );
        let (current, new) = {
            let passwords = &mut self.person.wallet().passwords;
            (passwords.current(), passwords.next())
        };
        let input = json!({
            "currentPassword": self.person.password(current), "newPassword": self.person.password(new),
        });
        let request = operation(&field, "ChangePasswordInput", &input);
        let logout = Logout {
            kept: Some(session.number),
            password: Some(new),
            ..self.user_wide(Way::ChangePassword, &session)
        };
        let reply = self.cut_off(logout, request, &session, patience).await;
        {
            let passwords = &mut self.person.wallet().passwords;
            match &reply.outcome {
                Outcome::Done(_) => passwords.is_set(new),
                Outcome::Refused(code) if code == "PASSWORD_INCORRECT" => {
                    passwords.was_wrong(current);
                }
                outcome if outcome.is_open() => passwords.may_be_set(new),
                _ => {}
            }
        }
        if reply.is_done() {
            self.renew(session, &reply);
        } else if !reply.outcome.is_open() {
            self.person.wallet().sessions.push(session);
        }
    }

    fn user_wide(&self, way: Way, by: &Session) -> Logout {
        Logout {
            way,
            scope: Scope::User(self.person.number),
            caller: Some(by.token.number),
            kept: None,
            password: None,
        }
    }

    async fn cut_off(
        &self,
        logout: Logout,
        request: Request,
        by: &Session,
        patience: Duration,
    ) -> Reply {
        let request = request.bearer(&by.token.text);
        let deed = Deed::Logout(logout);
        let reply = self.desk.call(self.node, deed, request, patience).await;
        if let Outcome::Done(done) = &reply.outcome {
            let mut wallet = self.person.wallet();
            wallet.forget(|session| done.ended.contains(&session.id));
        }
        if reply.is_done() {
            self.look(logout.scope).await;
        }
        reply
    }

    /// A logout was acknowledged: is it one on every node, at once?
    pub(crate) async fn look(&self, scope: Scope) {
        let session = match scope {
            Scope::Session(session) => Some(session),
            Scope::Grant(..) | Scope::User(_) => None,
        };
        let tokens: Vec<_> = self.person.wallet().tokens(session).collect();
        let mut looking = JoinSet::new();
        for token in tokens.into_iter().take(LOOKED_AT) {
            for node in 0..NODES {
                let (desk, person) = (self.desk.clone(), Arc::clone(self.person));
                let token = token.clone();
                looking.spawn(async move {
                    let (desk, person) = (&desk, &person);
                    Actor { desk, person, node }.me(&token).await
                });
            }
        }
        looking.join_all().await;
    }

    /// Puts a session back, with the tokens that an answer brought.
    fn renew(&self, mut session: Session, reply: &Reply) {
        let Some(token) = self.token(reply, session.application) else {
            return;
        };
        session.token = token;
        if let Some(refresh_token) = reply.payload["tokens"]["refreshToken"].as_str() {
            refresh_token.clone_into(&mut session.refresh_token);
        }
        self.person.wallet().sessions.push(session);
    }

    fn token(&self, reply: &Reply, application: usize) -> Option<Token> {
        let (session, number) = reply.issued?;
        let token = Token {
            number,
            session,
            application,
            text: text(&reply.payload["tokens"]["accessToken"]).into(),
        };
        self.person.wallet().remember(token.clone());
        Some(token)
    }
}

/// A node, any.
pub(crate) fn anywhere(chance: &mut Chance) -> usize {
    chance.below(NODES)
}

fn to_log_out(session: &Session) -> (Logout, Request) {
    let field = "logout(input: $input) { endedSessionIds }";
    let request = operation(field, "LogoutInput", &json!({})).bearer(&session.token.text);
    let logout = Logout {
        way: Way::Logout,
        scope: Scope::Session(session.number),
        caller: None,
        kept: None,
        password: None,
    };
    (logout, request)
}

fn everywhere(input: &Value) -> Request {
    let field =
        format!("logoutEverywhere(input: $input) {{ endedSessionIds tokens {{ {TOKENS} }} }}");
    operation(&field, "LogoutEverywhereInput", input)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
