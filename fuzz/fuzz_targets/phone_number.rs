//! A parsed number is in E.164 form, and its text is that of the number again.
#![no_main]

use barqnet_db::PhoneNumber;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(number) = text.parse::<PhoneNumber>() {
        assert_eq!(number.as_str().parse::<PhoneNumber>().as_ref(), Ok(&number));
        let digits = number.as_str().strip_prefix('+').expect("a plus");
        assert!((7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(!format!("{number:?}").contains(digits), "Debug shows the number");
    }
});
