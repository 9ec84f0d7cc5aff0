//! Cookies, as a browser keeps them.

use crate::client::{Answer, Request};

/// What the names of refresh tokens' cookies begin with.
pub(crate) const PREFIX: &str = "__Host-cardea-";

/// What a browser is recognised by, after it has logged in.
pub(crate) const DEVICE: &str = "__Host-cardea_device";

/// What an answer had the browser keep, or forget.
#[derive(Clone, Debug)]
pub(crate) struct Cookie {
    pub name: String,
    pub value: String,
    /// As they were written, in their order.
    pub attributes: Vec<String>,
}

impl Cookie {
    /// All that an answer sets for applications.
    pub(crate) fn all_of(answer: &Answer) -> Vec<Self> {
        let mut all = Self::parse_all(answer);
        all.retain(|cookie| cookie.client_id().is_some());
        all
    }

    /// The one that the browser is recognised by.
    pub(crate) fn device_of(answer: &Answer) -> Option<Self> {
        let mut all = Self::parse_all(answer);
        all.retain(|cookie| cookie.name == DEVICE);
        assert!(all.len() < 2, "{all:?}");
        all.pop()
    }

    /// The one that an answer sets for an application.
    pub(crate) fn of(answer: &Answer, client_id: &str) -> Option<Self> {
        let mut all = Self::all_of(answer);
        all.retain(|cookie| cookie.client_id() == Some(client_id));
        assert!(all.len() < 2, "{all:?}");
        all.pop()
    }

    fn parse_all(answer: &Answer) -> Vec<Self> {
        let lines = answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie");
        lines.map(|(_, line)| Self::parse(line)).collect()
    }

    fn parse(line: &str) -> Self {
        let mut parts = line.split("; ");
        let pair = parts.next().and_then(|pair| pair.split_once('='));
        let (name, value) = pair.expect("a cookie has a name and a value");
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
            attributes: parts.map(str::to_owned).collect(),
        }
    }

    /// Whose refresh token it holds.
    pub(crate) fn client_id(&self) -> Option<&str> {
        self.name.strip_prefix(PREFIX)
    }

    pub(crate) fn seconds_to_live(&self) -> u64 {
        let mut attributes = self.attributes.iter();
        let age = attributes.find_map(|attribute| attribute.strip_prefix("Max-Age="));
        let age = age.and_then(|seconds| seconds.parse().ok());
        age.expect("our cookies say how long they live")
    }

    /// Whether it only takes another away.
    pub(crate) fn is_forgotten(&self) -> bool {
        self.value.is_empty() && self.seconds_to_live() == 0
    }
}

/// The applications whose cookies an answer takes away.
pub(crate) fn forgotten(answer: &Answer) -> Vec<String> {
    let all = Cookie::all_of(answer).into_iter();
    all.filter(Cookie::is_forgotten)
        .filter_map(|cookie| cookie.client_id().map(str::to_owned))
        .collect()
}

impl Request {
    /// With an application's refresh token in its cookie.
    pub(crate) fn cookie(self, client_id: &str, token: &str) -> Self {
        self.header("Cookie", &format!("{PREFIX}{client_id}={token}"))
    }
}
