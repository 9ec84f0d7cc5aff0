//! A bash in which a reader types, and what comes of it.

use std::fs::File;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;

use super::markdown::{self, Step};
use crate::place::{LOOK_EVERY, Place};

/// What a busy machine may take for a page that waits for a token to expire.
const PATIENCE: Duration = Duration::from_mins(3);

/// What the documents say, and everybody who tries them at home has to himself.
const ADDRESS_IN_DOCUMENTS: &str = "127.0.0.1:8080";

/// Ends what a step printed (the record separator of ASCII, which nothing of ours prints).
const END: char = '\u{1e}';

/// What a reader has before the first command. What it started ends with it, whatever happened.
const BEFORE: &str = "exec 2>&1\ntrap 'for job in $(jobs -p); do kill \"$job\"; done' EXIT\n";

pub(super) struct Shell<'p> {
    place: &'p Place,
    address: String,
}

impl<'p> Shell<'p> {
    /// In the folder of a checkout whose server has been built, and listens here, or will.
    pub(super) fn at(place: &'p Place, address: SocketAddr) -> Self {
        let built = place.path("target/release");
        std::fs::create_dir_all(&built).expect("a temporary folder can be written");
        symlink(env!("CARGO_BIN_EXE_cardea"), built.join("cardea")).expect("it is new");
        Self {
            place,
            address: address.to_string(),
        }
    }

    /// Types a document's commands, and compares what they print.
    pub(super) fn type_all(&self, document: &str) {
        let document = document.replace(ADDRESS_IN_DOCUMENTS, &self.address);
        let steps = markdown::steps(&document);
        let printed = self.run(&steps);
        let mut printed = printed.split(END);
        for step in steps {
            let printed = printed.next().unwrap_or_default().trim_end_matches('\n');
            assert!(
                step.prints(printed),
                "after\n{}\nthere should be\n{}\nand there is\n{printed}",
                step.commands,
                step.shown
            );
        }
        assert_eq!(printed.next(), Some(""), "not all was typed");
    }

    fn run(&self, steps: &[Step]) -> String {
        let mut script = BEFORE.to_owned();
        for step in steps {
            script.push_str(&step.commands);
            script.push_str("\nprintf '\\036'\n");
        }
        self.place.write("script", &script);
        let out = self.place.path("printed");
        let mut command = Command::new("bash");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CARDEA") {
                command.env_remove(name);
            }
        }
        let child = command
            .arg(self.place.path("script"))
            .env("CARDEA__HTTP__LISTEN", &self.address)
            .env("TMPDIR", self.place.path(""))
            .current_dir(self.place.path(""))
            .stdin(Stdio::null())
            .stdout(File::create(out).expect("a temporary folder can be written"))
            .process_group(0)
            .spawn()
            .expect("bash is installed");
        Typing(child).wait();
        self.place.read("printed")
    }
}

impl Step {
    fn prints(&self, printed: &str) -> bool {
        if !self.is_json {
            let (shown, printed) = (self.shown.lines(), printed.lines());
            return shown.clone().count() == printed.clone().count()
                && shown
                    .zip(printed)
                    .all(|(shown, printed)| fits(shown, printed));
        }
        let shown = serde_json::from_str(&self.shown).expect("what is shown as JSON is JSON");
        serde_json::from_str(printed).is_ok_and(|printed| fits_json(&shown, &printed))
    }
}

/// Whether a line is as it is shown. Some text stands in the place of each `…`.
fn fits(shown: &str, printed: &str) -> bool {
    let Some((before, after)) = shown.split_once('…') else {
        return shown == printed;
    };
    let Some(rest) = printed.strip_prefix(before) else {
        return false;
    };
    let mut ends = rest
        .char_indices()
        .map(|(at, letter)| at + letter.len_utf8());
    ends.any(|end| fits(after, &rest[end..]))
}

fn fits_json(shown: &Value, printed: &Value) -> bool {
    match (shown, printed) {
        (Value::String(shown), Value::String(printed)) => fits(shown, printed),
        (Value::Array(shown), Value::Array(printed)) => {
            let mut pairs = shown.iter().zip(printed);
            let is_alike = pairs.all(|(shown, printed)| fits_json(shown, printed));
            shown.len() == printed.len() && is_alike
        }
        (Value::Object(shown), Value::Object(printed)) => {
            let is_there = |(name, shown)| {
                let printed: Option<&Value> = printed.get(name);
                printed.is_some_and(|printed| fits_json(shown, printed))
            };
            shown.len() == printed.len() && shown.iter().all(is_there)
        }
        _ => shown == printed,
    }
}

/// A bash that doesn't outlive its test, nor does what it started.
struct Typing(Child);

impl Typing {
    fn wait(mut self) {
        let begun = Instant::now();
        while self.0.try_wait().expect("it is a child of ours").is_none() {
            assert!(begun.elapsed() < PATIENCE, "the commands do not end");
            thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for Typing {
    fn drop(&mut self) {
        // Once it has ended, its number may be somebody else's.
        if let Ok(None) = self.0.try_wait() {
            // An error means that it ended just now.
            kill_process_group(Pid::from_child(&self.0), Signal::KILL).ok();
            drop(self.0.wait());
        }
    }
}

#[test]
fn what_is_left_out_stands_for_something() {
    for (shown, printed, is_so) in [
        ("", "", true),
        ("a", "a", true),
        ("a", "b", false),
        ("a…", "ab", true),
        ("a…", "a", false),
        ("…a…", "bab", true),
        ("…a…", "ab", false),
        ("a…b…c", "a1b2b3c", true),
        ("a…b…c", "a1c2b3", false),
    ] {
        assert_eq!(fits(shown, printed), is_so, "{shown} {printed}");
    }
    let json = |text| serde_json::from_str::<Value>(text).expect("it is JSON");
    let shown = json(r#"{ "a": [1, "x…"], "b": null }"#);
    for (printed, is_so) in [
        (r#"{"b":null,"a":[1,"xy"]}"#, true),
        (r#"{"b":null,"a":[1,"y"]}"#, false),
        (r#"{"b":null,"a":[1]}"#, false),
        (r#"{"a":[1,"xy"]}"#, false),
        (r#"{"b":null,"a":[1,"xy"],"c":0}"#, false),
    ] {
        assert_eq!(fits_json(&shown, &json(printed)), is_so, "{printed}");
    }
}
