//! Those who use the server in a benchmark, and what they send.

use std::net::SocketAddr;

use anyhow::{Context, Result};

use super::driver::Work;
use super::exchange::{Caller, Response, request};

const PASSWORD: &str = "correct horse battery staple";

const SIGN_UP: &str =
    "mutation($e:EmailAddress!,$p:String!){signUp(input:{email:$e,password:$p}){userErrors{code}}}";
const LOGIN: &str = "mutation($i:String!,$p:String!){login(input:{identifier:$i,password:$p}){... on Authenticated{tokens{accessToken}}}}";
const LOGIN_AT: &str = "mutation($i:String!,$p:String!,$c:String!){login(input:{identifier:$i,password:$p,clientId:$c}){... on Authenticated{tokens{accessToken}}}}";
const LOGIN_FOR_REFRESH: &str = "mutation($i:String!,$p:String!){login(input:{identifier:$i,password:$p,transport:BODY}){... on Authenticated{tokens{accessToken refreshToken}}}}";
const REFRESH: &str = "mutation($r:String!){refreshSession(input:{refreshToken:$r}){... on Refreshed{tokens{accessToken refreshToken}}}}";
const LOGOUT: &str = "mutation{logout{endedSessionIds}}";

/// Users with an account, and one live session each.
pub(crate) struct People {
    pub(crate) tokens: Vec<String>,
}

impl People {
    /// # Errors
    /// When they can't sign up, or not log in.
    pub(crate) fn arrive(address: SocketAddr, count: usize) -> Result<Self> {
        Self::sign_up(address, count)?;
        Self::log_in(address, count)
    }

