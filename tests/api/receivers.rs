//! Applications that are called when sessions end, and answer as they like.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use cardea::config::Application;
use serde_json::Value;
use tokio::net::TcpSocket;
use tokio::task::JoinHandle;

use crate::app::{TestApp, eventually};
use crate::following::claim;
use crate::forgery::Token;
use crate::people::Person;
use crate::sub_systems::{BILLING, SHOP, SubSystem, Tokens};

/// Longer than the first pauses of a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// What a call is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Status(u16),
    /// Somewhere else.
    Redirect(String),
    /// Nothing, ever.
    Hang,
    /// A success, whose body never ends.
    Chatter,
}

/// A call, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub method: Method,
    pub target: String,
    pub headers: HeaderMap,
    pub body: String,
    /// How it was answered.
    pub manner: Manner,
}

impl Call {
    pub(crate) fn token(&self) -> &str {
        let token = self.body.strip_prefix("logout_token=");
        token.expect("nothing but a token")
    }

    pub(crate) fn claims(&self) -> Value {
        Token::apart(self.token()).claims
    }

    pub(crate) fn claim(&self, name: &str) -> String {
        let claims = self.claims();
        claims[name].as_str().expect("a text").to_owned()
    }
}

/// An application's server.
pub(crate) struct Receiver {
    pub address: SocketAddr,
    heard: Arc<Heard>,
    serving: Option<JoinHandle<()>>,
    /// Its port, while it does not listen.
    socket: Option<TcpSocket>,
}

struct Heard {
    /// The last one is for all calls that come.
    manners: Mutex<VecDeque<Manner>>,
    calls: Mutex<Vec<Call>>,
}

impl Heard {
    fn next(&self) -> Manner {
        let mut manners = self.manners.lock().expect("no panic");
        let next = manners.pop_front().expect("there is one");
        if manners.is_empty() {
            manners.push_back(next.clone());
        }
        next
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.close();
    }
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let mut receiver = Self::closed();
        receiver.open();
        receiver
    }

    /// Has its port, and refuses connections.
    pub(crate) fn closed() -> Self {
        let socket = TcpSocket::new_v4().expect("there are sockets");
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        socket.bind(any).expect("loopback has free ports");
        Self {
            address: socket.local_addr().expect("it is bound"),
            heard: Arc::new(Heard {
                manners: Mutex::new([Manner::Status(200)].into()),
                calls: Mutex::default(),
            }),
            serving: None,
            socket: Some(socket),
        }
    }

    pub(crate) fn open(&mut self) {
        let socket = self.socket.take().expect("it is opened once");
        let listener = socket.listen(1024).expect("its port is its own");
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&self.heard));
        self.serving = Some(tokio::spawn(async move {
            axum::serve(listener, router)
                .await
                .expect("it serves for ever");
        }));
    }

    fn close(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
    }

    pub(crate) fn uri(&self) -> String {
        format!("http://{}/backchannel-logout?tenant=1", self.address)
    }

    /// From now on.
    pub(crate) fn answer(&self, manner: Manner) {
        self.answer_in_turn([manner]);
    }

    /// Each once, and the last one from then on.
    pub(crate) fn answer_in_turn<const N: usize>(&self, manners: [Manner; N]) {
        *self.heard.manners.lock().expect("no panic") = manners.into();
    }

    /// All calls, however they were answered.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.heard.calls.lock().expect("no panic").clone()
    }

    /// The sessions that it knows to be over, in the order in which it took it.
    pub(crate) fn over(&self) -> Vec<String> {
        let calls = self.calls().into_iter();
        let taken = calls.filter(|call| call.manner == Manner::Status(200));
        taken.map(|call| call.claim("sid")).collect()
    }

    /// Waits for so many calls.
    pub(crate) async fn called(&self, times: usize) -> Vec<Call> {
        eventually(SOON, "called", async || self.calls().len() >= times).await;
        self.calls()
    }

    /// Waits until it knows that these are over, and fails unless it was told of each once, in this order.
    pub(crate) async fn assert_told(&self, sessions: &[String]) {
        eventually(SOON, "told", async || self.over().len() >= sessions.len()).await;
        assert_eq!(self.over(), sessions);
    }
}

async fn answer(
    State(heard): State<Arc<Heard>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let manner = heard.next();
    heard.calls.lock().expect("no panic").push(Call {
        method,
        target: uri.to_string(),
        headers,
        body,
        manner: manner.clone(),
    });
    match manner {
        Manner::Status(status) => StatusCode::from_u16(status)
            .expect("a status")
            .into_response(),
        Manner::Redirect(to) => {
            (StatusCode::TEMPORARY_REDIRECT, [("Location", to.as_str())]).into_response()
        }
        Manner::Hang => std::future::pending().await,
        Manner::Chatter => {
            let endless = futures_util::stream::repeat_with(|| {
                Ok::<_, std::convert::Infallible>(vec![b'x'; 1024])
            });
            axum::body::Body::from_stream(endless).into_response()
        }
    }
}

/// An application that is called there.
pub(crate) fn called_at(system: SubSystem, uri: &str) -> Application {
    Application {
        backchannel_logout_uri: Some(uri.to_owned()),
        ..system.application()
    }
}

/// A server with a shop and a billing that are called, and somebody who has an account there.
pub(crate) async fn with_receivers() -> (TestApp, Person, Receiver, Receiver) {
    let (shop, billing) = (Receiver::start(), Receiver::start());
    let (app, alice) = with_shop_and_billing(&shop, &billing).await;
    (app, alice, shop, billing)
}

pub(crate) async fn with_shop_and_billing(
    shop: &Receiver,
    billing: &Receiver,
) -> (TestApp, Person) {
    let app = TestApp::with(|config| {
        config.applications = vec![
            called_at(SHOP, &shop.uri()),
            called_at(BILLING, &billing.uri()),
        ];
        config.sessions.maximum_per_user = 1000;
    })
    .await;
    let alice = Person::signed_up("alice", &app).await;
    (app, alice)
}

/// Signs in and out; the session.
pub(crate) async fn over(person: &Person, system: SubSystem, app: &TestApp) -> String {
    let tokens = Tokens::of(person, system.client_id, app).await;
    system.revoke(&tokens.refresh, app).await;
    sid(&tokens)
}

pub(crate) fn sid(tokens: &Tokens) -> String {
    let sid = claim(tokens, "sid");
    sid.as_str().expect("a text").to_owned()
}
