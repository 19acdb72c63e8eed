//! The words for a step that packets pass, or for what keeps them out.

use std::fmt;
use std::net::IpAddr;

use orch_model::kind::{AclEntry, FirewallRule, Listener, Route, RuleAction};
use orch_model::{Field, Text, Uid};

/// A step on a way, or its end. Written out only when somebody asks.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Mark<'s> {
    /// Nothing uses the interface.
    NotAttached,
    /// There is no interface.
    NoInterface,
    /// Nothing listens.
    NoListener,
    /// There is no address that the internet knows.
    NoPublicAddress,
    /// An address that the internet knows.
    Address(IpAddr),
    /// The account's block of the internet.
    BlockedInternet(&'s Uid),
    /// A route by which answers leave.
    Route(&'s Route, &'s Uid),
    /// The provider's own route to the internet.
    SystemRoute,
    /// No route by which answers could leave.
    NoRoute,
    /// An entry of a network ACL.
    AclEntry(&'s AclEntry, &'s Uid),
    /// A network ACL, for arriving packets.
    Acl(&'s Uid),
    /// A network ACL, for answers.
    AclAnswers(&'s Uid),
    /// A rule of a firewall.
    Rule(&'s FirewallRule, &'s Uid),
    /// Firewalls together.
    Firewalls(&'s [Uid]),
    /// One firewall.
    Firewall(&'s Uid),
    /// The rules of a network.
    NetworkRules,
    /// That there is no firewall, and what the tier makes of it.
    NoFirewall(Text),
    /// A listener of a load balancer, and the port of its targets.
    Balancer(&'s Uid, &'s Listener, Field<i64>),
    /// A load balancer that the internet does not reach.
    InnerBalancer(&'s Uid),
    /// Something that is missing or not followed.
    NotKnown,
}

impl fmt::Display for Mark<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAttached => f.write_str("nothing uses the interface"),
            Self::NoInterface => f.write_str("it has no network interface"),
            Self::NoListener => f.write_str("nothing listens"),
            Self::NoPublicAddress => f.write_str("no public address"),
            Self::Address(address) => write!(f, "public address {address}"),
            Self::BlockedInternet(of) => write!(f, "the block of the internet on {}", of.short()),
            Self::Route(route, table) => {
                let target = route.target.value().unwrap_or(&route.via);
                write!(
                    f,
                    "route {} via {target} in {}",
                    route.destination,
                    table.short()
                )
            }
            Self::SystemRoute => f.write_str("the network's own route to the internet"),
            Self::NoRoute => f.write_str("no route from an internet gateway"),
            Self::AclEntry(entry, acl) => {
                let way = if entry.egress { "answers" } else { "entry" };
                write!(f, "network ACL {}, {way} {}: ", acl.short(), entry.number)?;
                what(f, &entry.protocol, &entry.from_port, &entry.to_port)?;
                write!(f, " {}", entry.block)
            }
            Self::Acl(acl) => write!(f, "network ACL {}", acl.short()),
            Self::AclAnswers(acl) => {
                write!(f, "network ACL {}, which refuses answers", acl.short())
            }
            Self::Rule(rule, of) => {
                write!(f, "firewall {}", of.short())?;
                if let Field::Value(name) = &rule.name {
                    write!(f, ", {name}")?;
                }
                f.write_str(": ")?;
                if rule.action != RuleAction::Allow {
                    f.write_str("always ")?;
                }
                what(f, &rule.protocol, &rule.from_port, &rule.to_port)?;
                for (place, peer) in peers(rule).enumerate() {
                    // A rule can name thousands; the first tell which it is.
                    match place {
                        0 => write!(f, " {peer}")?,
                        1..8 => write!(f, ", {peer}")?,
                        8 => f.write_str(", …")?,
                        _ => break,
                    }
                }
                Ok(())
            }
            Self::Firewalls([]) => f.write_str("no firewall admits anything"),
            Self::Firewalls(several) => {
                let names: Vec<_> = several.iter().map(Uid::short).collect();
                write!(f, "firewall {}", names.join(", "))
            }
            Self::Firewall(of) => write!(f, "firewall {}", of.short()),
            Self::NetworkRules => f.write_str("the firewall rules of the network"),
            Self::NoFirewall(tier) => write!(f, "no firewall, and the tier {tier}"),
            Self::Balancer(of, listener, port) => {
                write!(f, "load balancer {}, {}: ", of.short(), listener.name)?;
                let ports = (
                    Field::Value(listener.from_port),
                    Field::Value(listener.to_port),
                );
                what(f, &listener.protocol, &ports.0, &ports.1)?;
                match port {
                    Field::Value(port) => write!(f, " to port {port}"),
                    Field::NotRead => f.write_str(" to a port that is not known"),
                    Field::None => Ok(()),
                }
            }
            Self::InnerBalancer(of) => {
                write!(
                    f,
                    "load balancer {}, which is not on the internet",
                    of.short()
                )
            }
            Self::NotKnown => f.write_str("what is not known"),
        }
    }
}

/// Whom a rule names.
fn peers(rule: &FirewallRule) -> impl Iterator<Item = String> + '_ {
    let blocks = rule.blocks.iter().map(ToString::to_string);
    let names = rule.peers.iter().map(ToString::to_string);
    let lists = rule.prefix_lists.iter().map(|list| list.id.to_string());
    let firewalls = rule.firewalls.iter().map(|uid| uid.short().to_owned());
    blocks.chain(names).chain(lists).chain(firewalls)
}

/// Protocol and ports as a person writes them.
fn what(
    f: &mut fmt::Formatter<'_>,
    protocol: &str,
    from_port: &Field<i64>,
    to_port: &Field<i64>,
) -> fmt::Result {
    let port = |port: &Field<i64>| port.value().copied().filter(|port| *port >= 0);
    match (port(from_port), port(to_port)) {
        (Some(0), Some(65_535)) | (None, _) | (_, None) => f.write_str(protocol),
        (Some(from), Some(to)) if from == to => write!(f, "{protocol} {from}"),
        (Some(from), Some(to)) => write!(f, "{protocol} {from}-{to}"),
    }
}