    /// # Errors
    /// When somebody has an account already.
    pub(crate) fn sign_up(address: SocketAddr, count: usize) -> Result<()> {
        let mut caller = Caller::connect(address)?;
        for number in 0..count {
            let variables = format!(r#"{{"e":"{}","p":"{PASSWORD}"}}"#, email(number));
            caller
                .call(&request(SIGN_UP, &variables, None))?
                .demand("\"userErrors\":[]")
                .context("sign-up")?;
        }
        Ok(())
    }

    /// # Errors
    /// When somebody can't log in.
    pub(crate) fn log_in(address: SocketAddr, count: usize) -> Result<Self> {
        let mut caller = Caller::connect(address)?;
        let mut tokens = Vec::with_capacity(count);
        for number in 0..count {
            tokens.push(token_in(caller.call(&login_of(number))?)?);
        }
        Ok(Self { tokens })
    }

    /// So many sessions at another application than the default one, of one user.
    ///
    /// # Errors
    /// When the user can't log in.
    pub(crate) fn log_in_at(address: SocketAddr, client_id: &str, count: usize) -> Result<Self> {
        let mut caller = Caller::connect(address)?;
        let variables = format!(
            r#"{{"i":"{}","p":"{PASSWORD}","c":"{client_id}"}}"#,
            email(0)
        );
        let login = request(LOGIN_AT, &variables, None);
        let mut tokens = Vec::with_capacity(count);
        for _ in 0..count {
            tokens.push(token_in(caller.call(&login)?)?);
        }
        Ok(Self { tokens })
    }
}

fn email(number: usize) -> String {
    format!("user{number}@bench.example")
}

/// The login request of a user.
pub(crate) fn login_of(number: usize) -> Vec<u8> {
    login_by(LOGIN, number)
}

fn login_by(operation: &str, number: usize) -> Vec<u8> {
    let variables = format!(r#"{{"i":"{}","p":"{PASSWORD}"}}"#, email(number));
    request(operation, &variables, None)
}

fn token_in(response: Response<'_>) -> Result<String> {
    response.demand("\"accessToken\":\"").context("login")?;
    let token = response
        .text_of("accessToken")
        .context("a login has an access token")?;
    Ok(token.to_owned())
}

/// Each connection asks the same question again and again, as another user.
pub(crate) struct Asking {
    requests: Vec<Vec<u8>>,
    expected: &'static str,
}

impl Asking {
    /// What the guard costs is in `me`; what everything else costs is in `benchMe`, a constant of the same shape.
    pub(crate) fn constant(people: &People) -> Self {
        Self::all(
            "{ benchMe { id email username displayName } }",
            "{\"benchMe\":{\"id\":\"",
            people,
        )
    }

    pub(crate) fn me(people: &People) -> Self {
        Self::all(
            "{ me { id email username displayName } }",
            "{\"me\":{\"id\":\"",
            people,
        )
    }

    fn all(query: &str, expected: &'static str, people: &People) -> Self {
        let requests = people
            .tokens
            .iter()
            .map(|token| request(query, "{}", Some(token)))
            .collect();
        Self { requests, expected }
    }
}

impl Work for Asking {
    fn next(&mut self, connection: usize) -> Option<&[u8]> {
        self.requests.get(connection).map(Vec::as_slice)
    }

    fn look(&mut self, _: usize, response: Response<'_>) -> Result<()> {
        response.demand(self.expected)
    }
}

/// Each connection logs a user of its own in, again and again, and keeps the tokens.
pub(crate) struct LoggingIn {
    requests: Vec<Vec<u8>>,
    pub(crate) tokens: Vec<String>,
}

impl LoggingIn {
    pub(crate) fn new(connections: usize) -> Self {
        Self {
            requests: (0..connections).map(login_of).collect(),
            tokens: Vec::new(),
        }
    }
}

impl Work for LoggingIn {
    fn next(&mut self, connection: usize) -> Option<&[u8]> {
        self.requests.get(connection).map(Vec::as_slice)
    }

    fn look(&mut self, _: usize, response: Response<'_>) -> Result<()> {
        self.tokens.push(token_in(response)?);
        Ok(())
    }
}

/// One login after the other, each time of another user among so many.
pub(crate) struct LoggingInAmong {
    users: usize,
    number: usize,
    sent: Vec<u8>,
}

impl LoggingInAmong {
    /// A stride that meets users in no order that a database could make use of.
    const STRIDE: usize = 618_033;

    pub(crate) fn new(users: usize) -> Self {
        Self {
            users,
            number: 0,
            sent: Vec::new(),
        }
    }
}

impl Work for LoggingInAmong {
    fn next(&mut self, _: usize) -> Option<&[u8]> {
        self.number = (self.number + Self::STRIDE) % self.users;
        self.sent = login_of(self.number);
        Some(&self.sent)
    }

    fn look(&mut self, _: usize, response: Response<'_>) -> Result<()> {
        token_in(response).map(drop)
    }
}

/// Each connection refreshes a session of its own, again and again.
pub(crate) struct Refreshing {
    requests: Vec<Vec<u8>>,
}

impl Refreshing {
    /// # Errors
    /// When somebody can't log in.
    pub(crate) fn begin(address: SocketAddr, connections: usize) -> Result<Self> {
        let mut caller = Caller::connect(address)?;
        let mut requests = Vec::with_capacity(connections);
        for number in 0..connections {
            let login = login_by(LOGIN_FOR_REFRESH, number);
            requests.push(refresh_after(caller.call(&login)?)?);
        }
        Ok(Self { requests })
    }
}

impl Work for Refreshing {
    fn next(&mut self, connection: usize) -> Option<&[u8]> {
        self.requests.get(connection).map(Vec::as_slice)
    }

    fn look(&mut self, connection: usize, response: Response<'_>) -> Result<()> {
        self.requests[connection] = refresh_after(response).context("refresh")?;
        Ok(())
    }
}

/// The refresh that uses what this answer brought.
fn refresh_after(response: Response<'_>) -> Result<Vec<u8>> {
    response.demand("\"refreshToken\":\"")?;
    let token = response
        .text_of("refreshToken")
        .context("there is a refresh token")?;
    let variables = format!(r#"{{"r":"{token}"}}"#);
    Ok(request(REFRESH, &variables, None))
}

/// Ends the session of a token.
pub(crate) fn logout_of(token: &str) -> Vec<u8> {
    request(LOGOUT, "{}", Some(token))
}

/// What the answer to a logout has to say.
pub(crate) const LOGGED_OUT: &str = "\"endedSessionIds\":[\"";

/// Ends each session once.
pub(crate) struct LoggingOut {
    requests: Vec<Vec<u8>>,
    sent: Vec<u8>,
}

impl LoggingOut {
    pub(crate) fn new(tokens: &[String]) -> Self {
        Self {
            requests: tokens.iter().map(|token| logout_of(token)).collect(),
            sent: Vec::new(),
        }
    }
}

impl Work for LoggingOut {
    fn next(&mut self, _: usize) -> Option<&[u8]> {
        self.sent = self.requests.pop()?;
        Some(&self.sent)
    }

    fn look(&mut self, _: usize, response: Response<'_>) -> Result<()> {
        response.demand(LOGGED_OUT).context("logout")
    }
}
