//! Parsed text is six ASCII digits, and is the text of its code.
#![no_main]

use barqnet_db::otp::OtpCode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(code) = text.parse::<OtpCode>() {
        assert_eq!(code.expose(), text);
        assert!(text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()));
    }
});
