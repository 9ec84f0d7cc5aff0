//! Paths in a file, read off its code: what it imports of ours and of others, and what it declares.

use std::collections::HashSet;

use super::source::{Source, is_word};

/// A path of ours, such as `crate::model::id::UserId`.
pub(crate) struct Own {
    pub(crate) offset: usize,
    /// From the crate's root, without `crate`.
    pub(crate) segments: Vec<String>,
}

/// The first segment of somebody else's path, such as `axum` of `axum::Router`.
pub(crate) struct Outside {
    pub(crate) offset: usize,
    pub(crate) name: String,
}

/// All paths of a file.
#[derive(Default)]
pub(crate) struct Paths {
    pub(crate) own: Vec<Own>,
    /// Perhaps no crate: a type, or a generic parameter.
    pub(crate) outside: Vec<Outside>,
    /// `mod name;`
    pub(crate) declared: Vec<Outside>,
}

struct Token<'s> {
    offset: usize,
    text: &'s str,
}

/// Where a file of `src/` stands among the modules: `["service", "keys"]` for `src/service/keys.rs`.
pub(crate) fn module_of(path: &str) -> Vec<String> {
    let within = path.strip_prefix("src/").unwrap_or(path);
    let module = within.strip_suffix(".rs").unwrap_or(within);
    if matches!(module, "lib" | "main") {
        return Vec::new();
    }
    module.split('/').map(str::to_owned).collect()
}

/// Reads all paths of a file.
pub(crate) fn read(source: &Source) -> Paths {
    let mut reader = Reader {
        tokens: tokens(&source.code),
        at: 0,
        module: module_of(&source.path),
        paths: Paths::default(),
    };
    while reader.at < reader.tokens.len() {
        reader.step();
    }
    let mut paths = reader.paths;
    // A name that the file imports from us, or declares, is no crate.
    let imported = paths.own.iter().filter_map(|path| path.segments.last());
    let declared = paths.declared.iter().map(|module| &module.name);
    let ours: HashSet<_> = imported.chain(declared).cloned().collect();
    paths.outside.retain(|path| !ours.contains(&path.name));
    paths
}

struct Reader<'s> {
    tokens: Vec<Token<'s>>,
    at: usize,
    module: Vec<String>,
    paths: Paths,
}

impl<'s> Reader<'s> {
    fn text(&self, at: usize) -> &'s str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    fn step(&mut self) {
        let offset = self.tokens[self.at].offset;
        let (word, next) = (self.text(self.at), self.text(self.at + 1));
        let continues = self.at > 0 && self.text(self.at - 1) == "::";
        if next == "::" && !continues && matches!(word, "crate" | "super" | "self") {
            let start = self.start();
            return self.own(offset, &start);
        }
        let is_name = word.starts_with(is_word) && !continues;
        if is_name && (next == "::" || self.is_whole_import()) {
            let name = word.to_owned();
            self.paths.outside.push(Outside { offset, name });
        }
        if word == "mod" && self.text(self.at + 2) == ";" {
            let name = next.to_owned();
            self.paths.declared.push(Outside { offset, name });
        }
        self.at += 1;
    }

    /// `use name;` and `use name as other;`
    fn is_whole_import(&self) -> bool {
        self.at > 0
            && self.text(self.at - 1) == "use"
            && matches!(self.text(self.at + 1), ";" | "as")
    }

    /// The module that `crate`, `self`, `super` or `super::super` means; reads past it.
    fn start(&mut self) -> Vec<String> {
        let mut start = self.module.clone();
        loop {
            match self.text(self.at) {
                "crate" => start.clear(),
                "super" => drop(start.pop()),
                "self" => {}
                _ => return start,
            }
            if self.text(self.at + 1) != "::" {
                self.at += 1;
                return start;
            }
            self.at += 2;
        }
    }

    /// One path, or each of a group in braces.
    fn own(&mut self, offset: usize, start: &[String]) {
        let mut segments = start.to_vec();
        loop {
            match self.text(self.at) {
                "{" => return self.group(&segments),
                word if word.starts_with(is_word) => segments.push(word.to_owned()),
                _ => break,
            }
            self.at += 1;
            if self.text(self.at) != "::" {
                break;
            }
            self.at += 1;
        }
        if self.text(self.at) == "as" {
            self.at += 2;
        }
        self.paths.own.push(Own { offset, segments });
    }

    fn group(&mut self, start: &[String]) {
        self.at += 1;
        while !matches!(self.text(self.at), "}" | "") {
            let offset = self.tokens[self.at].offset;
            match self.text(self.at) {
                // `{self, ..}`: the module itself.
                "self" => {
                    let segments = start.to_vec();
                    self.paths.own.push(Own { offset, segments });
                    self.at += 1;
                }
                word if word.starts_with(is_word) => self.own(offset, start),
                _ => self.at += 1,
            }
        }
        self.at += 1;
    }
}

fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(letter) = code[at..].chars().next() {
        let rest = &code[at..];
        let length = if is_word(letter) {
            rest.find(|letter| !is_word(letter)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            1
        };
        if !letter.is_ascii_whitespace() {
            let text = &rest[..length];
            tokens.push(Token { offset: at, text });
        }
        at += length;
    }
    tokens
}

#[test]
fn each_way_to_write_a_path_is_read() {
    let text = "use crate::a::{b::C, self, d::{E as F, g}};\nuse super::h;\nuse super::super::i::J;\n\
                pub mod k;\nfn f() { self::l::m(); h::n(); k::o(); p::q(); R::s(); }\nuse t;";
    let paths = read(&Source::new("src/x/y.rs", text));
    let own: Vec<_> = paths
        .own
        .iter()
        .map(|path| path.segments.join("::"))
        .collect();
    assert_eq!(
        own,
        [
            "a::b::C",
            "a",
            "a::d::E",
            "a::d::g",
            "x::h",
            "i::J",
            "x::y::l::m"
        ]
    );
    let outside: Vec<_> = paths
        .outside
        .iter()
        .map(|path| path.name.as_str())
        .collect();
    assert_eq!(outside, ["p", "R", "t"]);
    assert_eq!(paths.declared[0].name, "k");
}
