//! The house's rules, held: who may import whom, how long a thing may be, what is nowhere.

// Beside this file cargo would take them for tests of their own.
#[path = "tidy/layers.rs"]
mod layers;
#[path = "tidy/paths.rs"]
mod paths;
#[path = "tidy/source.rs"]
mod source;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use self::source::Source;

/// A file that can be read in one go.
const MAXIMUM_FILE_LINES: usize = 400;

/// A function that fits a screen.
const MAXIMUM_FUNCTION_LINES: usize = 70;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 9] = [
    "util", "utils", "common", "helper", "helpers", "manager", "managers", "misc", "mod",
];

/// What is nowhere in our code, and what to do instead.
const FORBIDDEN: [(&str, &str); 7] = [
    ("[allow(", "write `#[expect(.., reason = \"..\")]`"),
    ("todo!", "do it, or leave it out"),
    ("unimplemented!", "do it, or leave it out"),
    ("allow_origin(Any", "list the origins: cookies are at stake"),
    ("AllowOrigin::any", "list the origins: cookies are at stake"),
    (
        "CorsLayer::permissive",
        "list the origins: cookies are at stake",
    ),
    (
        "CorsLayer::very_permissive",
        "list the origins: cookies are at stake",
    ),
];

/// What is called in one place of `src/` only, and why.
const CALLED_IN: [(&str, &str, &str); 2] = [
    (
        "::proven",
        "src/service/sessions/authenticate.rs",
        "a proof is made where the token and its revocation were checked",
    ),
    (
        ".append_to_ledger",
        "src/service/revocation/",
        "whoever writes the ledger has to tell the index, too",
    ),
];

/// All that is wrong, each in a line that says where and what to do.
#[derive(Default)]
struct Faults(String);

impl Faults {
    fn add(&mut self, place: impl std::fmt::Display, what: impl std::fmt::Display) {
        writeln!(self.0, "  {place}: {what}").expect("a String takes every text");
    }

    fn at(&mut self, source: &Source, offset: usize, what: impl std::fmt::Display) {
        let place = format!("{}:{}", source.path, source.line_at(offset));
        self.add(place, what);
    }

    fn assert_none(self) {
        assert!(self.0.is_empty(), "untidy:\n{}", self.0);
    }
}

#[test]
fn each_layer_knows_only_what_is_to_its_right() {
    let mut faults = Faults::default();
    let sources = source::all();
    for source in server(sources) {
        for (offset, text) in layers::crossings(source) {
            faults.at(source, offset, text);
        }
    }
    for text in layers::idle_exceptions(sources) {
        faults.add("tests/tidy/layers.rs", text);
    }
    faults.assert_none();
}

#[test]
fn the_schemas_history_knows_nothing_of_today() {
    let mut faults = Faults::default();
    let steps = source::all().iter();
    for source in steps.filter(|source| source.path.starts_with("migration/")) {
        for path in paths::read(source).outside {
            if path.name.starts_with("cardea") {
                let what = "name tables and columns by text: what the code calls them will change";
                faults.at(source, path.offset, what);
            }
        }
    }
    faults.assert_none();
}

#[test]
fn files_and_functions_are_short() {
    let mut faults = Faults::default();
    for source in source::all() {
        let lines = source.text.lines().count();
        if lines > MAXIMUM_FILE_LINES {
            let what = format!("{lines} lines are more than {MAXIMUM_FILE_LINES}: divide the file");
            faults.add(&source.path, what);
        }
        for function in source.functions() {
            if function.lines > MAXIMUM_FUNCTION_LINES {
                let place = format!("{}:{}", source.path, function.line);
                let what = format!(
                    "`{}` has {} lines, more than {MAXIMUM_FUNCTION_LINES}: divide it",
                    function.name, function.lines
                );
                faults.add(place, what);
            }
        }
    }
    faults.assert_none();
}

#[test]
fn each_file_opens_with_a_sentence_about_itself() {
    let mut faults = Faults::default();
    for source in source::all() {
        let opening: Vec<_> = source
            .text
            .lines()
            .map_while(|line| line.strip_prefix("//!").map(str::trim))
            .take_while(|line| !line.is_empty())
            .collect();
        let is_sentence = opening
            .last()
            .is_some_and(|line| line.ends_with(['.', '?']));
        if !is_sentence {
            faults.add(
                &source.path,
                "open it with `//!` and one sentence on what it is",
            );
        }
    }
    faults.assert_none();
}

