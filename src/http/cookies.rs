//! Cookies (RFC 6265): each application keeps its refresh token in one of its own, so that several
//! applications of one host don't overwrite one another's.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};

use crate::model::caller::RefreshCookies;
use crate::model::cookie::CookieChange;
use crate::model::secret::DeviceToken;
use crate::model::secret::RefreshToken;

/// `__Host-`: from this host alone, over HTTPS, for all paths. Browsers take it on loopback, too.
const PREFIX: &str = "__Host-cardea-";

/// Of no application: it does not begin as theirs do.
const DEVICE: &str = "__Host-cardea_device";

/// No script reads it, and no other site sends it.
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// More than any browser sends of ours; what lies beyond is not read.
const MAXIMUM: usize = 64;

/// The refresh tokens in a request's cookies.
pub(super) fn refresh_tokens(headers: &HeaderMap) -> RefreshCookies {
    let found = ours(headers).take(MAXIMUM);
    let found = found.map(|(client_id, value)| {
        let token = RefreshToken::new(value.to_owned());
        (client_id.to_owned(), token)
    });
    RefreshCookies(found.collect())
}

/// What the browser is recognised by. Two of them are none.
pub(super) fn device(headers: &HeaderMap) -> Option<DeviceToken> {
    let mut found = all(headers).filter(|(name, _)| *name == DEVICE);
    let (_, value) = found.next()?;
    found
        .next()
        .is_none()
        .then(|| DeviceToken::new(value.to_owned()))
}

fn ours(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    all(headers).filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?, value)))
}

fn all(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(COOKIE).iter();
    lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
        // No other white space than browsers know: behind any other, `__Host-` is no prefix to
        // them, and every neighbour under our domain may set such a cookie.
        .map(<[u8]>::trim_ascii)
        // Each by itself: somebody else's may be in any encoding.
        .filter_map(|pair| std::str::from_utf8(pair).ok()?.split_once('='))
}

/// Says in an answer's headers what the browser is to keep or forget.
pub(super) fn write(headers: &mut HeaderMap, changes: &[CookieChange]) {
    for change in changes {
        let text = match change {
            CookieChange::SetRefresh {
                client_id,
                token,
                lives,
                ..
            } => {
                let (token, seconds) = (token.expose(), lives.as_secs());
                format!("{PREFIX}{client_id}={token}; Max-Age={seconds}; {ATTRIBUTES}")
            }
            CookieChange::ForgetRefresh { client_id, .. } => {
                format!("{PREFIX}{client_id}=; Max-Age=0; {ATTRIBUTES}")
            }
            CookieChange::SetDevice { token, lives } => {
                let (token, seconds) = (token.expose(), lives.as_secs());
                format!("{DEVICE}={token}; Max-Age={seconds}; {ATTRIBUTES}")
            }
        };
        let mut value = HeaderValue::try_from(text)
            .expect("client ids are fit for cookies, and tokens are base64url");
        value.set_sensitive(true);
        headers.append(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            let line = HeaderValue::from_bytes(line.as_bytes());
            headers.append(COOKIE, line.expect("a header value"));
        }
        headers
    }

    fn read(lines: &[&str]) -> Vec<(String, String)> {
        let RefreshCookies(cookies) = refresh_tokens(&headers(lines));
        let plain = |(id, token): (String, RefreshToken)| (id, token.expose().to_owned());
        cookies.into_iter().map(plain).collect()
    }

    #[test]
    fn each_application_has_a_cookie_of_its_own() {
        let shop = ("shop".to_owned(), "a".to_owned());
        let billing = ("billing".to_owned(), "b".to_owned());
        let both = [shop.clone(), billing.clone()];
        assert_eq!(read(&[]), []);
        assert_eq!(
            read(&["x=1; __Host-cardea-shop=a; __Host-cardea-billing=b"]),
            both
        );
        assert_eq!(
            read(&["__Host-cardea-shop=a", "__Host-cardea-billing=b"]),
            both
        );
        assert_eq!(read(&["cardea-shop=a; __Secure-cardea-shop=a; shop=a"]), []);
        let mut twice = headers(&["__Host-cardea-shop=a; __Host-cardea-shop=c"]);
        twice.append(COOKIE, HeaderValue::from_static("__Host-cardea-billing=b"));
        let twice = refresh_tokens(&twice);
        let one = |client_id| twice.of(client_id).map(RefreshToken::expose);
        assert_eq!((one("shop"), one("billing")), (None, Some("b")));
        let all: Vec<_> = twice.all_of("shop").map(RefreshToken::expose).collect();
        assert_eq!(all, ["a", "c"]);
    }

    #[test]
    fn what_browsers_do_not_take_for_our_prefix_is_not_ours() {
        for space in [
            "\u{80}", "\u{85}", "\u{a0}", "\u{2000}", "\u{2028}", "\u{3000}", "\u{feff}",
        ] {
            for name in ["__Host-cardea-shop", "__Host-cardea_device"] {
                for line in [
                    format!("{space}{name}=a"),
                    format!("x=1; {space} {name}=a"),
                    format!("{name}{space}=a"),
                ] {
                    assert_eq!(device(&headers(&[&line])), None, "{line:?}");
                    let RefreshCookies(found) = refresh_tokens(&headers(&[&line]));
                    assert!(found.iter().all(|(id, _)| id != "shop"), "{line:?}");
                }
            }
            // Nor is it cut off a value, which would make another one of it.
            let line = format!("__Host-cardea-shop=a{space}");
            assert_eq!(read(&[&line])[0].1, format!("a{space}"));
        }
        for line in ["\t__Host-cardea-shop=a\t", "x=1;  __Host-cardea-shop=a ;y"] {
            assert_eq!(read(&[line]), [("shop".to_owned(), "a".to_owned())]);
        }
    }

    #[test]
    fn a_device_is_of_no_application_and_there_is_one() {
        for (lines, token) in [
            (&[][..], None),
            (&["__Host-cardea_device=a"], Some("a")),
            (&["x=1;__Host-cardea_device=a ; y=2"], Some("a")),
            (&["__Host-cardea-device=a; cardea_device=a"], None),
            (&["__Host-cardea_device=a; __Host-cardea_device=a"], None),
            (&["__Host-cardea_device=a", "__Host-cardea_device=b"], None),
        ] {
            let found = device(&headers(lines));
            assert_eq!(found.as_ref().map(DeviceToken::expose), token, "{lines:?}");
        }
        assert_eq!(read(&["__Host-cardea_device=a"]), []);
    }
}
