//! What somebody meant who wrote a key that there isn't.

use super::catalogue;
use super::key::Key;

/// Slips of the pen that still leave a name recognisable.
const MOST_SLIPS: usize = 3;

/// The key that somebody who wrote this dotted key most likely meant.
pub(super) fn closest(written: &str) -> Option<&'static Key> {
    let distance = |key: &&Key| strsim::damerau_levenshtein(&key.dotted(), written);
    let similar = catalogue::keys().min_by_key(distance);
    let similar = similar.filter(|key| distance(key) <= MOST_SLIPS);
    // The right key in the wrong section.
    let name = written.rsplit('.').next();
    similar.or_else(|| catalogue::keys().find(|key| Some(key.name.as_str()) == name))
}

/// The dotted key, or the list of tables, that was most likely meant in a file.
pub(super) fn closest_place(written: &str) -> Option<String> {
    let mut lists = catalogue::sections().iter().filter(|it| it.is_list);
    let similar = |name: &str| strsim::damerau_levenshtein(name, written) <= MOST_SLIPS;
    let list = lists.find(|list| similar(&list.name));
    list.map(|list| format!("[[{}]]", list.name))
        .or_else(|| closest(written).map(Key::dotted))
}

/// The name that was most likely meant, among these keys.
pub(super) fn closest_name(keys: &[Key], written: &str) -> Option<String> {
    let distance = |key: &&Key| strsim::damerau_levenshtein(&key.name, written);
    let similar = keys.iter().min_by_key(distance);
    let similar = similar.filter(|key| distance(key) <= MOST_SLIPS);
    // A part of the name is enough: `origins` for `allowed_origins`.
    let part = || {
        keys.iter()
            .find(|key| key.name.split('_').any(|part| part == written))
    };
    similar.or_else(part).map(|key| key.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_understood() {
        for (written, meant) in [
            ("http.listn", Some("http.listen")),
            ("htp.listen", Some("http.listen")),
            ("http_listen", Some("http.listen")),
            ("http.issuer", Some("tokens.issuer")),
            ("issuer", Some("tokens.issuer")),
            ("aplication", Some("[[applications]]")),
            ("mail.smtp_server", None),
        ] {
            assert_eq!(closest_place(written).as_deref(), meant, "{written}");
        }
    }

    #[test]
    fn a_slip_within_a_table_is_understood() {
        let mut lists = catalogue::sections().iter().filter(|it| it.is_list);
        let keys = &lists.next().unwrap().keys;
        for (written, meant) in [
            ("clientid", Some("client_id")),
            ("origins", Some("allowed_origins")),
            ("scope", Some("scopes")),
            ("redirect_uris", None),
        ] {
            assert_eq!(closest_name(keys, written).as_deref(), meant, "{written}");
        }
    }
}
