//! `--help`, `--version`, `schema`: what the command says of itself.

use std::fs::File;
use std::process::Stdio;

use crate::place::{Place, Running};

/// Every command, as it is typed.
const COMMANDS: [&[&str]; 32] = [
    &[],
    &["serve"],
    &["migrate"],
    &["migrate", "up"],
    &["migrate", "status"],
    &["user"],
    &["user", "create"],
    &["user", "list"],
    &["user", "suspend"],
    &["user", "reinstate"],
    &["user", "set-password"],
    &["user", "logout"],
    &["user", "delete"],
    &["keys"],
    &["keys", "list"],
    &["keys", "rotate"],
    &["keys", "revoke"],
    &["application"],
    &["application", "create"],
    &["application", "list"],
    &["application", "update"],
    &["application", "rotate-secret"],
    &["application", "disable"],
    &["application", "enable"],
    &["grant"],
    &["grant", "add"],
    &["grant", "remove"],
    &["grant", "show"],
    &["doctor"],
    &["schema"],
    &["config", "check"],
    &["config", "example"],
];

fn help_of(place: &Place, command: &[&str]) -> String {
    place.run(&[command, &["--help"]].concat()).succeeded()
}

#[test]
fn help_names_every_command_and_what_happens_without_one() {
    let help = help_of(&Place::new(), &[]);
    for word in [
        "serve",
        "migrate",
        "user",
        "application",
        "grant",
        "keys",
        "doctor",
        "schema",
        "config",
    ] {
        assert!(help.contains(&format!("\n  {word} ")), "{word}: {help}");
    }
    for word in [
        "http://127.0.0.1:8080",
        "./data",
        "cardea.toml",
        "CARDEA__HTTP__LISTEN",
    ] {
        assert!(help.contains(word), "{word}: {help}");
    }
}

#[test]
fn help_says_of_each_argument_what_it_is() {
    let place = Place::new();
    let mut silent = Vec::new();
    for command in COMMANDS {
        let help = help_of(&place, command);
        let lines: Vec<_> = help.lines().map(str::trim).collect();
        for (line, next) in lines.iter().zip(lines[1..].iter().chain([&""])) {
            // `<NAME>` or `--name <NAME>`; what it is stands beside it, or below.
            let is_argument = line.starts_with(['<', '-']);
            let is_bare = line.ends_with('>') || !line.contains("  ") && line.ends_with(']');
            if is_argument && is_bare && (next.is_empty() || next.starts_with(['<', '-'])) {
                silent.push(format!("cardea {} {line}", command.join(" ")));
            }
        }
    }
    assert!(silent.is_empty(), "say what these are: {silent:#?}");
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = Place::new().run(&["--version"]).succeeded();
    assert_eq!(version, format!("cardea {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_schema_is_printed_without_touching_anything() {
    let place = Place::new();
    let schema = place.run(&["schema"]).succeeded();
    assert_eq!(schema, cardea::graphql::sdl());
    assert!(!place.holds("data"));
}

#[test]
fn what_is_no_command_is_refused_with_a_hint() {
    let place = Place::new();
    for arguments in [
        &["frobnicate"][..],
        &["user"],
        &["user", "create"],
        &["--frob"],
    ] {
        let outcome = place.run(arguments);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert_eq!(outcome.out, "");
        assert!(outcome.err.contains("Usage: cardea"), "{outcome:?}");
    }
    assert!(!place.holds("data"));
}

#[test]
#[cfg(target_os = "linux")]
fn an_output_that_is_full_is_one_sentence() {
    let place = Place::new();
    place.create("alice@example.com");
    for arguments in [&["schema"][..], &["user", "list"], &["config", "example"]] {
        let mut command = place.command(arguments);
        let full = File::options().write(true).open("/dev/full");
        command.stdout(full.expect("Linux has it"));
        let child = command.stderr(Stdio::piped()).spawn();
        let output = child
            .and_then(std::process::Child::wait_with_output)
            .expect("the binary was built for this test");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {err}");
        assert_eq!(err.lines().count(), 1, "{arguments:?}: {err}");
        assert!(err.starts_with("cardea: "), "{arguments:?}: {err}");
    }
}

#[test]
fn a_reader_who_has_seen_enough_is_no_panic() {
    let place = Place::new();
    let (reader, writer) = std::io::pipe().expect("the system has pipes");
    drop(reader);
    let mut command = place.command(&["schema"]);
    let log = File::create(place.path("log")).expect("a temporary folder can be written");
    let mut child = Running::start(command.stdout(writer).stderr(log));
    child.wait();
    let log = place.read("log");
    assert!(!log.contains("panicked"), "{log}");
    assert!(log.lines().count() <= 1, "{log}");
}
