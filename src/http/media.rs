//! Media types: what a client sends, and what it takes (RFC 9110, section 12.5.1).

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};

use crate::metrics::Format;

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
        if !headers.contains_key(ACCEPT) {
            return Some(Self::GraphqlResponse);
        }
        let ranges = ranges(headers);
        let graphql = quality(&ranges, "application", "graphql-response+json");
        let json = quality(&ranges, "application", "json");
        match (graphql, json) {
            (0, 0) => None,
            _ if graphql >= json => Some(Self::GraphqlResponse),
            _ => Some(Self::Json),
        }
    }
}

/// The text of metrics that a scraper likes best; what everybody reads, if it doesn't say.
pub(super) fn accepted_metrics(headers: &HeaderMap) -> Format {
    let ranges = ranges(headers);
    // Only by name: whoever takes anything may not know it.
    let open_metrics = named(&ranges, "application", "openmetrics-text").unwrap_or(0);
    let plain = quality(&ranges, "text", "plain");
    if open_metrics > 0 && open_metrics >= plain {
        Format::OpenMetrics
    } else {
        Format::Prometheus
    }
}

/// How much a follower wants each form of the feed: JSON, and events. JSON, if it doesn't say.
pub(super) fn accepted_feed(headers: &HeaderMap) -> (u16, u16) {
    if !headers.contains_key(ACCEPT) {
        return (1000, 0);
    }
    let ranges = ranges(headers);
    let json = quality(&ranges, "application", "json");
    (json, quality(&ranges, "text", "event-stream"))
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

fn ranges(headers: &HeaderMap) -> Vec<Range<'_>> {
    let accepted = headers.get_all(ACCEPT).iter();
    accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(Range::parse)
        .collect()
}

/// How much a media type is wanted: the most specific range that fits decides.
fn quality(ranges: &[Range<'_>], kind: &str, subtype: &str) -> u16 {
    named(ranges, kind, subtype)
        .or_else(|| named(ranges, kind, "*"))
        .or_else(|| named(ranges, "*", "*"))
        .unwrap_or(0)
}

/// How much the ranges of just this name want it.
fn named(ranges: &[Range<'_>], kind: &str, subtype: &str) -> Option<u16> {
    ranges
        .iter()
        .filter(|range| range.kind.eq_ignore_ascii_case(kind))
        .filter(|range| range.subtype.eq_ignore_ascii_case(subtype))
        .map(|range| range.quality)
        .max()
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
    fn a_scraper_gets_the_text_that_it_names_first() {
        const PROMETHEUS: &str = "application/openmetrics-text;version=1.0.0;q=0.5,\
             application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
        assert_eq!(accepted_metrics(&HeaderMap::new()), Format::Prometheus);
        for (value, format) in [
            (PROMETHEUS, Format::OpenMetrics),
            ("application/openmetrics-text", Format::OpenMetrics),
            ("*/*", Format::Prometheus),
            ("text/plain", Format::Prometheus),
            (
                "text/plain, application/openmetrics-text;q=0.5",
                Format::Prometheus,
            ),
            ("application/openmetrics-text;q=0, */*", Format::Prometheus),
            ("application/json", Format::Prometheus),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, value.parse().expect("a header value"));
            assert_eq!(accepted_metrics(&headers), format, "{value}");
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
