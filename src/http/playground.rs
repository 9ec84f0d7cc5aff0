//! The playground: GraphiQL, served by ourselves, with no request to the outside.

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::LazyLock;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::{EmbeddedFile, RustEmbed};

use super::State;

/// Monaco writes `<style>` elements; scripts come from here alone, and nothing is evaluated.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; \
    connect-src 'self'; img-src 'self' data:; font-src 'self'; \
    style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// Built by `playground/`, and kept compressed: whoever doesn't take brotli pays for unpacking.
#[derive(RustEmbed)]
#[folder = "assets/playground"]
struct Assets;

/// What is no asset: a packed file asked for by its packed name, for one.
const UNKNOWN: &str = "application/octet-stream";

/// How long a file may be kept.
#[derive(Clone, Copy)]
enum Freshness {
    /// Its name changes with its content.
    Immutable,
    /// Ask each time whether it changed.
    Revalidate,
}

/// The routes of the page and of its assets.
pub(super) fn routes() -> Router<State> {
    Router::new()
        .route("/", get(async |headers: HeaderMap| page(&headers)))
        .route("/assets/playground/{name}", get(asset))
}

fn page(headers: &HeaderMap) -> Response {
    let mut page = serve("index.html", Freshness::Revalidate, headers);
    page.headers_mut()
        .insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    page
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let mut asset = serve(&name, Freshness::Immutable, &headers);
    // A worker obeys the policy of its own script's response.
    asset
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    asset
}

fn serve(name: &str, freshness: Freshness, headers: &HeaderMap) -> Response {
    if let Some(file) = Assets::get(&format!("{name}.br")) {
        return respond(name, &file, freshness, headers, Coding::Brotli);
    }
    match Assets::get(name) {
        Some(file) if content_type(name) != UNKNOWN => {
            respond(name, &file, freshness, headers, Coding::Identity)
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// How a file is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Brotli,
    Identity,
}

fn respond(
    name: &str,
    file: &EmbeddedFile,
    freshness: Freshness,
    headers: &HeaderMap,
    kept: Coding,
) -> Response {
    let cache_control = match freshness {
        Freshness::Immutable => "public, max-age=31536000, immutable",
        Freshness::Revalidate => "no-cache",
    };
    let etag = format!(
        "W/\"{}\"",
        URL_SAFE_NO_PAD.encode(&file.metadata.sha256_hash()[..12])
    );
    let about = [
        (CACHE_CONTROL, cache_control),
        (ETAG, etag.as_str()),
        (VARY, "accept-encoding"),
        (CONTENT_TYPE, content_type(name)),
    ];
    if headers
        .get(IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == etag.as_bytes())
    {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    match kept {
        Coding::Identity => (about, file.data.clone()).into_response(),
        Coding::Brotli if takes_brotli(headers) => {
            (about, [(CONTENT_ENCODING, "br")], file.data.clone()).into_response()
        }
        Coding::Brotli => (about, PLAIN.get(name).cloned().unwrap_or_default()).into_response(),
    }
}

fn takes_brotli(headers: &HeaderMap) -> bool {
    let values = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim_ascii);
        let is_brotli = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("br"));
        is_brotli && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// For whoever doesn't take brotli: unpacked at the first such request, once.
static PLAIN: LazyLock<HashMap<String, Bytes>> = LazyLock::new(|| {
    let packed = Assets::iter().filter_map(|name| {
        let plain = unpack(&Assets::get(&name)?.data);
        Some((name.strip_suffix(".br")?.to_owned(), plain))
    });
    packed.collect()
});

fn unpack(packed: &[u8]) -> Bytes {
    let mut plain = Vec::new();
    // What isn't packed (fonts) isn't asked for here.
    drop(brotli::BrotliDecompress(
        &mut Cursor::new(packed),
        &mut plain,
    ));
    plain.into()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("ttf") => "font/ttf",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => UNKNOWN,
    }
}
