//! The bearer token of a request (RFC 6750, section 2.1): only ever from the header.

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

use crate::refusal::Refusal;

pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::Missing)?;
    // Of two headers, which one counts? A proxy may have thought otherwise.
    if values.next().is_some() {
        return Err(Refusal::Malformed);
    }
    let token = value.to_str().ok().and_then(token);
    token.ok_or(Refusal::Malformed)
}

fn token(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim_ascii().split_once(' ')?;
    let token = token.trim_start_matches(' ');
    // Schemes are compared without case (RFC 9110, section 11.1).
    let is_bearer = scheme.eq_ignore_ascii_case("Bearer");
    let is_one_word = !token.is_empty() && !token.bytes().any(|byte| b" \t,".contains(&byte));
    (is_bearer && is_one_word).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bearer_token_is_taken_and_all_else_is_not() {
        let read = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, value.parse().unwrap());
            }
            bearer(&headers).map(str::to_owned)
        };
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c "] {
            assert_eq!(read(&[value]), Ok("a.b.c".to_owned()), "{value}");
        }
        for value in [
            "",
            "Bearer",
            "Bearer ",
            "a.b.c",
            "Basic a.b.c",
            "Bearer a b",
            "Bearer a,b",
        ] {
            assert_eq!(read(&[value]), Err(Refusal::Malformed), "{value}");
        }
        assert_eq!(read(&["Bearer a", "Bearer a"]), Err(Refusal::Malformed));
        assert_eq!(read(&[]), Err(Refusal::Missing));
    }
}
