//! The networks by which requests are counted.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// A prefix under which a NAT64 gateway gives IPv4 clients addresses of IPv6 (RFC 6052), such as `64:ff9b::/96`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nat64Prefix {
    address: Ipv6Addr,
    length: u8,
}

/// The text is not a prefix of NAT64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a prefix of NAT64: write an address of IPv6 and 32, 40, 48, 56, 64 or 96 bits, such as 64:ff9b::/96")]
pub struct InvalidNat64Prefix;

impl Nat64Prefix {
    /// The well-known prefix, `64:ff9b::/96`.
    pub const WELL_KNOWN: Self = Self { address: Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), length: 96 };

    /// The address of IPv4 that an address under this prefix embeds.
    fn embedded_in(self, address: Ipv6Addr) -> Option<Ipv4Addr> {
        let beyond = 128 - u32::from(self.length);
        if address.to_bits() >> beyond != self.address.to_bits() >> beyond {
            return None;
        }
        // Octet 8 is skipped: RFC 6052, 2.2.
        let mut octets =
            address.octets().into_iter().enumerate().skip(usize::from(self.length / 8)).filter(|(at, _)| *at != 8);
        let mut next = || octets.next().map(|(_, octet)| octet);
        Some(Ipv4Addr::new(next()?, next()?, next()?, next()?))
    }
}

impl FromStr for Nat64Prefix {
    type Err = InvalidNat64Prefix;

    fn from_str(text: &str) -> Result<Self, InvalidNat64Prefix> {
        let (address, length) = text.split_once('/').ok_or(InvalidNat64Prefix)?;
        let address: Ipv6Addr = address.parse().map_err(|_| InvalidNat64Prefix)?;
        match length.parse() {
            Ok(length @ (32 | 40 | 48 | 56 | 64 | 96)) => Ok(Self { address, length }),
            _ => Err(InvalidNat64Prefix),
        }
    }
}

impl fmt::Display for Nat64Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

impl fmt::Debug for Nat64Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The networks of an address, as keys of budgets.
pub(crate) struct Network {
    /// The address of IPv4, or the /64 of IPv6, which one client can use as a whole.
    pub(crate) address: String,
    /// The /48 of IPv6, which one customer of a provider can have as a whole.
    pub(crate) network: Option<String>,
}

impl Network {
    /// An address of IPv6 that embeds one of IPv4 counts as that: mapped, of 6to4 (`2002::/16`, RFC 3056), and of NAT64.
    pub(crate) fn of(address: IpAddr, nat64: &[Nat64Prefix]) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self { address: address.to_string(), network: None },
            IpAddr::V6(address) => match embedded(address, nat64) {
                Some(address) => Self { address: address.to_string(), network: None },
                None => Self { address: under(address, 64), network: Some(under(address, 48)) },
            },
        }
    }
}

fn embedded(address: Ipv6Addr, nat64: &[Nat64Prefix]) -> Option<Ipv4Addr> {
    match address.octets() {
        [0x20, 0x02, a, b, c, d, ..] => Some(Ipv4Addr::new(a, b, c, d)),
        _ => nat64.iter().find_map(|prefix| prefix.embedded_in(address)),
    }
}

fn under(address: Ipv6Addr, length: u32) -> String {
    let beyond = 128 - length;
    format!("{}/{length}", Ipv6Addr::from_bits(address.to_bits() >> beyond << beyond))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(address: &str) -> (String, Option<String>) {
        let nat64 = [Nat64Prefix::WELL_KNOWN, "2001:db8:64::/48".parse().expect("a prefix")];
        let network = Network::of(address.parse().expect("an address"), &nat64);
        (network.address, network.network)
    }

    #[test]
    fn addresses_of_one_ipv6_network_have_one_key() {
        let of = |address: &str, network: &str| (address.to_owned(), Some(network.to_owned()));
        assert_eq!(keys("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::/64", "2001:db8:1::/48"));
        assert_eq!(keys("2001:db8:1:2::"), of("2001:db8:1:2::/64", "2001:db8:1::/48"));
        assert_eq!(keys("2001:db8:1:3::1"), of("2001:db8:1:3::/64", "2001:db8:1::/48"));
    }

    #[test]
    fn an_address_of_ipv6_that_embeds_one_of_ipv4_has_its_key() {
        let ipv4 = ("192.0.2.33".to_owned(), None);
        for address in [
            "192.0.2.33",
            "::ffff:192.0.2.33",
            "64:ff9b::192.0.2.33",
            "2002:c000:221::1",
            // RFC 6052, 2.4: the octets after the prefix, without octet 8.
            "2001:db8:64:c000:2:2100::",
        ] {
            assert_eq!(keys(address), ipv4, "{address}");
        }
    }

    #[test]
    fn every_length_of_rfc_6052_finds_the_embedded_address() {
        // Its examples.
        for (prefix, address) in [
            ("2001:db8::/32", "2001:db8:c000:221::"),
            ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
            ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
            ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
            ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"),
            ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"),
        ] {
            let prefix: Nat64Prefix = prefix.parse().expect("a prefix");
            let address = address.parse().expect("an address");
            assert_eq!(prefix.embedded_in(address), Some(Ipv4Addr::new(192, 0, 2, 33)), "{prefix}");
        }
        for text in ["", "64:ff9b::", "64:ff9b::/95", "64:ff9b::/128", "192.0.2.0/24", "::/x"] {
            assert_eq!(text.parse::<Nat64Prefix>(), Err(InvalidNat64Prefix), "{text}");
        }
    }
}
