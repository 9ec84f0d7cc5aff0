//! Who may import whom: the tables, and whether a file keeps to them.

use super::paths::{self, Own, module_of};
use super::source::Source;

/// A file or a folder of `src/`: what it may import of ours.
struct Layer {
    name: &'static str,
    knows: &'static [&'static str],
}

/// A request walks http, graphql, service, store; each knows only what is to its right, and `model`.
const LAYERS: [Layer; 17] = [
    Layer {
        name: "main",
        knows: &["cli"],
    },
    Layer {
        name: "cli",
        knows: &[
            "app",
            "service",
            "doctor",
            "config",
            "telemetry",
            "clock",
            "model",
        ],
    },
    Layer {
        name: "app",
        knows: &[
            "http", "graphql", "service", "store", "crypto", "config", "clock", "metrics", "model",
        ],
    },
    Layer {
        name: "doctor",
        knows: &["store", "crypto", "config", "clock", "model"],
    },
    Layer {
        name: "fuzzing",
        knows: &["http", "graphql", "crypto", "model"],
    },
    Layer {
        name: "http",
        knows: &["graphql", "service", "config", "metrics", "model"],
    },
    Layer {
        name: "graphql",
        knows: &["service", "model"],
    },
    Layer {
        name: "service",
        knows: &[
            "store", "mail", "outward", "crypto", "config", "clock", "metrics", "model",
        ],
    },
    Layer {
        name: "outward",
        knows: &[],
    },
    Layer {
        name: "store",
        knows: &["config", "clock", "metrics", "model"],
    },
    Layer {
        name: "crypto",
        knows: &["model"],
    },
    Layer {
        name: "mail",
        knows: &["config", "model"],
    },
    Layer {
        name: "telemetry",
        knows: &["config"],
    },
    Layer {
        name: "config",
        knows: &[],
    },
    Layer {
        name: "clock",
        knows: &[],
    },
    Layer {
        name: "metrics",
        knows: &["model"],
    },
    Layer {
        name: "model",
        knows: &[],
    },
];

/// The parts of `service`: each calls only earlier ones.
const PARTS: [&str; 20] = [
    "audit",
    "limits",
    "keys",
    "registry",
    "outbox",
    "revocation",
    "back_channel",
    "tokens",
    "credentials",
    "session_events",
    "sessions",
    "accounts",
    "access",
    "applications",
    "directory",
    "clients",
    "places",
    "feed",
    "event_streams",
    "mail",
];

/// Outside crates, and where in `src/` each may be used.
const CRATES: [(&str, &[&str]); 32] = [
    ("clap", &["cli", "main"]),
    ("rpassword", &["cli"]),
    ("anyhow", &["main"]),
    ("mimalloc", &["main"]),
    ("axum", &["http", "fuzzing"]),
    ("tower", &["http"]),
    ("tower_http", &["http"]),
    ("hyper", &["http", "outward"]),
    ("hyper_util", &["http", "outward"]),
    ("hyper_rustls", &["outward"]),
    ("http_body_util", &["http", "outward"]),
    ("percent_encoding", &["http/oauth"]),
    ("rust_embed", &["http"]),
    ("async_graphql", &["graphql", "http", "fuzzing"]),
    ("futures_util", &["graphql", "http"]),
    ("tungstenite", &["http/socket"]),
    ("woothee", &["graphql/types/device"]),
    ("sea_orm", &["store/database"]),
    ("sqlx", &["store/database"]),
    ("cardea_entity", &["store/database"]),
    ("cardea_migration", &["store/database"]),
    ("redis", &["store/redis"]),
    ("deadpool_redis", &["store/redis"]),
    ("papaya", &["store/embedded"]),
    ("prometheus_client", &["metrics"]),
    ("cardea_verifier", &["crypto"]),
    ("jsonwebtoken", &["crypto"]),
    ("argon2", &["crypto"]),
    ("aws_lc_rs", &["crypto"]),
    (
        "arc_swap",
        &["service/keys", "service/registry", "store/redis"],
    ),
    ("zxcvbn", &["service/credentials"]),
    ("tracing_subscriber", &["telemetry", "config/log"]),
];

/// What crosses a line all the same: the file, the layer or crate that it knows, and why.
const EXCEPTIONS: [(&str, &str, &str); 4] = [
    ("src/cli.rs", "graphql", "`cardea schema` prints it"),
    (
        "src/cli/error.rs",
        "store",
        "`cardea migrate` has the database alone, before there are services",
    ),
    ("src/http/well_known.rs", "crypto", "an ETag is a digest"),
    (
        "src/graphql/types/auth_settings.rs",
        "config",
        "what a login screen has to know is configuration",
    ),
];

