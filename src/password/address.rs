//! The keys under which addresses are counted.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The key of an address. IPv6 addresses are counted per /64, which one client can use as a whole.
pub(super) fn address_key(address: IpAddr) -> String {
    match without_translation(address) {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => prefix(address, 64),
    }
}

/// The key of the network of an IPv6 address, a /48, which one customer can have. `None` for IPv4.
pub(super) fn network_key(address: IpAddr) -> Option<String> {
    match without_translation(address) {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => Some(prefix(address, 48)),
    }
}

fn prefix(address: Ipv6Addr, bits: u32) -> String {
    let rest = 128 - bits;
    format!("{}/{bits}", Ipv6Addr::from_bits(address.to_bits() >> rest << rest))
}

/// The IPv4 address that an IPv6 address stands for: mapped, of NAT64 (`64:ff9b::/96`, RFC 6052) or of 6to4 (`2002::/16`, RFC 3056). All
/// clients of a translator share its prefix, so that they would be counted as one.
fn without_translation(address: IpAddr) -> IpAddr {
    let IpAddr::V6(translated) = address.to_canonical() else { return address.to_canonical() };
    let bits = translated.to_bits();
    #[expect(clippy::cast_possible_truncation, reason = "the 32 bits are those of the IPv4 address")]
    let embedded = |shift: u32| IpAddr::V4(Ipv4Addr::from_bits((bits >> shift) as u32));
    if bits >> 32 == 0x0064_ff9b_0000_0000_0000_0000 {
        embedded(0)
    } else if bits >> 112 == 0x2002 {
        embedded(80)
    } else {
        IpAddr::V6(translated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_have_one_key_and_translated_ones_that_of_their_ipv4_address() {
        let keys = |text: &str| {
            let address = text.parse().expect("an address");
            (address_key(address), network_key(address))
        };
        let network = |address: &str, network: &str| (address.to_owned(), Some(network.to_owned()));
        for ipv4 in ["203.0.113.7", "::ffff:203.0.113.7", "64:ff9b::203.0.113.7", "2002:cb00:7107:1::1"] {
            assert_eq!(keys(ipv4), ("203.0.113.7".to_owned(), None), "{ipv4}");
        }
        assert_eq!(keys("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::/64", "2001:db8:1::/48"));
        assert_eq!(keys("2001:db8:1:3::1"), network("2001:db8:1:3::/64", "2001:db8:1::/48"));
        // The local prefix of RFC 8215 is no translator that is known here.
        assert_eq!(keys("64:ff9b:1::203.0.113.7"), network("64:ff9b:1::/64", "64:ff9b:1::/48"));
    }
}
