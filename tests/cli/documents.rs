//! What the documents tell a reader to type, typed: the commands run, and print what stands below them.

mod markdown;
mod shell;

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use crate::place::Place;

use self::shell::Shell;

#[test]
fn the_first_five_minutes_are_as_the_readme_tells() {
    let place = Place::new();
    let server = place.serve(&[]);
    let readme = read("README.md");
    let section = markdown::section(&readme, "The first five minutes");
    Shell::at(&place, server.address).type_all(section);
}

#[test]
fn the_command_line_is_as_the_readme_tells() {
    let place = Place::new();
    let readme = read("README.md");
    let section = markdown::section(&readme, "The command line");
    Shell::at(&place, nobody()).type_all(section);
}

#[test]
fn logging_out_is_as_its_page_tells() {
    let place = Place::new();
    Shell::at(&place, nobody()).type_all(&read("docs/logout.md"));
}

fn read(document: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    fs::read_to_string(path).expect("it is a file of this repository")
}

/// An address where nobody listens, for what the page itself starts.
fn nobody() -> SocketAddr {
    let free = TcpListener::bind("127.0.0.1:0").expect("some port is free");
    free.local_addr().expect("it listens")
}