/// Everything in a file of `src/` that is out of its layer, with its offset.
pub(crate) fn crossings(source: &Source) -> Vec<(usize, String)> {
    let paths = paths::read(source);
    let own = paths.own.iter().flat_map(|path| {
        let told = [layer_crossing(source, path), part_crossing(source, path)];
        told.into_iter().flatten().map(|text| (path.offset, text))
    });
    let outside = paths.outside.iter().filter_map(|path| {
        let text = crate_crossing(source, &path.name)?;
        Some((path.offset, text))
    });
    own.chain(outside).collect()
}

/// Exceptions that nobody needs any more.
pub(crate) fn idle_exceptions(sources: &[Source]) -> Vec<String> {
    let is_idle = |&&(file, known, _): &&(&str, &str, &str)| {
        let source = sources.iter().find(|source| source.path == file);
        source.is_none_or(|source| {
            let paths = paths::read(source);
            let own = paths.own.iter().filter_map(|path| path.segments.first());
            let outside = paths.outside.iter().map(|path| &path.name);
            !own.chain(outside).any(|name| name == known)
        })
    };
    EXCEPTIONS
        .iter()
        .filter(is_idle)
        .map(|(file, known, _)| format!("{file} does not need `{known}` any more: take it off"))
        .collect()
}

fn layer_crossing(source: &Source, path: &Own) -> Option<String> {
    let known = path.segments.first()?;
    if !is_module(known) || is_excepted(source, known) {
        return None;
    }
    let module = module_of(&source.path);
    let name = module.first().map_or(root_of(source), String::as_str);
    if name == known || name == "lib" {
        return None;
    }
    let Some(layer) = LAYERS.iter().find(|layer| layer.name == name) else {
        return Some(format!("give `{name}` its place in LAYERS"));
    };
    (!layer.knows.contains(&known.as_str())).then(|| {
        format!("`{name}` may not know `{known}`: ask a layer between them, or move what is wanted")
    })
}

fn part_crossing(source: &Source, path: &Own) -> Option<String> {
    let module = module_of(&source.path);
    let (of_service, name) = module.split_first()?;
    let name = name.first()?;
    let known = path.segments.get(1)?;
    if of_service != "service" || path.segments[0] != "service" || name == known {
        return None;
    }
    let place = |name: &String| PARTS.iter().position(|part| part == name);
    match (place(name), place(known)) {
        (None, _) => Some(format!("give `service::{name}` its place in PARTS")),
        (Some(own), Some(other)) if other > own => Some(format!(
            "`service::{name}` may not call `service::{known}`, which comes after it"
        )),
        _ => None,
    }
}

fn crate_crossing(source: &Source, name: &str) -> Option<String> {
    let (_, places) = CRATES.iter().find(|(outside, _)| *outside == name)?;
    let within = source.path.strip_prefix("src/")?;
    let is_within = |place: &&str| {
        let rest = within.strip_prefix(*place);
        rest.is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
    };
    if places.iter().any(is_within) || is_excepted(source, name) {
        return None;
    }
    let places = places.join(", ");
    Some(format!("`{name}` is kept to {places}: ask there"))
}

fn is_excepted(source: &Source, known: &str) -> bool {
    let excepted = |(file, name, _): &(&str, &str, &str)| *file == source.path && *name == known;
    EXCEPTIONS.iter().any(excepted)
}

/// A name at the crate's root that is a module, in contrast to what `lib.rs` itself holds.
fn is_module(name: &str) -> bool {
    LAYERS.iter().any(|layer| layer.name == name)
}

/// `lib` or `main`, for a file that is no module.
fn root_of(source: &Source) -> &str {
    if source.path == "src/main.rs" {
        "main"
    } else {
        "lib"
    }
}

#[test]
fn a_short_cut_is_found() {
    for (file, text, found) in [
        ("graphql/x.rs", "use crate::store::{database, index};", 2),
        ("graphql/x.rs", "use crate::service::Services;", 0),
        ("model/x.rs", "fn f() -> crate::clock::Clock {}", 1),
        ("service/keys/x.rs", "use super::super::tokens::Tokens;", 1),
        ("service/tokens.rs", "use super::keys::Keys;", 0),
        ("service/x.rs", "use crate::service::keys::Keys;", 1),
        ("http/x.rs", "use axum::Router;", 0),
        ("http.rs", "use axum::Router;", 0),
        ("https.rs", "use axum::Router;", 1),
        ("service/x.rs", "impl sea_orm::EntityTrait for X {}", 1),
        (
            "app/x.rs",
            "use crate::store::redis;\nfn f() { redis::connect(); }",
            0,
        ),
        ("x.rs", "use crate::model::id;", 1),
    ] {
        let crossings = crossings(&Source::new(format!("src/{file}"), text));
        assert_eq!(crossings.len(), found, "{file}: {text}: {crossings:?}");
    }
}
