//! network.firewall: the rules that a network manager holds over a virtual network, asked before its groups.

use orch_model::kind::{FirewallRule, FirewallStage, NetworkFirewall, RuleAction};
use orch_model::{Field, Relation, Resource, Text, Uid};

use super::list::Element;
use super::security_groups::{Side, Terms, direction, each, order, ranges};
use crate::convert::{links, part, protocol};
use crate::names;
use crate::node::{Malformed, Node};

/// The rules of a network; none where it has none.
pub(super) fn firewall(
    network: &Resource,
    found: &[Element],
) -> Result<Option<Resource>, Malformed> {
    let (mut ingress, mut egress) = (Vec::new(), Vec::new());
    let mut manager: Option<Uid> = None;
    for rule in found.iter().map(Element::node) {
        let id = names::uid(rule.required("id")?);
        let own = names::up_to(&id, "networkmanagers").ok_or_else(|| rule.bad("id"))?;
        // The rules of the one whose scope is wider come first, and scopes are not told here.
        if manager.get_or_insert_with(|| own.clone()) != &own {
            let why = "rules of several network managers, whose order is not told";
            return Err(Malformed(Text::new_static(why)));
        }
        let inbound = direction(rule)?;
        let rules = if inbound { &mut ingress } else { &mut egress };
        rules.extend(self::rules(rule, &id, inbound)?);
    }
    if ingress.is_empty() && egress.is_empty() {
        return Ok(None);
    }
    for rules in [&mut ingress, &mut egress] {
        rules.sort_by(|one, other| order(one).cmp(&order(other)));
    }
    let body = NetworkFirewall {
        description: Field::None,
        stage: FirewallStage::AdminRules,
        guards: Vec::new(),
        vpc: Field::Value(network.uid.clone()),
        is_default: false,
        ingress,
        egress,
    };
    let uid = Uid::new(format!(
        "{}/providers/microsoft.network/effectivesecurityadminrules/default",
        network.uid
    ));
    let name = Text::from(format!("{} admin rules", network.name));
    let (scope, tags, made) = (network.scope.clone(), Field::None, Field::NotRead);
    let links = links(Relation::PartOf, [&network.uid]);
    Ok(Some(part(scope, uid, name, tags, made, body, links)))
}

/// One rule.
fn rules(rule: Node<'_>, id: &Uid, inbound: bool) -> Result<Vec<FirewallRule>, Malformed> {
    let of = rule.at("properties")?;
    let mut made = FirewallRule::of(protocol(of.required("protocol")?), Field::None, Field::None);
    made.name = Field::Value(Text::new(id.short()));
    made.action = match of.required("access")? {
        access if access.eq_ignore_ascii_case("Allow") => RuleAction::Allow,
        access if access.eq_ignore_ascii_case("AlwaysAllow") => RuleAction::AlwaysAllow,
        access if access.eq_ignore_ascii_case("Deny") => RuleAction::Deny,
        _ => return Err(of.bad("access")),
    };
    let priority = of.int("priority")?;
    made.priority = Field::Value(priority.ok_or_else(|| of.missing("priority"))?);
    made.description = of.read_text("description")?;
    let terms = Terms {
        source: side(of, "sources", &mut made)?,
        destination: side(of, "destinations", &mut made)?,
        source_ports: ranges(of, "sourcePortRanges")?,
        ports: ranges(of, "destinationPortRanges")?,
    };
    Ok(each(made, terms, inbound))
}

/// Sources or destinations. A network group is a list of networks that is kept elsewhere.
fn side(of: Node<'_>, member: &str, made: &mut FirewallRule) -> Result<Side, Malformed> {
    let mut prefixes = Vec::new();
    for one in of.list(member)? {
        match one.word("addressPrefixType", &["NetworkGroup"])? {
            Some(true) => made.unmodelled.push(Text::new_static("network group")),
            _ => prefixes.extend(one.text("addressPrefix")?),
        }
    }
    Ok(Side::of(prefixes, Vec::new()))
}

#[cfg(test)]
#[path = "admin_rules_tests.rs"]
mod tests;
