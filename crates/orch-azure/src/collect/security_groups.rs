//! network.firewall: network security groups with their rules and those that Azure adds.

use orch_collect::CollectorSpec;
use orch_model::kind::{FirewallRule, FirewallStage, NetworkFirewall, RuleAction};
use orch_model::{Cidr, Dataset, Field, Kind, Reach, Relation, Resource, Text, Uid};

use super::list::{ArmList, Around, Element, Source, free};
use crate::convert::{links, protocol, references, resource, sorted};
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Network/networkSecurityGroups/read";

/// Network security groups.
pub(super) struct SecurityGroups;

impl ArmList for SecurityGroups {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "network.security-groups",
        service: "network",
        datasets: &[Dataset::Kind(Kind::NetworkFirewall)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Network/networkSecurityGroups",
        "2024-05-01",
    );

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let found = found.node();
        let (mut ingress, mut egress) = (Vec::new(), Vec::new());
        for list in ["securityRules", "defaultSecurityRules"] {
            for rule in found.list(&format!("properties.{list}"))? {
                let inbound = direction(rule)?;
                let rules = if inbound { &mut ingress } else { &mut egress };
                rules.extend(self::rules(rule, inbound)?);
            }
        }
        let named = sorted(
            ingress
                .iter()
                .chain(&egress)
                .flat_map(|rule: &FirewallRule| rule.firewalls.iter().cloned()),
        );
        for rules in [&mut ingress, &mut egress] {
            rules.sort_by(|one, other| order(one).cmp(&order(other)));
        }
        let body = NetworkFirewall {
            description: Field::None,
            stage: FirewallStage::NetworkSecurityGroup,
            guards: Vec::new(),
            vpc: Field::None,
            is_default: false,
            ingress,
            egress,
        };
        let links = links(Relation::Refers, &named);
        Ok(vec![resource(
            around.names,
            found,
            Field::NotRead,
            body,
            links,
        )?])
    }
}

/// Whether a rule is for arriving traffic.
pub(super) fn direction(rule: Node<'_>) -> Result<bool, Malformed> {
    match rule.word("properties.direction", &["Inbound"])? {
        Some(inbound) => Ok(inbound),
        None => Err(rule.missing("properties.direction")),
    }
}

/// By what rules are sorted: their places, then their parts.
pub(super) fn order(rule: &FirewallRule) -> impl Ord + '_ {
    (
        rule.priority.value(),
        rule.name.value(),
        rule.from_port.value(),
        rule.to_port.value(),
        &rule.protocol,
    )
}

/// One side of a rule.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// Whether it is everything.
    all: bool,
    blocks: Vec<Cidr>,
    /// Service tags.
    tags: Vec<Text>,
    /// Application security groups.
    groups: Vec<Uid>,
}

impl Side {
    /// Of blocks, service tags and words for everything.
    pub(super) fn of<'p>(prefixes: impl IntoIterator<Item = &'p str>, groups: Vec<Uid>) -> Self {
        let mut side = Self {
            groups,
            ..Self::default()
        };
        for prefix in prefixes {
            let prefix = prefix.trim();
            if prefix == "*" || prefix.eq_ignore_ascii_case("any") || prefix == "0.0.0.0/0" {
                side.all = true;
                side.blocks.extend(everywhere());
            } else if let Ok(block) = prefix.parse::<Cidr>() {
                side.blocks.push(block);
            } else if !prefix.is_empty() {
                side.tags.push(tag(prefix));
            }
        }
        side.blocks.sort_unstable();
        side.blocks.dedup();
        side.tags.sort_unstable();
        side.tags.dedup();
        side
    }
}

/// Whom and which ports a rule is about.
#[derive(Debug)]
pub(super) struct Terms {
    pub(super) source: Side,
    pub(super) destination: Side,
    pub(super) source_ports: Vec<Range>,
    pub(super) ports: Vec<Range>,
}

/// A rule of a network security group.
fn rules(rule: Node<'_>, inbound: bool) -> Result<Vec<FirewallRule>, Malformed> {
    let of = rule.at("properties")?;
    let name = rule.text("name")?.map(Text::new);
    let mut made = FirewallRule::of(protocol(of.required("protocol")?), Field::None, Field::None);
    made.name = Field::read(name);
    made.action = match of.required("access")? {
        access if access.eq_ignore_ascii_case("Allow") => RuleAction::Allow,
        access if access.eq_ignore_ascii_case("Deny") => RuleAction::Deny,
        _ => return Err(of.bad("access")),
    };
    let priority = of.int("priority")?;
    made.priority = Field::Value(priority.ok_or_else(|| of.missing("priority"))?);
    made.description = of.read_text("description")?;
    let terms = Terms {
        source: side(of, "source")?,
        destination: side(of, "destination")?,
        source_ports: ports(of, "source")?,
        ports: ports(of, "destination")?,
    };
    Ok(each(made, terms, inbound))
}

