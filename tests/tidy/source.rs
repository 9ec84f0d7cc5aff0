//! The project's Rust files, as a rule looks at them: whole, or without comments and literals.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// Where our Rust files lie.
const FOLDERS: [&str; 9] = [
    "src",
    "entity",
    "examples",
    "migration",
    "protocol",
    "xtask",
    "verifier",
    "tests",
    "fuzz",
];

/// Not ours, or not written by hand.
const FOREIGN: [&str; 2] = ["target", "node_modules"];

/// One file.
pub(crate) struct Source {
    /// From the project's root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// The text with spaces in the place of comments and literals: every byte keeps its place.
    pub(crate) code: String,
}

/// A function with a body.
pub(crate) struct Function<'s> {
    pub(crate) name: &'s str,
    pub(crate) line: usize,
    pub(crate) lines: usize,
}

/// All Rust files of the project, in the order of their names.
pub(crate) fn all() -> &'static [Source] {
    static ALL: LazyLock<Vec<Source>> = LazyLock::new(read);
    &ALL
}

fn read() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in FOLDERS {
        collect(root, folder, &mut paths);
    }
    paths.sort();
    let read = |path: String| {
        let text = fs::read_to_string(root.join(&path)).expect("a Rust file is UTF-8 text");
        Source::new(path, text)
    };
    paths.into_iter().map(read).collect()
}

/// A folder may be missing: not every checkout has all.
fn collect(root: &Path, folder: &str, paths: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        return;
    };
    for entry in entries {
        let entry = entry.expect("a folder that was opened can be read");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{folder}/{name}");
        if entry.path().is_dir() {
            if !FOREIGN.contains(&name.as_str()) {
                collect(root, &path, paths);
            }
        } else if Path::new(&name)
            .extension()
            .is_some_and(|kind| kind == "rs")
        {
            paths.push(path);
        }
    }
}

impl Source {
    pub(crate) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            path: path.into(),
            code: blank(&text),
            text,
        }
    }

    /// Counted from 1.
    pub(crate) fn line_at(&self, offset: usize) -> usize {
        1 + self.text[..offset].matches('\n').count()
    }

    /// Every function that has a body, those within others too.
    pub(crate) fn functions(&self) -> Vec<Function<'_>> {
        let keywords = self.code.match_indices("fn ").map(|(at, _)| at);
        keywords
            .filter(|&at| !ends_in_word(&self.code[..at]))
            .filter_map(|at| {
                let end = body_end(&self.code[at..])? + at;
                let name = self.code[at + 3..].trim_start();
                let letters = name.find(|letter| !is_word(letter)).unwrap_or(name.len());
                Some(Function {
                    name: &name[..letters],
                    line: self.line_at(at),
                    lines: self.line_at(end) - self.line_at(at) + 1,
                })
            })
            .collect()
    }
}

pub(crate) const fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

fn ends_in_word(code: &str) -> bool {
    code.ends_with(is_word)
}

/// Where the body ends of the function that the code begins with; `None` if it has no body.
fn body_end(code: &str) -> Option<usize> {
    let mut depth = 0;
    let mut in_body = false;
    for (at, letter) in code.char_indices() {
        match letter {
            '(' | '[' | '{' => {
                in_body |= letter == '{' && depth == 0;
                depth += 1;
            }
            ')' | ']' | '}' => {
                depth -= 1;
                if in_body && depth == 0 {
                    return Some(at);
                }
            }
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

fn blank(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = dead_length(rest, ends_in_word(&code));
        let taken = length.unwrap_or(letter.len_utf8());
        for byte in rest[..taken].bytes() {
            code.push(match byte {
                b'\n' => '\n',
                _ if length.is_some() || !byte.is_ascii() => ' ',
                _ => byte.into(),
            });
        }
        rest = &rest[taken..];
    }
    code
}

/// How many bytes the comment or the literal has that the text begins with, if it begins with one.
fn dead_length(text: &str, follows_word: bool) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(block_comment_length(text));
    }
    if let Some(string) = text.strip_prefix('"') {
        return Some(1 + escaped_length(string, '"'));
    }
    if let Some(hashes) = text.strip_prefix('r').filter(|_| !follows_word) {
        return raw_string_length(hashes).map(|length| 1 + length);
    }
    // After the quote a lifetime has no other quote.
    let quoted = text.strip_prefix('\'')?;
    let mut letters = quoted.chars();
    let is_literal = letters.next()? == '\\' || letters.next()? == '\'';
    is_literal.then(|| 1 + escaped_length(quoted, '\''))
}

/// To the end of a literal whose beginning is gone, its last quote included.
fn escaped_length(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices() {
        if !is_escaped && letter == quote {
            return at + 1;
        }
        is_escaped = !is_escaped && letter == '\\';
    }
    text.len()
}

/// From the first `#` or quote of a raw string on; `None` if it is a raw identifier, or none of both.
fn raw_string_length(text: &str) -> Option<usize> {
    let hashes = text.len() - text.trim_start_matches('#').len();
    let content = text[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = content
        .find(&end)
        .map_or(content.len(), |at| at + end.len());
    Some(hashes + 1 + length)
}

/// Block comments nest.
fn block_comment_length(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while let Some(next) = text[at..].find(['/', '*']) {
        at += next;
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += 1;
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

#[test]
fn comments_and_literals_are_no_code() {
    let text = "a // b\n/* c /* d */ e */ f \"g\\\" h\" r#\"i\" j\"# 'k' '\\'' l<'m>(b\"n\", 'é')";
    let code = blank(text);
    let words: String = code.chars().filter(|&letter| is_word(letter)).collect();
    assert_eq!(words, "aflmb", "{code}");
    assert_eq!(code.len(), text.len());
    assert_eq!(code.find('\n'), text.find('\n'));
}

#[test]
fn a_function_ends_with_its_body() {
    let text = "fn a(b: [u8; 2]) -> u8 {\n  {\n  }\n}\ntrait T { fn c(); }\nconst fn d() {}\n";
    let source = Source::new("x.rs", text);
    let told: Vec<_> = source
        .functions()
        .iter()
        .map(|function| (function.name.to_owned(), function.line, function.lines))
        .collect();
    assert_eq!(told, [("a".to_owned(), 1, 4), ("d".to_owned(), 6, 1)]);
}
