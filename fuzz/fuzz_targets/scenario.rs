//! An arbitrary text as a scenario file.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crosswire_fuzz::scenario::target(data));
