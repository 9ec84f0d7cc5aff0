//! Any bytes as an `Authorization` header: they are refused, and nothing panics or takes long.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| cardea::fuzzing::bearer(bytes));
