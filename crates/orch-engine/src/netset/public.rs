//! The public internet as a set, and how much of it a set covers.
//!
//! IPv4 is everything but the blocks that the IANA IPv4 Special-Purpose Address Registry (RFC 6890, RFC
//! 8190) calls not globally reachable, multicast (RFC 5771) and the reserved class E (RFC 1112). IPv6 is
//! 2000::/3, the global unicast space that IANA hands out (RFC 4291).

use std::sync::LazyLock;

use ipnet::IpNet;

use super::Intervals;

/// Address, prefix length: what is no part of the public IPv4 internet.
const NOT_PUBLIC_IPV4: &[([u8; 4], u32)] = &[
    ([0, 0, 0, 0], 8),       // this network
    ([10, 0, 0, 0], 8),      // private
    ([100, 64, 0, 0], 10),   // shared by carriers
    ([127, 0, 0, 0], 8),     // loopback
    ([169, 254, 0, 0], 16),  // link-local
    ([172, 16, 0, 0], 12),   // private
    ([192, 0, 0, 0], 24),    // protocol assignments
    ([192, 0, 2, 0], 24),    // documentation
    ([192, 168, 0, 0], 16),  // private
    ([198, 18, 0, 0], 15),   // benchmarking
    ([198, 51, 100, 0], 24), // documentation
    ([203, 0, 113, 0], 24),  // documentation
    ([224, 0, 0, 0], 4),     // multicast
    ([240, 0, 0, 0], 4),     // reserved, limited broadcast
];

static IPV4: LazyLock<Intervals<u32>> = LazyLock::new(|| {
    Intervals::of(NOT_PUBLIC_IPV4.iter().map(|(address, length)| {
        let first = u32::from_be_bytes(*address);
        (first, first | (u32::MAX >> length))
    }))
    .complement()
});

static IPV6: LazyLock<Intervals<u128>> =
    LazyLock::new(|| Intervals::of([(0x2000 << 112, (0x4000 << 112) - 1)]));

/// The public IPv4 internet.
pub fn public_ipv4() -> &'static Intervals<u32> {
    &IPV4
}

/// The public IPv6 internet.
pub fn public_ipv6() -> &'static Intervals<u128> {
    &IPV6
}

/// Whether a block has addresses of the public internet.
pub fn meets_internet(block: IpNet) -> bool {
    match block {
        IpNet::V4(net) => IPV4.meets(net.network().into(), net.broadcast().into()),
        IpNet::V6(net) => IPV6.meets(net.network().into(), net.broadcast().into()),
    }
}

/// The part of the public IPv4 internet that is in the set, 0 to 1; exactly 1 only for all of it.
pub fn share_ipv4(set: &Intervals<u32>) -> f64 {
    share(set, &IPV4)
}

/// The part of the public IPv6 internet that is in the set, 0 to 1; exactly 1 only for all of it.
pub fn share_ipv6(set: &Intervals<u128>) -> f64 {
    share(set, &IPV6)
}

/// The part of `world` that is in the set.
pub(super) fn share<T: super::Point>(set: &Intervals<T>, world: &Intervals<T>) -> f64 {
    if set.is_empty() {
        return 0.0;
    }
    share_of_inside(&set.intersection(world), world)
}

/// The same of a set that has no other members than `world`.
pub(super) fn share_of_inside<T: super::Point>(set: &Intervals<T>, world: &Intervals<T>) -> f64 {
    if set.is_empty() {
        return 0.0;
    }
    if set == world {
        return 1.0;
    }
    // Rounding must not say "all" of what lacks one address, nor "none" of what has one.
    let share = set.count() as f64 / world.count() as f64;
    share.min(1.0 - f64::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(blocks: &[([u8; 4], u32)]) -> Intervals<u32> {
        Intervals::of(blocks.iter().map(|(address, length)| {
            let first = u32::from_be_bytes(*address);
            (first, first | u32::MAX.checked_shr(*length).unwrap_or(0))
        }))
    }

    #[test]
    fn two_halves_are_the_whole() {
        assert_eq!(
            share_ipv4(&v4(&[([0, 0, 0, 0], 1), ([128, 0, 0, 0], 1)])),
            1.0
        );
        assert_eq!(share_ipv4(&Intervals::all()), 1.0);
        let half = share_ipv4(&v4(&[([0, 0, 0, 0], 1)]));
        assert!(half > 0.5 && half < 0.6, "{half}");
    }

    #[test]
    fn private_blocks_are_nothing() {
        let inside = v4(&[
            ([10, 0, 0, 0], 8),
            ([192, 168, 0, 0], 16),
            ([100, 64, 0, 0], 10),
        ]);
        assert_eq!(share_ipv4(&inside), 0.0);
        assert_eq!(share_ipv4(&inside.complement()), 1.0);
    }

    #[test]
    fn all_but_one_address_is_not_all() {
        let one = v4(&[([8, 8, 8, 8], 32)]);
        assert!(share_ipv4(&one) > 0.0);
        assert!(share_ipv4(&one.complement()) < 1.0);
        let one = Intervals::of([(0x2600u128 << 112, 0x2600u128 << 112)]);
        assert!(share_ipv6(&one) > 0.0);
        assert!(share_ipv6(&one.complement()) < 1.0);
    }

    #[test]
    fn global_unicast_is_the_ipv6_internet() {
        assert_eq!(
            share_ipv6(&Intervals::of([(0x2000 << 112, (0x4000 << 112) - 1)])),
            1.0
        );
        assert_eq!(
            share_ipv6(&Intervals::of([(0xfc00 << 112, u128::MAX)])),
            0.0
        );
    }
}
