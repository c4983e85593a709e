#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| formpost_fuzz::part_headers(input));
