//! Parsed tokens and tickets are 64 hexadecimal digits, whose text is in lower case.
#![no_main]

use barqnet_db::{otp::Ticket, sessions::Token};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (token, ticket) = (text.parse::<Token>(), text.parse::<Ticket>());
    assert_eq!(token.is_ok(), ticket.is_ok());
    if let (Ok(token), Ok(ticket)) = (token, ticket) {
        assert_eq!(token.expose(), text.to_ascii_lowercase());
        assert_eq!(ticket.expose(), token.expose());
        assert_eq!(ticket.hash(), token.hash());
        assert_ne!(token.hash().as_str(), token.expose());
    }
});
