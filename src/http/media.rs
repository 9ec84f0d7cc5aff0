//! Media types: what a client sends, and what it takes (RFC 9110, section 12.5.1).

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};

/// The two forms of a GraphQL response. The first is preferred: its status says what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResponseMedia {
    GraphqlResponse,
    Json,
}

impl ResponseMedia {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    /// The best that the client accepts; without a word from it, the preferred one (GraphQL over
    /// HTTP, section "Legacy Watershed"). `None` if it takes neither.
    pub(super) fn accepted_by(headers: &HeaderMap) -> Option<Self> {
        let accepted: Vec<_> = headers.get_all(ACCEPT).iter().collect();
        if accepted.is_empty() {
            return Some(Self::GraphqlResponse);
        }
        let ranges: Vec<Range<'_>> = accepted
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(Range::parse)
            .collect();
        let graphql = quality(&ranges, "graphql-response+json");
        let json = quality(&ranges, "json");
        match (graphql, json) {
            (0, 0) => None,
            _ if graphql >= json => Some(Self::GraphqlResponse),
            _ => Some(Self::Json),
        }
    }
}

/// Whether the body says that it is JSON, in UTF-8.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    is_utf_8(headers, "application/json")
}

/// Whether the body says that it is a form, in UTF-8.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    is_utf_8(headers, "application/x-www-form-urlencoded")
}

fn is_utf_8(headers: &HeaderMap, media_type: &str) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(Ok(value)), None) = (values.next().map(|value| value.to_str()), values.next()) else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim_ascii);
    let is_meant = parts
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case(media_type));
    is_meant
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

/// One element of `Accept`.
struct Range<'h> {
    kind: &'h str,
    subtype: &'h str,
    /// In thousandths.
    quality: u16,
}

impl<'h> Range<'h> {
    fn parse(text: &'h str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim_ascii);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let weight = parts
            .filter_map(|part| part.split_once('='))
            .find_map(|(name, value)| {
                name.trim_ascii()
                    .eq_ignore_ascii_case("q")
                    .then(|| value.trim_ascii().parse::<f32>().ok())
            });
        let weight = weight.flatten().unwrap_or(1.0).clamp(0.0, 1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "0 to 1000"
        )]
        Some(Self {
            kind,
            subtype,
            quality: (weight * 1000.0) as u16,
        })
    }
}

/// How much `application/<subtype>` is wanted: the most specific range that fits decides.
fn quality(ranges: &[Range<'_>], subtype: &str) -> u16 {
    let fits = |kind: &str, name: &str| {
        ranges
            .iter()
            .filter(|range| range.kind.eq_ignore_ascii_case(kind))
            .filter(|range| range.subtype.eq_ignore_ascii_case(name))
            .map(|range| range.quality)
            .max()
    };
    fits("application", subtype)
        .or_else(|| fits("application", "*"))
        .or_else(|| fits("*", "*"))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(value: &str) -> Option<ResponseMedia> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, value.parse().expect("a header value"));
        ResponseMedia::accepted_by(&headers)
    }

    #[test]
    fn the_best_accepted_form_is_chosen() {
        use ResponseMedia::{GraphqlResponse, Json};
        assert_eq!(
            ResponseMedia::accepted_by(&HeaderMap::new()),
            Some(GraphqlResponse)
        );
        for (value, media) in [
            ("*/*", Some(GraphqlResponse)),
            ("application/*", Some(GraphqlResponse)),
            ("application/json", Some(Json)),
            ("Application/JSON; charset=utf-8", Some(Json)),
            (
                "application/graphql-response+json, application/json;q=0.9",
                Some(GraphqlResponse),
            ),
            (
                "application/graphql-response+json;q=0.1, application/json",
                Some(Json),
            ),
            ("application/graphql-response+json;q=0, */*", Some(Json)),
            ("text/html, */*;q=0.8", Some(GraphqlResponse)),
            ("text/html", None),
            ("application/json;q=0", None),
            ("", None),
        ] {
            assert_eq!(accepted(value), media, "{value}");
        }
    }

    #[test]
    fn only_json_is_json() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, value.parse().expect("a header value"));
            is_json(&headers)
        };
        assert!(of("application/json"));
        assert!(of("application/json; charset=utf-8"));
        assert!(of("APPLICATION/JSON;charset=\"UTF-8\""));
        for other in [
            "text/plain",
            "application/jsonp",
            "application/graphql",
            "multipart/form-data",
            "application/json; charset=utf-16",
            "application/x-www-form-urlencoded",
            "",
        ] {
            assert!(!of(other), "{other}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
