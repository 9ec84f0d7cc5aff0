//! The sub-systems in the tests: applications with a secret, which ask about tokens and revoke them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cardea::config::Application;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Answer, Client, Request};
use crate::people::{ME, Person};

pub(crate) const INTROSPECT: &str = "/oauth2/introspect";
pub(crate) const REVOKE: &str = "/oauth2/revoke";

/// The applications: two confidential ones, and the default one, which is public.
pub(crate) const SHOP: SubSystem = SubSystem {
    client_id: "shop",
    // All that needs care in a form, in Basic, and in both.
    secret: "s+h%2Bop:&=/?#[]@!$'()*,;~\"<>{}|^`\\0123456789",
};
pub(crate) const BILLING: SubSystem = SubSystem {
    client_id: "billing",
    secret: "0123456789abcdef0123456789abcdef",
};
pub(crate) const PUBLIC: &str = "default";

const LOGIN: &str = "mutation Login($input: LoginInput!) { login(input: $input) {
    ... on Authenticated { tokens { accessToken refreshToken } session { id } }
} }";

const REFRESH: &str =
    "mutation Refresh($input: RefreshSessionInput!) { refreshSession(input: $input) {
    __typename
    ... on Refreshed { tokens { accessToken refreshToken } }
    ... on RefreshFailed { code }
} }";

/// An application with a secret.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SubSystem {
    pub client_id: &'static str,
    pub secret: &'static str,
}

impl SubSystem {
    pub(crate) fn application(self) -> Application {
        Application {
            client_id: self.client_id.to_owned(),
            audience: Some(format!("https://{}.example.com", self.client_id)),
            secret: Some(self.secret.to_owned().into()),
            ..Application::default()
        }
    }

    /// The header of `client_secret_basic`.
    pub(crate) fn basic(self) -> String {
        basic(self.client_id, self.secret)
    }

    /// A question about a token.
    pub(crate) fn to_introspect(self, token: &str) -> Request {
        form(INTROSPECT, &[("token", token)]).header("Authorization", &self.basic())
    }

    pub(crate) fn to_revoke(self, token: &str) -> Request {
        form(REVOKE, &[("token", token)]).header("Authorization", &self.basic())
    }

    /// What it is told of a token.
    pub(crate) async fn introspect(self, token: &str, client: &Client) -> Value {
        let answer = client.send(self.to_introspect(token)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Fails unless the token is active.
    pub(crate) async fn assert_active(self, token: &str, client: &Client) {
        let told = self.introspect(token, client).await;
        assert_eq!(told["active"], true, "{told}");
    }

    /// Fails unless it is told that the token is not active, and nothing else, byte for byte.
    pub(crate) async fn assert_inactive(self, token: &str, client: &Client) {
        let answer = client.send(self.to_introspect(token)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.text(), r#"{"active":false}"#);
    }

    /// Revokes, and fails unless that is acknowledged.
    pub(crate) async fn revoke(self, token: &str, client: &Client) {
        assert_acknowledged(&client.send(self.to_revoke(token)).await);
    }
}

#[track_caller]
pub(crate) fn assert_acknowledged(answer: &Answer) {
    assert_eq!((answer.status, answer.text().as_str()), (200, ""));
}

/// A header of HTTP Basic, with both parts encoded as RFC 6749, section 2.3.1, wants it.
pub(crate) fn basic(client_id: &str, secret: &str) -> String {
    let pair = format!("{}:{}", encoded(client_id), encoded(secret));
    format!("Basic {}", STANDARD.encode(pair))
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A POST of a form.
pub(crate) fn form(path: &str, parameters: &[(&str, &str)]) -> Request {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(parameters);
    post(path, &body.finish())
}

/// A POST of a body that is said to be a form.
pub(crate) fn post(path: &str, body: &str) -> Request {
    let mut request =
        Request::post(body).replace("Content-Type", "application/x-www-form-urlencoded");
    request.set_target(path);
    request
}

/// An error as RFC 6749, section 5.2, has it.
#[track_caller]
pub(crate) fn assert_error(answer: &Answer, status: u16, error: &str) {
    let text = answer.text();
    assert_eq!(answer.status, status, "{text}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let message = answer.json();
    assert_eq!(message["error"], error, "{text}");
    let description = message["error_description"].as_str().expect("a sentence");
    // The characters that the standard lets stand there.
    let is_allowed = |letter: char| matches!(letter, ' '..='~') && !"\"\\".contains(letter);
    assert!(description.chars().all(is_allowed), "{description}");
    assert_eq!(answer.header("www-authenticate").is_some(), status == 401);
    assert!(message.get("active").is_none(), "{text}");
}

/// A server with both sub-systems, and somebody who has an account there.
pub(crate) async fn with_alice() -> (TestApp, Person) {
    let app = TestApp::with(|config| {
        config.applications = vec![SHOP.application(), BILLING.application()];
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

/// What somebody has who signed in, and keeps the refresh token.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub access: String,
    pub refresh: String,
    pub session: String,
}

impl Tokens {
    /// Of a new session at this application.
    pub(crate) async fn of(person: &Person, client_id: &str, client: &Client) -> Self {
        Self::out_of(&client.send(Self::to_log_in(person, client_id)).await)
    }

    /// The same, for what a test begins with in which a store has little time to answer.
    pub(crate) async fn to_begin_with(person: &Person, client_id: &str, client: &Client) -> Self {
        let request = Self::to_log_in(person, client_id);
        Self::out_of(&client.send_patiently(request).await)
    }

    fn to_log_in(person: &Person, client_id: &str) -> Request {
        let input = json!({
            "identifier": person.email,
            "password": person.password,
            "clientId": client_id,
            "transport": "BODY",
        });
        Request::graphql(LOGIN, &json!({ "input": input }))
    }

    fn out_of(answer: &Answer) -> Self {
        let login = &answer.data()["login"];
        Self::read(&login["tokens"], &login["session"]["id"])
    }

    fn read(tokens: &Value, session: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Self {
            access: text(&tokens["accessToken"]),
            refresh: text(&tokens["refreshToken"]),
            session: text(session),
        }
    }

    pub(crate) fn to_refresh(&self) -> Request {
        let input = json!({ "refreshToken": self.refresh });
        Request::graphql(REFRESH, &json!({ "input": input }))
    }

    /// Uses the refresh token up; fails unless that gives new ones.
    pub(crate) async fn refreshed(&self, client: &Client) -> Self {
        let answer = client.send(self.to_refresh()).await;
        let tokens = &answer.data()["refreshSession"]["tokens"];
        Self::read(tokens, &json!(self.session))
    }

    /// Fails unless a refresh is refused, with this code.
    pub(crate) async fn assert_not_refreshed(&self, code: &str, client: &Client) {
        let answer = client.send(self.to_refresh()).await;
        assert_eq!(answer.data()["refreshSession"]["code"], code);
    }

    pub(crate) async fn assert_live(&self, client: &Client) {
        let answer = client.ask_as(&self.access, ME).await;
        assert!(answer.data()["me"]["id"].is_string(), "{}", answer.text());
    }

    pub(crate) async fn assert_dead(&self, reason: &str, client: &Client) {
        client
            .ask_as(&self.access, ME)
            .await
            .assert_unauthenticated(reason);
    }
}
