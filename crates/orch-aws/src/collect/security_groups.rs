//! network.firewall: security groups with their rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_ec2::types::{IpPermission, SecurityGroup};
use orch_collect::{
    Batch, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec, Estimate,
};
use orch_model::kind::{FirewallRule, FirewallStage, NetworkFirewall, PrefixList};
use orch_model::{Cidr, Dataset, Field, Gap, Kind, Reach, Relation, Resource, Text, Uid};

use super::ec2::{PAGE, free, one_page};
use super::prefix_lists::{self, Known, PrefixLists};
use crate::call::Caller;
use crate::convert::{
    Malformed, cidr, links, optional_text, protocol, required, resource, sorted, tags,
};
use crate::names::Names;
use crate::provider::Aws;

const OPERATION: &str = "ec2:DescribeSecurityGroups";

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    name: "ec2.security-groups",
    service: "ec2",
    datasets: &[Dataset::Kind(Kind::NetworkFirewall)],
    reach: Reach::PerRegion,
    after: &[],
    operations: &[free(OPERATION), free(prefix_lists::OPERATION)],
};

/// Reads security groups, and the prefix lists that their rules name.
pub(super) struct SecurityGroups(pub(super) Arc<Aws>);

#[async_trait]
impl Collector for SecurityGroups {
    fn spec(&self) -> &CollectorSpec {
        &SPEC
    }

    fn estimate(&self, _: &[Resource], _: &CollectSettings) -> Estimate {
        let mut estimate = one_page(PAGE);
        estimate
            .assumption
            .push_str(", and for each prefix list that a rule names");
        estimate
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let (names, client) = (
            Names::new(&ctx.scope),
            self.0.clients.ec2(&ctx.scope.region),
        );
        let caller = Caller::collector(SPEC.name, ctx);
        let mut lists = PrefixLists::new(&caller, &client);
        let mut list = caller.list(OPERATION, Some(PAGE as u64));
        while let Some(page) = list
            .page(
                |token| {
                    client
                        .describe_security_groups()
                        .max_results(PAGE)
                        .set_next_token(token)
                        .send()
                },
                |page| page.security_groups().len(),
                |page| page.next_token(),
            )
            .await?
        {
            let groups = page.security_groups();
            let named: BTreeSet<&str> = groups.iter().flat_map(prefix_list_ids).collect();
            let known = lists.with(&named, out).await?;
            for found in groups {
                let group = group(names, found, known);
                out.push(group.map_err(|malformed| malformed.of(OPERATION))?);
            }
        }
        Ok(())
    }
}

/// The prefix lists that a group's rules name.
fn prefix_list_ids(group: &SecurityGroup) -> impl Iterator<Item = &str> {
    let permissions = group
        .ip_permissions()
        .iter()
        .chain(group.ip_permissions_egress());
    permissions
        .flat_map(IpPermission::prefix_list_ids)
        .filter_map(|list| list.prefix_list_id())
}

/// One group.
fn group(names: Names<'_>, found: &SecurityGroup, known: &Known) -> Result<Resource, Malformed> {
    let id = required(found.group_id(), "security group without id")?;
    let owner = found.owner_id();
    let tags = tags(found.tags());
    let vpc = names.maybe(owner, "vpc", found.vpc_id());
    let ingress = rules(names, owner, found.ip_permissions(), known)?;
    let egress = rules(names, owner, found.ip_permissions_egress(), known)?;
    let uid = names.ec2(owner, "security-group", id);
    let named = sorted(
        ingress
            .iter()
            .chain(&egress)
            .flat_map(|rule| &rule.firewalls)
            .filter(|to| **to != uid)
            .cloned(),
    );
    let links: Vec<_> = links(Relation::Refers, &named)
        .chain(links(Relation::PartOf, vpc.as_ref()))
        .collect();
    let gaps: BTreeMap<Text, Gap> = [("ingress", &ingress), ("egress", &egress)]
        .into_iter()
        .filter_map(|(side, rules)| {
            let path = Text::from(format!("body.{side}.prefix_lists.blocks"));
            unread(rules, known).map(|gap| (path, gap))
        })
        .collect();
    let group_name = found.group_name().unwrap_or(id);
    let body = NetworkFirewall {
        stage: FirewallStage::SecurityGroup,
        guards: Vec::new(),
        description: optional_text(found.description()),
        vpc: Field::read(vpc),
        is_default: group_name == "default",
        ingress,
        egress,
    };
    let name = Text::new(group_name);
    let mut resource = resource(
        names,
        uid,
        name,
        Field::Value(tags),
        Field::NotRead,
        body,
        links,
    );
    resource.not_read = (!gaps.is_empty()).then(|| Box::new(gaps));
    Ok(resource)
}

