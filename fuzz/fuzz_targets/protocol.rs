//! Arbitrary bytes, as the server of each protocol reads them.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| crosswire_fuzz::protocol::target(data));
