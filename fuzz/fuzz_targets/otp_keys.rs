//! Parsed keys are not shown by Debug; malformed text is an error and no panic.
#![no_main]

use barqnet_db::otp::OtpKeys;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(keys) = text.parse::<OtpKeys>() {
        let shown = format!("{keys:?}");
        for pair in text.split(',') {
            let secret = pair.split_once(':').expect("a pair").1.trim();
            assert!(secret.len() >= 64 && !shown.contains(secret));
        }
    }
});