#[test]
fn each_file_is_named_for_what_is_in_it() {
    let mut faults = Faults::default();
    for source in source::all() {
        let name = source.path.strip_suffix(".rs").unwrap_or(&source.path);
        for part in name.split('/').filter(|part| EMPTY_NAMES.contains(part)) {
            let what = format!("`{part}` says nothing: name the file after what it does");
            faults.add(&source.path, what);
        }
        for module in paths::read(source).declared {
            if EMPTY_NAMES.contains(&module.name.as_str()) {
                faults.at(source, module.offset, "name the module after what it does");
            }
        }
    }
    faults.assert_none();
}

#[test]
fn no_file_is_dead() {
    let sources = source::all();
    let mut alive: BTreeSet<String> = BTreeSet::new();
    let roots = sources.iter().filter(|source| is_root(&source.path));
    let mut waiting: Vec<_> = roots.map(|source| source.path.clone()).collect();
    while let Some(path) = waiting.pop() {
        if let Some(source) = sources.iter().find(|source| source.path == path)
            && alive.insert(path)
        {
            waiting.extend(modules_of(source));
        }
    }
    let mut faults = Faults::default();
    for source in sources {
        if !alive.contains(&source.path) {
            faults.add(
                &source.path,
                "no `mod` leads here: declare it, or delete the file",
            );
        }
    }
    faults.assert_none();
}

#[test]
fn what_is_forbidden_is_nowhere() {
    let mut faults = Faults::default();
    for source in source::all() {
        for (code, instead) in FORBIDDEN {
            for (offset, _) in source.code.match_indices(code) {
                faults.at(source, offset, format_args!("`{code}`: {instead}"));
            }
        }
    }
    faults.assert_none();
}

#[test]
fn what_is_done_in_one_place_is_done_there_alone() {
    let mut faults = Faults::default();
    let sources = source::all();
    for (call, place, why) in CALLED_IN {
        let mut calls = 0;
        for source in server(sources) {
            for (offset, _) in source.code.match_indices(call) {
                calls += 1;
                if !source.path.starts_with(place) {
                    let what = format_args!("`{call}` belongs to {place}: {why}");
                    faults.at(source, offset, what);
                }
            }
        }
        if calls == 0 {
            faults.add(
                place,
                format_args!("`{call}` is never called: mend this rule"),
            );
        }
    }
    faults.assert_none();
}

fn server(sources: &[Source]) -> impl Iterator<Item = &Source> {
    sources
        .iter()
        .filter(|source| source.path.starts_with("src/"))
}

/// Whether cargo builds from this file.
fn is_root(path: &str) -> bool {
    let parts: Vec<_> = path.split('/').collect();
    match parts[..] {
        ["tests", _]
        | ["tests", _, "main.rs"]
        | ["fuzz", "fuzz_targets", _]
        | ["src", "lib.rs" | "main.rs"]
        | [_, "src", "lib.rs" | "main.rs"]
        | ["examples", _, _, "src", "main.rs"]
        | [_, "tests" | "examples", _]
        | [_, "tests" | "examples", _, "main.rs"] => true,
        [.., file] => file == "build.rs",
        [] => false,
    }
}

/// The files of the modules that a file declares, whether they are there or not.
fn modules_of(source: &Source) -> Vec<String> {
    let path = Path::new(&source.path);
    let folder = path.parent().expect("each file lies in a folder");
    let within = if is_root(&source.path) {
        folder.to_owned()
    } else {
        path.with_extension("")
    };
    let file = |module: paths::Outside| {
        let before = source.text[..module.offset].lines().next_back();
        let told = before.and_then(|line| line.strip_prefix("#[path = \"")?.strip_suffix("\"]"));
        told.map_or_else(
            || within.join(module.name).with_extension("rs"),
            |told| folder.join(told),
        )
    };
    let text = |file: PathBuf| file.to_string_lossy().into_owned();
    let declared = paths::read(source).declared.into_iter();
    declared.map(file).map(text).collect()
}