/// A rule of Azure: one of ours for each range of ports, and each protocol that has some.
pub(super) fn each(mut made: FirewallRule, terms: Terms, inbound: bool) -> Vec<FirewallRule> {
    let (peers, local) = if inbound {
        (terms.source, terms.destination)
    } else {
        (terms.destination, terms.source)
    };
    made.some_source_ports = !terms.source_ports.iter().all(|range| is_all(*range));
    if !peers.all && peers.blocks.is_empty() && peers.tags.is_empty() && peers.groups.is_empty() {
        made.unmodelled.push(Text::new_static("peers not told"));
    }
    made.blocks = peers.blocks;
    made.peers = peers.tags;
    made.firewalls = sorted(peers.groups);
    // Whatever is guarded is in the virtual network.
    let everybody = local.all || local.tags.iter().any(|tag| tag == "VirtualNetwork");
    if !everybody {
        made.local_blocks = local.blocks;
        made.members = sorted(local.groups)
            .iter()
            .map(|group| Text::new(group.as_str()))
            .collect();
        made.unmodelled
            .extend(local.tags.iter().map(|tag| Text::from(format!("to {tag}"))));
    }
    let mut ranges = terms.ports;
    if ranges.iter().any(|range| is_all(*range)) {
        ranges = vec![None];
    }
    if ranges.is_empty() {
        (made.from_port, made.to_port) = (Field::NotRead, Field::NotRead);
        return vec![made];
    }
    let mut each = Vec::with_capacity(ranges.len());
    for range in ranges {
        // Only two protocols have ports: any protocol on some of them is both of these.
        let protocols = match range {
            Some(_) if made.protocol == "all" => ["tcp", "udp"].map(Text::new_static).to_vec(),
            _ => vec![made.protocol.clone()],
        };
        each.extend(protocols.into_iter().map(|protocol| FirewallRule {
            protocol,
            from_port: Field::read(range.map(|(from, _)| from)),
            to_port: Field::read(range.map(|(_, to)| to)),
            ..made.clone()
        }));
    }
    each
}

/// Source or destination. One prefix and several are two members; only one of them is filled.
fn side(of: Node<'_>, which: &str) -> Result<Side, Malformed> {
    let one = of.text(&format!("{which}AddressPrefix"))?;
    let several = of.texts(&format!("{which}AddressPrefixes"))?;
    let groups = references(of, &format!("{which}ApplicationSecurityGroups"))?;
    Ok(Side::of(one.into_iter().chain(several), groups))
}

/// Every address of both families.
fn everywhere() -> impl Iterator<Item = Cidr> {
    ["0.0.0.0/0", "::/0"]
        .into_iter()
        .filter_map(|block| block.parse().ok())
}

/// A service tag. Those that mean much are spelt in one way only.
fn tag(prefix: &str) -> Text {
    let known = ["Internet", "VirtualNetwork", "AzureLoadBalancer"];
    match known
        .iter()
        .find(|known| known.eq_ignore_ascii_case(prefix))
    {
        Some(known) => Text::new_static(known),
        None => Text::new(prefix),
    }
}

/// A range of ports; none means all.
pub(super) type Range = Option<(i64, i64)>;

fn is_all(range: Range) -> bool {
    matches!(range, None | Some((0, 65_535)))
}

/// The ranges of one side. One and several are two members; only one of them is filled.
fn ports(of: Node<'_>, which: &str) -> Result<Vec<Range>, Malformed> {
    let mut ranges = ranges(of, &format!("{which}PortRanges"))?;
    let one = format!("{which}PortRange");
    if let Some(text) = of.text(&one)? {
        ranges.push(range(text).ok_or_else(|| of.bad(&one))?);
    }
    ranges.sort_unstable();
    ranges.dedup();
    Ok(ranges)
}

/// The ranges in a list of texts.
pub(super) fn ranges(of: Node<'_>, member: &str) -> Result<Vec<Range>, Malformed> {
    let texts = of.texts(member)?.into_iter();
    let mut ranges = texts
        .map(|text| range(text).ok_or_else(|| of.bad(member)))
        .collect::<Result<Vec<_>, _>>()?;
    ranges.sort_unstable();
    ranges.dedup();
    Ok(ranges)
}

/// `*`, `443` or `1000-2000`.
fn range(text: &str) -> Option<Range> {
    let text = text.trim();
    if text == "*" || text.eq_ignore_ascii_case("any") {
        return Some(None);
    }
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let port = |text: &str| {
        let port = text.trim().parse::<i64>().ok()?;
        (0..=65_535).contains(&port).then_some(port)
    };
    let (from, to) = (port(from)?, port(to)?);
    (from <= to).then_some(Some((from, to)))
}

#[cfg(test)]
#[path = "security_groups_tests.rs"]
mod tests;
