//! What an application's client id, name, audience, origins, scopes, secret and logout URI may be: each rule says what is wrong.

use url::Url;

use super::tokens::is_loopback;

/// Scopes that one application may have: they travel in every token.
pub const MOST_SCOPES: usize = 100;

/// Seconds that an access token may live, at least and at most.
pub const ACCESS_LIFETIME_SECONDS: (u64, u64) = (10, 3600);

/// Seconds that a session may live, refreshed or not, at least and at most.
pub const SESSION_LIFETIME_SECONDS: (u64, u64) = (60, 31_536_000);

/// Characters of a name, and of a scope.
const LONGEST_NAME: usize = 100;

/// Characters of a URI that we call.
const LONGEST_URI: usize = 1000;

/// It becomes part of a cookie's name.
#[must_use]
pub fn client_id_problem(client_id: &str) -> Option<String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let is_good = (1..=64).contains(&client_id.len()) && client_id.chars().all(fits);
    (!is_good).then(|| {
        format!(
            "{client_id:?} must be 1 to 64 of the letters a-z, A-Z, 0-9, hyphen, underscore and dot"
        )
    })
}

/// People read it.
#[must_use]
pub fn name_problem(name: &str) -> Option<String> {
    let is_good = !name.trim().is_empty()
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(char::is_control);
    (!is_good).then(|| {
        format!("{name:?} must be 1 to {LONGEST_NAME} characters, not all of them blank, without control characters")
    })
}

/// It stands in tokens as `aud`.
#[must_use]
pub fn audience_problem(audience: &str) -> Option<String> {
    let is_good = (1..=255).contains(&audience.len()) && is_graphic(audience);
    (!is_good)
        .then(|| format!("{audience:?} must be 1 to 255 visible ASCII characters without spaces"))
}

/// It is compared with what browsers send, letter by letter.
#[must_use]
pub fn origin_problem(origin: &str) -> Option<String> {
    match exact_origin(origin) {
        Some(exact) if exact == origin => None,
        Some(exact) => Some(format!(
            "{origin:?} is not the exact form in which browsers send this origin; write {exact:?}"
        )),
        None => Some(format!(
            "{origin:?} is not an origin; write scheme and host, such as \"https://app.example.com\", one entry for each"
        )),
    }
}

/// A `scope-token` of RFC 6749, section 3.3.
#[must_use]
pub fn scope_problem(scope: &str) -> Option<String> {
    let fits = |letter: char| letter.is_ascii_graphic() && !"\"\\".contains(letter);
    let is_good = (1..=LONGEST_NAME).contains(&scope.len()) && scope.chars().all(fits);
    (!is_good).then(|| {
        format!(
            "{scope:?} must be 1 to {LONGEST_NAME} visible ASCII characters without spaces, quotes and backslashes, such as \"orders:read\""
        )
    })
}

/// Says nothing of the secret itself.
#[must_use]
pub fn secret_problem(secret: &str) -> Option<&'static str> {
    let is_good = (32..=255).contains(&secret.len()) && is_graphic(secret);
    (!is_good).then_some(
        "must be 32 to 255 visible ASCII characters without spaces: write the output of `openssl rand -hex 32`",
    )
}

/// Tokens are sent there (`OpenID` Connect Back-Channel Logout 1.0, section 2.2).
#[must_use]
pub fn backchannel_logout_uri_problem(uri: &str) -> Option<String> {
    let example = "such as \"https://shop.example.com/backchannel-logout\"";
    if uri.len() > LONGEST_URI {
        let length = uri.len();
        return Some(format!(
            "has {length} characters: at most {LONGEST_URI} are taken"
        ));
    }
    let Some(url) = Url::parse(uri)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
    else {
        return Some(format!(
            "{uri:?} is not an absolute https URL: write one, {example}"
        ));
    };
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Some(format!(
            "{uri:?} has a fragment, or a user or a password: write it without, {example}"
        ));
    }
    let exact = url.as_str();
    if exact != uri && exact.strip_suffix('/') != Some(uri) {
        return Some(format!(
            "{uri:?} is not written as it will be called: write {exact:?}"
        ));
    }
    (url.scheme() == "http" && !is_loopback(&url)).then(|| {
        format!("{uri:?} would send tokens in plain text over the network: write https, http is for loopback hosts only")
    })
}

fn is_graphic(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_graphic())
}

