//! Parsed text is in E.164 form, and is the text of its number.
#![no_main]

use barqnet_db::PhoneNumber;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(number) = text.parse::<PhoneNumber>() {
        assert_eq!(number.as_str(), text);
        let digits = text.strip_prefix('+').expect("a plus");
        assert!((7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(!format!("{number:?}").contains(digits), "Debug shows the number");
    }
});
