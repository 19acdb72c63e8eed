//! Which addresses does a load balancer have? Those of the interfaces that the service made for it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use orch_model::kind::NetworkInterface;
use orch_model::{Body, Field, Resource, Uid};

/// What the service writes into the description of a balancer's interface, before the balancer's name.
const MARK: &str = "ELB ";

/// The interfaces of the scope's load balancers.
pub(super) struct Cards<'p> {
    by_name: BTreeMap<&'p str, Vec<&'p NetworkInterface>>,
    by_address: BTreeMap<IpAddr, Vec<(&'p Uid, &'p NetworkInterface)>>,
}

/// The addresses of one balancer.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Owned {
    pub(super) public: Field<Vec<IpAddr>>,
    pub(super) private: Field<Vec<IpAddr>>,
}

impl<'p> Cards<'p> {
    /// Out of the interfaces that were read.
    pub(super) fn of(prior: &'p [Resource]) -> Self {
        let mut cards = Self {
            by_name: BTreeMap::new(),
            by_address: BTreeMap::new(),
        };
        for resource in prior {
            let Body::NetworkInterface(body) = &resource.body else {
                continue;
            };
            for address in body.private_addresses.iter().chain(&body.ipv6_addresses) {
                let there = cards.by_address.entry(*address).or_default();
                there.push((&resource.uid, body));
            }
            // Anybody may describe an interface so; only the service can let it manage it.
            let name = body.description.value();
            if let (true, Some(name)) = (
                body.service_managed,
                name.and_then(|text| text.strip_prefix(MARK)),
            ) {
                cards.by_name.entry(name).or_default().push(body);
            }
        }
        cards
    }

    /// The addresses of the balancer of a name; not read where none of its interfaces was.
    pub(super) fn addresses(&self, name: &str) -> Owned {
        let Some(cards) = self.by_name.get(name) else {
            return Owned::default();
        };
        let six = || cards.iter().flat_map(|card| &card.ipv6_addresses).copied();
        let private = cards.iter().flat_map(|card| &card.private_addresses);
        let public: Option<Vec<&Vec<IpAddr>>> = cards
            .iter()
            .map(|card| card.public_addresses.value())
            .collect();
        let public = public.map(|public| {
            let four = public.into_iter().flatten().copied();
            sorted(four.chain(six().filter(is_public)))
        });
        Owned {
            public: Field::seen(public),
            private: Field::Value(sorted(private.copied().chain(six()))),
        }
    }

    /// The interfaces with an address outside of a network.
    pub(super) fn outside(
        &self,
        address: IpAddr,
        vpc: Option<&Uid>,
    ) -> impl Iterator<Item = &'p Uid> {
        let there = self.by_address.get(&address).into_iter().flatten();
        there
            .filter(move |(_, card)| card.vpc.value() != vpc)
            .map(|(uid, _)| *uid)
    }
}

fn sorted(addresses: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let mut addresses: Vec<IpAddr> = addresses.collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}

/// Whether an IPv6 address is one of the internet, of which 2000::/3 is all.
fn is_public(address: &IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.segments()[0] >> 13 == 1)
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use orch_model::{Provider, Scope};

    use super::*;

    /// An interface of the service.
    pub(in crate::collect) fn card(id: &str, description: &str, managed: bool) -> Resource {
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let body = NetworkInterface {
            attached: true,
            instance: Field::None,
            purpose: "interface".into(),
            service_managed: managed,
            description: Field::Value(description.into()),
            vpc: Field::Value(Uid::new("arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-other")),
            subnet: Field::None,
            firewalls: Vec::new(),
            private_addresses: vec![address("10.0.0.5")],
            public_addresses: Field::Value(vec![address("203.0.113.5")]),
            addresses: Vec::new(),
            memberships: Vec::new(),
            ip_forwarding: Field::None,
            ipv6_addresses: vec![address("fd00::5"), address("2001:db8::5")],
        };
        Resource {
            uid: Uid::new(format!("eni/{id}")),
            scope,
            name: id.into(),
            tags: Field::Value(BTreeMap::new()),
            created_at: Field::NotRead,
            body: body.into(),
            links: Vec::new(),
            seen_from: Vec::new(),
            not_read: None,
        }
    }

    #[test]
    fn a_balancer_has_the_addresses_of_the_services_interfaces() {
        let prior = [
            card("1", "ELB app/shop/1", true),
            card("2", "ELB app/other/1", false),
        ];
        let cards = Cards::of(&prior);
        let owned = cards.addresses("app/shop/1");
        let texts = |field: &Field<Vec<IpAddr>>| -> Vec<String> {
            let addresses = field.value().unwrap();
            addresses.iter().map(ToString::to_string).collect()
        };
        assert_eq!(texts(&owned.public), ["203.0.113.5", "2001:db8::5"]);
        assert_eq!(
            texts(&owned.private),
            ["10.0.0.5", "2001:db8::5", "fd00::5"]
        );
        // One that only says so is nobody's.
        assert_eq!(cards.addresses("app/other/1"), Owned::default());
    }
}
