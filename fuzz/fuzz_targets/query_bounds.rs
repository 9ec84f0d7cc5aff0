//! Any text as a query: what the bounds accept, the parser survives, and so does the walk of what it parsed.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| cardea::fuzzing::query(text));
