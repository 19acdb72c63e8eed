//! Which packets are worth asking about? Those at the ends of every block and range of ports, and beside them.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use orch_model::{Cidr, Resource};
use serde_json::Value;

use crate::brute::Packet;
use crate::dice::Dice;

/// Where an answer can change.
#[derive(Debug, Default)]
pub(crate) struct Ends {
    /// First and last address of every block, and their neighbours; not only public ones.
    pub(crate) addresses: BTreeSet<IpAddr>,
    /// First and last port of every range, and their neighbours.
    pub(crate) ports: BTreeSet<u16>,
}

/// The ends of everything that the resources name: whatever reads as a block or stands in a member for ports.
pub(crate) fn ends(resources: &[Resource]) -> Ends {
    let mut ends = Ends::default();
    ends.port(0);
    ends.port(i64::from(u16::MAX));
    for resource in resources {
        if let Ok(body) = serde_json::to_value(&resource.body) {
            ends.walk("", &body);
        }
    }
    ends
}

impl Ends {
    fn walk(&mut self, member: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                for (member, value) in members {
                    self.walk(member, value);
                }
            }
            Value::Array(items) => {
                for item in items {
                    self.walk(member, item);
                }
            }
            Value::Number(number) if matches!(member, "from_port" | "to_port" | "port") => {
                self.port(number.as_i64().unwrap_or(0));
            }
            Value::String(text) => {
                if let Ok(block) = text.parse::<Cidr>() {
                    self.block(&block);
                }
            }
            _ => {}
        }
    }

    fn port(&mut self, port: i64) {
        let near = [port - 1, port, port + 1];
        self.ports
            .extend(near.iter().filter_map(|port| u16::try_from(*port).ok()));
    }

    fn block(&mut self, block: &Cidr) {
        let net = block.net();
        match (net.network(), net.broadcast()) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                let (first, last) = (first.to_bits(), last.to_bits());
                let near = [
                    first.checked_sub(1),
                    Some(first),
                    Some(last),
                    last.checked_add(1),
                ];
                let near = near.into_iter().flatten().map(Ipv4Addr::from_bits);
                self.addresses.extend(near.map(IpAddr::V4));
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                let (first, last) = (first.to_bits(), last.to_bits());
                let near = [
                    first.checked_sub(1),
                    Some(first),
                    Some(last),
                    last.checked_add(1),
                ];
                let near = near.into_iter().flatten().map(Ipv6Addr::from_bits);
                self.addresses.extend(near.map(IpAddr::V6));
            }
            _ => {}
        }
    }
}

/// Blocks of which an address is not for certain a host on the public internet: private and special ones,
/// and those on which lists of special addresses differ.
const NOT_PUBLIC: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
    "::/3",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "2620:4f:8000::/48",
    "3ffe::/16",
    "3fff::/20",
    "4000::/2",
    "8000::/1",
];

/// Whether an address is for certain one on the public internet.
pub(crate) fn is_public(address: IpAddr) -> bool {
    thread_local! {
        static BLOCKS: Vec<Cidr> =
            NOT_PUBLIC.iter().filter_map(|block| block.parse().ok()).collect();
    }
    BLOCKS.with(|blocks| !crate::brute::within(blocks, address))
}

/// Packets to ask about: mostly at the ends, some from anywhere.
pub(crate) fn packets(resources: &[Resource], dice: &mut Dice, count: usize) -> Vec<Packet> {
    let ends = ends(resources);
    let addresses: Vec<IpAddr> = ends
        .addresses
        .into_iter()
        .filter(|one| is_public(*one))
        .collect();
    let (v4, v6): (Vec<IpAddr>, Vec<IpAddr>) = addresses.iter().partition(|one| one.is_ipv4());
    let ports: Vec<u16> = ends.ports.into_iter().collect();
    let mut packets = BTreeSet::new();
    for _ in 0..count {
        let family = if dice.chance(70) { &v4 } else { &v6 };
        let from = if family.is_empty() || dice.chance(15) {
            anywhere(dice)
        } else {
            dice.pick(family)
        };
        let protocol = dice.pick(&[6, 6, 6, 6, 6, 6, 17, 17, 1, 58, 47, 50]);
        let port = if protocol != 6 && protocol != 17 && dice.chance(80) {
            0
        } else {
            dice.pick(&ports)
        };
        packets.insert(Packet {
            protocol,
            port,
            from,
        });
    }
    packets.into_iter().collect()
}

fn anywhere(dice: &mut Dice) -> IpAddr {
    loop {
        let bits = (u128::from(dice.next()) << 64) | u128::from(dice.next());
        let address = if dice.chance(60) {
            IpAddr::V4(Ipv4Addr::from_bits((bits & 0xffff_ffff) as u32))
        } else {
            IpAddr::V6(Ipv6Addr::from_bits(bits >> 3 | 1 << 125))
        };
        if is_public(address) {
            return address;
        }
    }
}
