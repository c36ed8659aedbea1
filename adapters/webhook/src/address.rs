//! Which addresses may be connected to: public ones. Judges numbers, never names; looks nothing up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// How far deliveries reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Public addresses, by `https` only.
    #[default]
    Public,
    /// For development and tests: also `127.0.0.0/8` and `::1`, there also by plain `http` and on any port. Nothing else
    /// that is private.
    PublicAndLoopback,
}

/// What is not public of IPv4, with what it is.
const REFUSED_V4: &[(Ipv4Addr, u32, &str)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, "this network"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "private"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "a carrier's private network"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "loopback"),
    (Ipv4Addr::new(168, 63, 129, 16), 32, "a cloud's host"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "link-local"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "private"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "reserved for protocols"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "documentation"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a relay between protocols"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "private"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "benchmarking"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "documentation"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved"),
];

/// What is not public of IPv6, with what it is, for a message. Whatever lies outside `2000::/3` is refused anyway.
const REFUSED_V6: &[(Ipv6Addr, u32, &str)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "this network"),
    (Ipv6Addr::LOCALHOST, 128, "loopback"),
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96, "an IPv4 address in disguise"),
    (Ipv6Addr::UNSPECIFIED, 96, "an IPv4 address in disguise"),
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, "a local translation of IPv4"),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64, "discarded"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "reserved for protocols"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "documentation"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "a tunnel to IPv4"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "documentation"),
    (Ipv6Addr::new(0x5f00, 0, 0, 0, 0, 0, 0, 0), 16, "segment routing"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "private"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "link-local"),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, "site-local"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "multicast"),
];

/// Addresses that networks without IPv4 use for it; what they hold is judged as the IPv4 address that it is.
const TRANSLATED: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);
const GLOBAL: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is wrong with connecting to `address`; nothing if it may be connected to.
pub(crate) fn problem(address: IpAddr, reach: Reach) -> Option<&'static str> {
    if reach == Reach::PublicAndLoopback && address.is_loopback() {
        return None;
    }
    match address {
        IpAddr::V4(address) => problem_v4(address),
        IpAddr::V6(address) => problem_v6(address),
    }
}

fn problem_v4(address: Ipv4Addr) -> Option<&'static str> {
    let within = |&&(network, prefix, _): &&(Ipv4Addr, u32, _)| {
        let differ = address.to_bits() ^ network.to_bits();
        differ.checked_shr(32 - prefix).unwrap_or(0) == 0
    };
    REFUSED_V4.iter().find(within).map(|(_, _, what)| *what)
}

fn problem_v6(address: Ipv6Addr) -> Option<&'static str> {
    let within = |network: Ipv6Addr, prefix: u32| {
        let differ = address.to_bits() ^ network.to_bits();
        differ.checked_shr(128 - prefix).unwrap_or(0) == 0
    };
    if within(TRANSLATED.0, TRANSLATED.1) {
        return problem_v4(last_four(address));
    }
    let refused = REFUSED_V6.iter().find(|(network, prefix, _)| within(*network, *prefix));
    if let Some((_, _, what)) = refused {
        return Some(what);
    }
    if !within(GLOBAL.0, GLOBAL.1) {
        return Some("reserved");
    }
    // ISATAP: any prefix, and behind it an IPv4 address that a router would tunnel to.
    let [.., a, b, _, _] = address.segments();
    (matches!(a, 0 | 0x200) && b == 0x5efe).then_some("a tunnel to IPv4")
}

fn last_four(address: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = address.octets();
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, reach: Reach) -> bool {
        problem(text.parse().unwrap(), reach).is_some()
    }

    #[test]
    fn a_range_ends_where_its_last_address_is() {
        // The last allowed address before, the first and the last refused, and the first allowed behind.
        for (before, first, last, behind) in [
            ("", "0.0.0.0", "0.255.255.255", "1.0.0.0"),
            ("9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"),
            ("100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"),
            ("126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"),
            ("168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17"),
            ("169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"),
            ("172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"),
            ("191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"),
            ("192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"),
            ("192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"),
            ("192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"),
            ("198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"),
            ("198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"),
            ("203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"),
            ("223.255.255.255", "224.0.0.0", "255.255.255.255", ""),
            ("", "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"),
            ("2000:ffff::", "2001::", "2001:1ff:ffff::", "2001:200::"),
            ("2001:db7:ffff::", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"),
            ("2001:ffff::", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"),
            ("3ffe:ffff::", "3fff::", "3fff:fff:ffff::", "3fff:1000::"),
            ("3fff:ffff::", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""),
        ] {
            for address in [first, last] {
                assert!(refused(address, Reach::Public), "{address}");
            }
            for address in [before, behind].into_iter().filter(|address| !address.is_empty()) {
                assert!(!refused(address, Reach::Public), "{address}");
            }
        }
    }

    #[test]
    fn an_ipv4_address_inside_an_ipv6_one_is_found() {
        for address in [
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:93.184.215.14",
            "::127.0.0.1",
            "::10.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::10.1.2.3",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::93.184.215.14",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2001:0:4136:e378:8000:63bf:f5ff:fffe",
            "2600::5efe:10.0.0.1",
            "2600::200:5efe:192.168.0.1",
        ] {
            assert!(refused(address, Reach::PublicAndLoopback), "{address}");
        }
        for address in ["64:ff9b::93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2600::1:5efe:a00:1"] {
            assert!(!refused(address, Reach::Public), "{address}");
        }
    }

    #[test]
    fn the_development_switch_opens_loopback_and_nothing_else() {
        for address in ["127.0.0.1", "127.8.9.10", "::1"] {
            assert!(refused(address, Reach::Public) && !refused(address, Reach::PublicAndLoopback), "{address}");
        }
        for address in
            ["0.0.0.0", "10.0.0.1", "192.168.1.1", "169.254.169.254", "::", "fe80::1", "fd00::1", "::ffff:127.0.0.1"]
        {
            assert!(refused(address, Reach::PublicAndLoopback), "{address}");
        }
    }
}
