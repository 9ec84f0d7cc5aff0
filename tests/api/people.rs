//! The people in the tests, and what they do: sign up, log in, ask who they are, log out.

use serde_json::{Value, json};

use crate::client::{Answer, Client, Request};
use crate::cookies::Cookie;

pub(crate) const SIGN_UP: &str = "mutation SignUp($input: SignUpInput!) { signUp(input: $input) {
    verificationRequired userErrors { code message field }
} }";

pub(crate) const LOGIN: &str = "mutation Login($input: LoginInput!) { login(input: $input) {
    __typename
    ... on Authenticated {
        tokens { accessToken tokenType expiresIn refreshToken refreshExpiresIn }
        session { id state isCurrent ipAddress authMethods createdAt expiresAt endedAt endReason }
        user { id subject email username displayName status createdAt lastLoginAt }
    }
    ... on AuthenticationFailed { code message retryAfter }
} }";

pub(crate) const LOGOUT: &str = "mutation { logout { endedSessionIds } }";

pub(crate) const ME: &str = "{ me { id subject email username displayName status lastLoginAt } }";

/// Somebody with an account, or who wants one.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub email: String,
    pub username: Option<String>,
    pub display_name: Option<String>,
    pub password: String,
}

impl Person {
    /// Has a name, an address and a password of their own, and no account yet.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            email: format!("{name}@example.com"),
            username: Some(name.to_owned()),
            display_name: None,
            password: format!("seven purple {name} toasters"),
        }
    }

    pub(crate) async fn signed_up(name: &str, client: &Client) -> Self {
        let person = Self::named(name);
        assert_eq!(person.sign_up(client).await, Vec::<Value>::new());
        person
    }

    pub(crate) fn to_sign_up(&self) -> Request {
        let mut input = json!({ "email": self.email, "password": self.password });
        if let Some(username) = &self.username {
            input["username"] = json!(username);
        }
        if let Some(display_name) = &self.display_name {
            input["displayName"] = json!(display_name);
        }
        Request::graphql(SIGN_UP, &json!({ "input": input }))
    }

    /// Signs up; says what stood against it.
    pub(crate) async fn sign_up(&self, client: &Client) -> Vec<Value> {
        user_errors(&client.send(self.to_sign_up()).await)
    }

    pub(crate) fn to_log_in(&self) -> Request {
        credentials(&self.email, &self.password)
    }

    /// Logs in with the right password.
    pub(crate) async fn log_in(&self, client: &Client) -> Session {
        Session::of(&client.send(self.to_log_in()).await)
    }

    pub(crate) fn to_log_in_at(&self, client_id: &str, transport: &str) -> Request {
        let input = json!({
            "identifier": self.email, "password": self.password,
            "clientId": client_id, "transport": transport,
        });
        Request::graphql(LOGIN, &json!({ "input": input }))
    }

    /// Logs in at an application; the refresh token travels in `COOKIE` or `BODY`.
    pub(crate) async fn log_in_at(
        &self,
        client_id: &str,
        transport: &str,
        client: &Client,
    ) -> Session {
        let request = self.to_log_in_at(client_id, transport);
        Session::of(&client.send(request).await)
    }
}

/// A login with these words.
pub(crate) fn credentials(identifier: &str, password: &str) -> Request {
    let input = json!({ "identifier": identifier, "password": password });
    Request::graphql(LOGIN, &json!({ "input": input }))
}

pub(crate) fn user_errors(answer: &Answer) -> Vec<Value> {
    let data = answer.data();
    assert_eq!(data["signUp"]["verificationRequired"], json!(false));
    let errors = data["signUp"]["userErrors"].as_array();
    errors.expect("a list").clone()
}

/// Codes and fields of user errors.
pub(crate) fn codes(errors: &[Value]) -> Vec<(&str, &str)> {
    errors
        .iter()
        .map(|error| (text(&error["code"]), text(&error["field"][1])))
        .collect()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// What somebody has who logged in.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub token: String,
    pub id: String,
    pub refresh: RefreshToken,
}

/// A refresh token, and how it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RefreshToken {
    /// In the cookie of this application.
    Cookie {
        client_id: String,
        token: String,
    },
    Body(String),
}

impl RefreshToken {
    /// Out of the `tokens` of an answer, or its cookie.
    #[track_caller]
    pub(crate) fn of(answer: &Answer, tokens: &Value) -> Self {
        Self::new_in(answer, tokens).expect("a refresh token")
    }

    /// The same; `None` if the one that the client has stays good.
    #[track_caller]
    pub(crate) fn new_in(answer: &Answer, tokens: &Value) -> Option<Self> {
        let cookies = Cookie::all_of(answer);
        match (tokens["refreshToken"].as_str(), cookies.as_slice()) {
            (Some(token), []) => Some(Self::Body(token.to_owned())),
            (None, [cookie]) => {
                let client_id = cookie.client_id().expect("a cookie of ours");
                Some(Self::Cookie {
                    client_id: client_id.to_owned(),
                    token: cookie.value.clone(),
                })
            }
            (None, []) => None,
            _ => panic!("a cookie or a text, not both: {}", answer.text()),
        }
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Cookie { token, .. } | Self::Body(token) => token,
        }
    }
}

impl Session {
    /// Out of the answer to a login.
    #[track_caller]
    pub(crate) fn of(answer: &Answer) -> Self {
        let login = &answer.data()["login"];
        assert_eq!(login["__typename"], "Authenticated", "{}", answer.text());
        Self {
            token: text(&login["tokens"]["accessToken"]).to_owned(),
            id: text(&login["session"]["id"]).to_owned(),
            refresh: RefreshToken::of(answer, &login["tokens"]),
        }
    }

    pub(crate) async fn me(&self, client: &Client) -> Answer {
        client.ask_as(&self.token, ME).await
    }

    pub(crate) fn to_ask(&self) -> Request {
        Request::graphql(ME, &Value::Null).bearer(&self.token)
    }

    /// Fails unless the server knows whose it is.
    pub(crate) async fn assert_live(&self, client: &Client) {
        let answer = self.me(client).await;
        assert!(answer.data()["me"]["id"].is_string(), "{}", answer.text());
    }

    pub(crate) async fn assert_dead(&self, client: &Client) {
        self.me(client).await.assert_unauthenticated("LOGGED_OUT");
    }

    pub(crate) fn to_log_out(&self) -> Request {
        Request::graphql(LOGOUT, &Value::Null).bearer(&self.token)
    }

    /// Logs out, and fails unless that ended this session and no other.
    pub(crate) async fn end(&self, client: &Client) {
        let ended = self.log_out(client).await;
        assert_eq!(ended, std::slice::from_ref(&self.id));
    }

    /// Logs out; says which sessions that ended.
    pub(crate) async fn log_out(&self, client: &Client) -> Vec<String> {
        ended(&client.send(self.to_log_out()).await)
    }
}

/// The sessions that a logout ended.
#[track_caller]
pub(crate) fn ended(answer: &Answer) -> Vec<String> {
    let data = answer.data();
    let ids = data["logout"]["endedSessionIds"].as_array();
    let ids = ids.expect("a list").iter();
    ids.map(|id| text(id).to_owned()).collect()
}
