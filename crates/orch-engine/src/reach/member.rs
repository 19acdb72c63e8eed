//! Whether a rule means what stands behind it: its addresses and what it is known by.

use std::net::IpAddr;

use orch_model::kind::{FirewallRule, NetworkInterface};
use orch_model::{Field, Text};

use super::admission::{Admission, untold};
use super::ground::set_of;
use super::path::families;
use super::rules::{Sources, matches};
use crate::netset::Addresses;

/// What stands behind a firewall, as far as rules tell it apart.
pub(super) struct Member<'s> {
    /// Its own addresses; none where they are not known.
    pub(super) private: Option<Vec<IpAddr>>,
    /// IPv6 addresses, which are public and its own at once.
    pub(super) v6: &'s [IpAddr],
    /// Public addresses that it does not see itself: those of a load balancer before it.
    pub(super) front: Field<&'s [IpAddr]>,
    pub(super) memberships: &'s [Text],
}

impl<'s> Member<'s> {
    pub(super) fn of(body: &'s NetworkInterface) -> Self {
        Self {
            private: Some(body.private_addresses.clone()),
            v6: &body.ipv6_addresses,
            front: Field::None,
            memberships: &body.memberships,
        }
    }

    fn carries(&self, rule: &FirewallRule) -> bool {
        rule.members
            .iter()
            .any(|name| self.memberships.contains(name))
    }

    /// What a rule of Azure matches: it means all, or an address of the packet's family, or a group.
    pub(super) fn matches_azure(&self, rule: &FirewallRule, sources: &Sources) -> Admission {
        if rule.local_blocks.is_empty() && rule.members.is_empty() || self.carries(rule) {
            return matches(rule, sources);
        }
        let Some(private) = &self.private else {
            if rule.local_blocks.is_empty() {
                return Admission::nothing();
            }
            let all = matches(rule, sources);
            return Admission::perhaps(
                all.possible(),
                untold("private_addresses", "the provider did not tell"),
            );
        };
        let mut meant = set_of(private).union(&set_of(self.v6));
        meant = meant.intersection(&Addresses::of(&rule.local_blocks));
        let of = families(!meant.v4.is_empty(), !meant.v6.is_empty());
        matches(rule, sources).only_from(&of)
    }

    /// What a rule of Google Cloud matches: one of its members is meant, and the address to which the packet
    /// goes. A load balancer that hands packets on leaves its own address on them.
    pub(super) fn matches_google(&self, rule: &FirewallRule, sources: &Sources) -> Admission {
        if !rule.members.is_empty() && !self.carries(rule) {
            return Admission::nothing();
        }
        let all = matches(rule, sources);
        if rule.local_blocks.is_empty() {
            return all;
        }
        let addressed = match self.front {
            Field::Value(front) => set_of(front),
            Field::None => {
                set_of(self.private.as_deref().unwrap_or_default()).union(&set_of(self.v6))
            }
            Field::NotRead => {
                return Admission::perhaps(
                    all.possible(),
                    untold("public_addresses", "the provider did not tell"),
                );
            }
        };
        let meant = addressed.intersection(&Addresses::of(&rule.local_blocks));
        all.only_from(&families(!meant.v4.is_empty(), !meant.v6.is_empty()))
    }
}
