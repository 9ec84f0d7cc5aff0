//! What somebody does who is signed in: refreshes, logs out in each of the ways, sets a new password.

use serde_json::{Value, json};

use crate::client::{Answer, Client, Request};
use crate::people::{Person, RefreshToken, Session, text};

const TOKENS: &str = "accessToken expiresIn refreshToken refreshExpiresIn";

/// An operation with one field, and these variables.
fn operation(field: &str, input: &str, variables: &Value) -> Request {
    Request::graphql(
        &format!("mutation($input: {input}!) {{ {field} }}"),
        &json!({ "input": variables }),
    )
}

/// A refresh with this in its input.
pub(crate) fn refresh_with(input: &Value) -> Request {
    let field = format!(
        "refreshSession(input: $input) {{ __typename
            ... on Refreshed {{ tokens {{ {TOKENS} }} }}
            ... on RefreshFailed {{ code reason message }} }}"
    );
    operation(&field, "RefreshSessionInput", input)
}

pub(crate) fn logout_with(input: &Value) -> Request {
    let field = "logout(input: $input) { endedSessionIds }";
    operation(field, "LogoutInput", input)
}

pub(crate) fn to_log_out_of(application_id: &str) -> Request {
    let field = "logoutApplication(input: $input) { endedSessionIds }";
    let input = json!({ "applicationId": application_id });
    operation(field, "LogoutApplicationInput", &input)
}

pub(crate) fn to_log_out_everywhere(input: &Value) -> Request {
    let field =
        format!("logoutEverywhere(input: $input) {{ endedSessionIds tokens {{ {TOKENS} }} }}");
    operation(&field, "LogoutEverywhereInput", input)
}

pub(crate) fn to_revoke(session_id: &str) -> Request {
    let field = "revokeSession(input: $input) {
        endedSessionIds session { id state endReason isCurrent } userErrors { code message field } }";
    let input = json!({ "sessionId": session_id });
    operation(field, "RevokeSessionInput", &input)
}

pub(crate) fn to_change_password(current: &str, new: &str) -> Request {
    let field = format!(
        "changePassword(input: $input) {{ user {{ id }} endedSessionIds
            tokens {{ {TOKENS} }} userErrors {{ code message field }} }}"
    );
    let input = json!({ "currentPassword": current, "newPassword": new });
    operation(&field, "ChangePasswordInput", &input)
}

/// The sessions that the only field of an answer says were ended, in the order of their making.
#[track_caller]
pub(crate) fn ended_by(answer: &Answer) -> Vec<String> {
    let data = answer.data();
    let fields = data.as_object().expect("an object");
    let payload = fields.values().next().expect("a field");
    let ids = payload["endedSessionIds"].as_array().expect("a list");
    let mut ids: Vec<_> = ids.iter().map(|id| text(id).to_owned()).collect();
    ids.sort();
    ids
}

/// Identifiers in the order in which `ended_by` gives them.
pub(crate) fn ids(sessions: &[&Session]) -> Vec<String> {
    let mut ids: Vec<_> = sessions.iter().map(|session| session.id.clone()).collect();
    ids.sort();
    ids
}

/// Why a refresh was refused.
#[track_caller]
pub(crate) fn refresh_failure(answer: &Answer) -> Option<String> {
    let refreshed = &answer.data()["refreshSession"];
    refreshed["code"].as_str().map(str::to_owned)
}

impl RefreshToken {
    /// A refresh as its client would send it.
    pub(crate) fn to_refresh(&self) -> Request {
        match self {
            Self::Cookie { client_id, token } => {
                refresh_with(&json!({ "clientId": client_id })).cookie(client_id, token)
            }
            Self::Body(token) => refresh_with(&json!({ "refreshToken": token })),
        }
    }
}

impl Session {
    pub(crate) fn to_refresh(&self) -> Request {
        self.refresh.to_refresh()
    }

    /// The same session with the tokens that an answer brought; `None` if it brought none.
    #[track_caller]
    pub(crate) fn renewed_by(&self, answer: &Answer) -> Option<Self> {
        let data = answer.data();
        let payload = data.as_object()?.values().next()?.clone();
        let tokens = &payload["tokens"];
        tokens.is_object().then(|| Self {
            token: text(&tokens["accessToken"]).to_owned(),
            id: self.id.clone(),
            refresh: RefreshToken::new_in(answer, tokens).unwrap_or_else(|| self.refresh.clone()),
        })
    }

    /// Refreshes; why not, if it is refused.
    pub(crate) async fn try_refresh(&self, client: &Client) -> Result<Self, String> {
        let answer = client.send(self.to_refresh()).await;
        let renewed = self.renewed_by(&answer);
        renewed.ok_or_else(|| refresh_failure(&answer).expect("a code"))
    }

    /// Refreshes, and fails unless that is granted.
    pub(crate) async fn refreshed(&self, client: &Client) -> Self {
        let renewed = self.try_refresh(client).await;
        renewed.unwrap_or_else(|code| panic!("refused: {code}"))
    }

    /// Fails unless a refresh is refused so.
    pub(crate) async fn assert_not_refreshed(&self, client: &Client, code: &str) {
        let refused = self.try_refresh(client).await.err();
        assert_eq!(refused.as_deref(), Some(code));
    }

    /// Fails unless its access token is dead for this reason, and its refresh token dead as well.
    pub(crate) async fn assert_over(&self, client: &Client, reason: &str) {
        self.me(client).await.assert_unauthenticated(reason);
        self.assert_not_refreshed(client, "REVOKED").await;
    }

    /// Logs out everywhere else; with the tokens of the session that was kept.
    pub(crate) async fn log_out_elsewhere(&self, client: &Client) -> (Vec<String>, Self) {
        let request = to_log_out_everywhere(&json!({ "keepCurrent": true }));
        let answer = client.send(request.bearer(&self.token)).await;
        let kept = self.renewed_by(&answer).expect("it was kept");
        (ended_by(&answer), kept)
    }

    /// Changes the person's password; with the tokens of the session that did so.
    pub(crate) async fn change_password(
        &self,
        person: &mut Person,
        new: &str,
        client: &Client,
    ) -> (Vec<String>, Self) {
        let request = to_change_password(&person.password, new).bearer(&self.token);
        let answer = client.send(request).await;
        assert_eq!(answer.data()["changePassword"]["userErrors"], json!([]));
        new.clone_into(&mut person.password);
        let kept = self.renewed_by(&answer).expect("it was kept");
        (ended_by(&answer), kept)
    }
}
