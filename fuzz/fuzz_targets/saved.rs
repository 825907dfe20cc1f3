//! An arbitrary text as a saved run.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crosswire_fuzz::saved::target(data));
