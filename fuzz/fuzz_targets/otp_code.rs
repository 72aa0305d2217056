//! Parsed text is six characters; a code is six ASCII digits, and its text is read as the same code.
#![no_main]

use barqnet_db::otp::OtpCode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(code) = text.parse::<OtpCode>() {
        let digits = code.expose();
        assert_eq!(text.chars().count(), 6);
        assert!(digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(!text.is_ascii() || text == digits);
        assert_eq!(digits.parse::<OtpCode>().expect("the text of a code").expose(), digits);
    }
});
