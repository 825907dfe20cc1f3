//! Arbitrary bytes, as a cache server and as a client read them.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crosswire_fuzz::resp::target(data));