/// Why a list of these rules was not read, if one was not.
fn unread(rules: &[FirewallRule], known: &Known) -> Option<Gap> {
    rules
        .iter()
        .flat_map(|rule| &rule.prefix_lists)
        .find_map(|list| known.get(&list.id)?.as_ref().err().cloned())
}

/// The peers of one permission that carry the same description.
#[derive(Default)]
struct Peers {
    blocks: Vec<Cidr>,
    firewalls: Vec<Uid>,
    prefix_lists: Vec<PrefixList>,
}

/// Permissions as rules. A permission holds many peers, each with a description of its own: one rule for
/// each description.
fn rules(
    names: Names<'_>,
    owner: Option<&str>,
    permissions: &[IpPermission],
    known: &Known,
) -> Result<Vec<FirewallRule>, Malformed> {
    let mut rules = Vec::new();
    for permission in permissions {
        let protocol = protocol(required(permission.ip_protocol(), "rule without protocol")?);
        let (from_port, to_port) = ports(&protocol, permission.from_port(), permission.to_port());
        for (description, mut peers) in peers(names, owner, permission, known)? {
            peers.blocks.sort_unstable();
            peers
                .prefix_lists
                .sort_by(|one, other| one.id.cmp(&other.id));
            rules.push(FirewallRule {
                blocks: peers.blocks,
                firewalls: sorted(peers.firewalls),
                prefix_lists: peers.prefix_lists,
                description: optional_text(description),
                ..FirewallRule::of(protocol.clone(), from_port, to_port)
            });
        }
    }
    rules.sort_by(|one, other| order(one).cmp(&order(other)));
    Ok(rules)
}

/// By what rules are sorted: the API does not promise an order.
fn order(rule: &FirewallRule) -> impl Ord + '_ {
    (
        &rule.protocol,
        rule.from_port.value(),
        rule.to_port.value(),
        &rule.blocks,
        &rule.firewalls,
        rule.prefix_lists.first().map(|list| &list.id),
        rule.description.value(),
    )
}

/// First and last port; none means all. The API writes -1 for that, and leaves them out for all protocols.
fn ports(protocol: &str, from: Option<i32>, to: Option<i32>) -> (Field<i64>, Field<i64>) {
    if protocol == "all" {
        return (Field::None, Field::None);
    }
    let port = |port: Option<i32>| Field::read(port.filter(|port| *port >= 0).map(i64::from));
    (port(from), port(to))
}

/// The peers of a permission by description.
fn peers<'p>(
    names: Names<'_>,
    owner: Option<&str>,
    permission: &'p IpPermission,
    known: &Known,
) -> Result<BTreeMap<Option<&'p str>, Peers>, Malformed> {
    let mut peers: BTreeMap<Option<&str>, Peers> = BTreeMap::new();
    for range in permission.ip_ranges() {
        let block = cidr(required(range.cidr_ip(), "rule without address block")?)?;
        peers
            .entry(range.description())
            .or_default()
            .blocks
            .push(block);
    }
    for range in permission.ipv6_ranges() {
        let block = cidr(required(range.cidr_ipv6(), "rule without address block")?)?;
        peers
            .entry(range.description())
            .or_default()
            .blocks
            .push(block);
    }
    for pair in permission.user_id_group_pairs() {
        let of = pair.user_id().or(owner);
        if let Some(group) = names.maybe(of, "security-group", pair.group_id()) {
            peers
                .entry(pair.description())
                .or_default()
                .firewalls
                .push(group);
        }
    }
    for list in permission.prefix_list_ids() {
        let id = Text::new(required(list.prefix_list_id(), "prefix list without id")?);
        let blocks = match known.get(&id) {
            Some(Ok(blocks)) => Field::Value(blocks.clone()),
            Some(Err(_)) | None => Field::NotRead,
        };
        let list_of = PrefixList { id, blocks };
        peers
            .entry(list.description())
            .or_default()
            .prefix_lists
            .push(list_of);
    }
    Ok(peers)
}

#[cfg(test)]
#[path = "security_groups_tests.rs"]
mod tests;