/// The origin in the ASCII form of RFC 6454, section 6.2, which is what browsers send.
fn exact_origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let matches_one_site = matches!(url.scheme(), "http" | "https") && !text.contains('*');
    matches_one_site.then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_taken_only_in_its_exact_form() {
        for origin in [
            "https://app.example.com",
            "https://app.example.com:8443",
            "http://localhost:5173",
            "https://xn--bcher-kva.example",
        ] {
            assert_eq!(origin_problem(origin), None, "{origin}");
        }
        for origin in [
            "https://app.example.com/",
            "https://App.example.com",
            "https://app.example.com:443",
            "https://app.example.com/path",
            "https://bücher.example",
            " https://app.example.com",
        ] {
            let problem = origin_problem(origin).unwrap();
            assert!(problem.contains("; write \"https://"), "{problem}");
        }
        for origin in [
            "*",
            "null",
            "",
            "app.example.com",
            "https://*.example.com",
            "ftp://app.example.com",
            "https://",
        ] {
            let problem = origin_problem(origin).unwrap();
            assert!(problem.contains("is not an origin"), "{problem}");
        }
    }

    #[test]
    fn client_ids_are_fit_for_cookies() {
        for client_id in ["a", "shop.example-2_X", &"x".repeat(64)] {
            assert_eq!(client_id_problem(client_id), None);
        }
        for client_id in ["", "my app", "a;b", "a=b", "caf\u{e9}", &"x".repeat(65)] {
            assert!(client_id_problem(client_id).is_some(), "{client_id}");
        }
    }

    #[test]
    fn audiences_are_fit_for_claims() {
        for audience in ["cardea", "https://shop.example.com", &"x".repeat(255)] {
            assert_eq!(audience_problem(audience), None);
        }
        for audience in ["", "a b", "caf\u{e9}", &"x".repeat(256)] {
            assert!(audience_problem(audience).is_some(), "{audience}");
        }
    }

    #[test]
    fn scopes_are_tokens_of_rfc_6749() {
        for scope in ["a", "orders:read", "!#[]~", &"x".repeat(100)] {
            assert_eq!(scope_problem(scope), None);
        }
        for scope in [
            "",
            "a b",
            "a\"b",
            "a\\b",
            "a\tb",
            "caf\u{e9}",
            &"x".repeat(101),
        ] {
            assert!(scope_problem(scope).is_some(), "{scope}");
        }
    }

    #[test]
    fn names_are_for_people() {
        for name in ["Shop", "Café Zürich", &"é".repeat(100)] {
            assert_eq!(name_problem(name), None);
        }
        for name in ["", "  ", "a\nb", "\u{1b}[31m", &"é".repeat(101)] {
            assert!(name_problem(name).is_some(), "{name}");
        }
    }

    #[test]
    fn we_call_applications_over_https_or_at_home() {
        let longest = format!("https://shop.example.com/{}", "x".repeat(975));
        for uri in [
            "https://shop.example.com",
            "https://shop.example.com:8443/logout?tenant=1&x=%20",
            "http://localhost:3000/logout",
            "http://127.0.0.1:3000/",
            "http://[::1]/",
            "https://[2001:db8::1]:8443/logout",
            &longest,
        ] {
            assert_eq!(backchannel_logout_uri_problem(uri), None, "{uri}");
        }
        let too_long = format!("{longest}x");
        for (uri, word) in [
            ("", "not an absolute https URL"),
            ("/backchannel-logout", "not an absolute https URL"),
            ("shop.example.com", "not an absolute https URL"),
            ("ftp://shop.example.com", "not an absolute https URL"),
            ("javascript:alert(1)", "not an absolute https URL"),
            ("https://", "not an absolute https URL"),
            ("https://shop.example.com/#", "fragment"),
            ("https://shop.example.com/#a", "fragment"),
            ("https://user@shop.example.com", "a user"),
            ("https://:word@shop.example.com", "a password"),
            (" https://shop.example.com", "write \"https://shop"),
            ("https://Shop.example.com", "write \"https://shop"),
            ("https://shop.example.com:443/", "write \"https://shop"),
            ("https://shop.example.com/a b", "write \"https://shop"),
            ("https://shop.example.com/a\r\nX: y", "write \"https://shop"),
            ("https://b\u{fc}cher.example/", "write \"https://xn--"),
            ("http://shop.example.com", "loopback"),
            ("http://192.168.0.1/", "loopback"),
            ("http://localhost.example.com/", "loopback"),
            (&too_long, "has 1001 characters"),
        ] {
            let problem = backchannel_logout_uri_problem(uri).unwrap();
            assert!(problem.contains(word), "{uri}: {problem}");
        }
    }

    #[test]
    fn a_secret_is_long_and_not_repeated() {
        assert_eq!(secret_problem(&"x".repeat(32)), None);
        for secret in ["", "hunter2", &"x".repeat(256), &"hunter2 ".repeat(5)] {
            let problem = secret_problem(secret).unwrap();
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }
}
