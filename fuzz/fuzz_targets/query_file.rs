//! Any text is read as a query file or refused, and what is sent has the tokens of the file.
#![no_main]

use barqnet_db_codegen::fuzzing::{flatten, read_query_file};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    read_query_file(text);
    read_query_file(&format!("-- x\n\n--! q\n--- d\n{text};\n"));
    read_query_file(&format!("-- x\n\n--! {text}\n--- d\nSELECT 1;\n"));
    flatten(text);
});
