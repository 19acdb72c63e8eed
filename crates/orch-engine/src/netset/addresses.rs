//! A set of addresses of both families.

use std::net::IpAddr;

use ipnet::IpNet;
use orch_model::Cidr;

use super::{Intervals, public_ipv4, public_ipv6, share_ipv4, share_ipv6};

/// Addresses of both families.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Addresses {
    /// IPv4.
    pub v4: Intervals<u32>,
    /// IPv6.
    pub v6: Intervals<u128>,
}

impl Addresses {
    /// Every address.
    pub fn all() -> Self {
        Self {
            v4: Intervals::all(),
            v6: Intervals::all(),
        }
    }

    /// The public internet.
    pub fn internet() -> Self {
        Self {
            v4: public_ipv4().clone(),
            v6: public_ipv6().clone(),
        }
    }

    /// The union of the blocks.
    pub fn of<'a>(blocks: impl IntoIterator<Item = &'a Cidr>) -> Self {
        Self::of_nets(blocks.into_iter().map(Cidr::net))
    }

    /// The union of the blocks.
    pub fn of_nets(blocks: impl IntoIterator<Item = IpNet>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for block in blocks {
            match block {
                IpNet::V4(net) => v4.push((net.network().into(), net.broadcast().into())),
                IpNet::V6(net) => v6.push((net.network().into(), net.broadcast().into())),
            }
        }
        Self {
            v4: Intervals::of(v4),
            v6: Intervals::of(v6),
        }
    }

    /// Whether it has no members.
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Whether every address is a member.
    pub fn is_all(&self) -> bool {
        self.v4.is_everything() && self.v6.is_everything()
    }

    /// Whether an address is a member.
    pub fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4.contains(address.into()),
            IpAddr::V6(address) => self.v6.contains(address.into()),
        }
    }

    /// Its members of one family or both.
    #[must_use]
    pub fn of_families(&self, v4: bool, v6: bool) -> Self {
        Self {
            v4: if v4 {
                self.v4.clone()
            } else {
                Intervals::empty()
            },
            v6: if v6 {
                self.v6.clone()
            } else {
                Intervals::empty()
            },
        }
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.intersection(&other.v4),
            v6: self.v6.intersection(&other.v6),
        }
    }

    /// What is in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.union(&other.v4),
            v6: self.v6.union(&other.v6),
        }
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self {
            v4: self.v4.difference(&other.v4),
            v6: self.v6.difference(&other.v6),
        }
    }

    /// Its part of the public internet.
    #[must_use]
    pub fn public(&self) -> Self {
        Self {
            v4: self.v4.intersection(public_ipv4()),
            v6: self.v6.intersection(public_ipv6()),
        }
    }

    /// How much of the public IPv4 and IPv6 internet it covers, each 0 to 1.
    pub fn shares(&self) -> (f64, f64) {
        (share_ipv4(&self.v4), share_ipv6(&self.v6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(blocks: &[&str]) -> Addresses {
        let blocks: Vec<Cidr> = blocks.iter().map(|block| block.parse().unwrap()).collect();
        Addresses::of(&blocks)
    }

    #[test]
    fn blocks_of_both_families_become_one_set() {
        assert_eq!(
            set(&["0.0.0.0/1", "128.0.0.0/1", "2000::/3"]).shares(),
            (1.0, 1.0)
        );
        assert_eq!(set(&["0.0.0.0/0"]).shares(), (1.0, 0.0));
        assert_eq!(set(&["::/0"]).shares(), (0.0, 1.0));
        assert_eq!(set(&["10.0.0.0/8", "fd00::/8"]).shares(), (0.0, 0.0));
        assert!(set(&["10.0.0.0/8", "fd00::/8"]).public().is_empty());
        let mixed = set(&["8.0.0.0/8", "2600::/16"]);
        assert_eq!(mixed.of_families(true, false), set(&["8.0.0.0/8"]));
        assert!(mixed.contains("2600::1".parse().unwrap()));
        assert!(!mixed.contains("9.0.0.1".parse().unwrap()));
        assert_eq!(mixed.intersection(&Addresses::all()), mixed);
        assert_eq!(Addresses::internet().shares(), (1.0, 1.0));
    }

    #[test]
    fn host_bits_do_not_matter() {
        assert_eq!(set(&["10.1.2.3/8"]), set(&["10.0.0.0/8"]));
        assert_eq!(set(&["192.0.2.1"]), set(&["192.0.2.1/32"]));
    }
}
