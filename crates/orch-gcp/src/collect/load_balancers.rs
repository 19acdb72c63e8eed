//! network.load-balancer: forwarding rules with everything behind them, followed to the machines.

use std::collections::BTreeSet;

use orch_collect::{CollectError, CollectSettings, CollectorSpec, Estimate};
use orch_model::kind::{Listener, NetworkLoadBalancer, NetworkSubnet, Target};
use orch_model::{Body, Cidr, Dataset, Field, Gap, Kind, Reach, Relation, Resource, Text, Uid};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Decoder;
use super::lb_parts::{
    Group, Member, Members, Pool, Proxy, Rule, Service, Table, UrlMap, ports as group_ports,
};
use super::list::COMPUTE_PAGE;
use super::reading::{Reader, Reading};
use crate::call::Ask;
use crate::convert::{
    Malformed, addresses, cidrs, last, links, optional, ports, protocol, resource, sorted,
};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get, post};
use crate::page::{Found, Read, Shape};

const RULES: Api = get(
    "compute.forwardingRules.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/forwardingRules",
);
const SERVICES: Api = get(
    "compute.backendServices.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/backendServices",
);
const POOLS: Api = get(
    "compute.targetPools.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/targetPools",
);
const TARGETS: Api = get(
    "compute.targetInstances.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/targetInstances",
);
const HTTP: Api = get(
    "compute.targetHttpProxies.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/targetHttpProxies",
);
const HTTPS: Api = get(
    "compute.targetHttpsProxies.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/targetHttpsProxies",
);
const TCP: Api = get(
    "compute.targetTcpProxies.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/targetTcpProxies",
);
const SSL: Api = get(
    "compute.targetSslProxies.list",
    "compute.googleapis.com/compute/v1/projects/{project}/global/targetSslProxies",
);
const MAPS: Api = get(
    "compute.urlMaps.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/urlMaps",
);
const GROUPS: Api = get(
    "compute.instanceGroups.list",
    "compute.googleapis.com/compute/v1/projects/{project}/aggregated/instanceGroups",
);
const ZONE_MEMBERS: Api = post(
    "compute.instanceGroups.list",
    "compute.googleapis.com/compute/v1/projects/{project}/zones/{zone}/instanceGroups/{group}/listInstances",
);
const REGION_MEMBERS: Api = post(
    "compute.instanceGroups.list",
    "compute.googleapis.com/compute/v1/projects/{project}/regions/{region}/instanceGroups/{group}/listInstances",
);

/// The blocks from which Google's front ends speak to machines, as published.
const FRONT_ENDS: [&str; 2] = ["35.191.0.0/16", "130.211.0.0/22"];

/// Forwarding rules.
pub(super) struct LoadBalancers;

impl Reader for LoadBalancers {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.load-balancers",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::NetworkLoadBalancer)],
        reach: Reach::Global,
        // Proxies of a region speak from a subnetwork that is kept for them.
        after: &["compute.subnetworks"],
        operations: &[
            free(RULES),
            free(SERVICES),
            free(POOLS),
            free(TARGETS),
            free(HTTP),
            free(HTTPS),
            free(TCP),
            free(SSL),
            free(MAPS),
            free(GROUPS),
        ],
    };
    const DECODE: Option<Decoder> = Some(|names, body| {
        let whole = Read::of(RULES.permission, body, Shape::Aggregated("forwardingRules"))
            .decoded::<Rule>();
        Decoded::of(RULES.permission, whole, |found| {
            made(names, &Behind::default(), &[], &found).map(|one| one.into_iter().collect())
        })
    });

    fn estimate(_: &[Resource], _: &CollectSettings) -> Estimate {
        Estimate {
            calls: 1,
            assumption:
                "one more free call for each sort of what stands behind, and for each instance \
                         group"
                    .to_owned(),
            ..Estimate::default()
        }
    }

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let (size, most) = COMPUTE_PAGE;
        let ask = reading.ask(RULES).query(size, most.to_string());
        let ask = ask.query("returnPartialSuccess", "true");
        let shape = Shape::Aggregated("forwardingRules");
        let rules = reading.list::<Rule>(ask, shape, Some(most)).await?;
        let behind = Behind::read(reading, &rules).await?;
        for rule in &rules {
            let made = made(reading.names, &behind, &reading.ctx.prior, rule);
            reading.push_all(RULES.permission, made.map(|one| one.into_iter().collect()));
        }
        Ok(())
    }
}

/// Everything that stands behind the rules of a project.
#[derive(Default)]
struct Behind {
    services: Table<Service>,
    proxies: Table<Proxy>,
    maps: Table<UrlMap>,
    pools: Table<Pool>,
    targets: Table<Member>,
    groups: Table<Group>,
    members: Members,
    /// The first reason why something behind a proxy may be missing.
    proxy_gap: Option<Gap>,
}

impl Behind {
    /// Reads the collections that the rules lead to, and no others.
    async fn read(reading: &mut Reading<'_>, rules: &[Found<Rule>]) -> Result<Self, CollectError> {
        let names = reading.names;
        let leads_to = |collection: &str| {
            let part = format!("/{collection}/");
            let links =
                |rule: &Found<Rule>| [rule.own.target.clone(), rule.own.backend_service.clone()];
            let mut all = rules.iter().flat_map(links).flatten();
            all.any(|link| link.contains(&part))
        };
        let mut behind = Self::default();
        let proxies = [
            (
                "targetHttpProxies",
                HTTP,
                Shape::Aggregated("targetHttpProxies"),
            ),
            (
                "targetHttpsProxies",
                HTTPS,
                Shape::Aggregated("targetHttpsProxies"),
            ),
            (
                "targetTcpProxies",
                TCP,
                Shape::Aggregated("targetTcpProxies"),
            ),
            ("targetSslProxies", SSL, Shape::Items("items")),
        ];
        let mut proxied = false;
        for (collection, api, shape) in proxies {
            if !leads_to(collection) {
                continue;
            }
            proxied = true;
            let ask = reading
                .ask(api)
                .query(COMPUTE_PAGE.0, COMPUTE_PAGE.1.to_string());
            let whole = reading
                .part::<Proxy>(ask, shape, Some(COMPUTE_PAGE.1))
                .await?;
            behind.proxy_gap = behind.proxy_gap.take().or(whole.gap);
            for found in whole.found {
                let uid = names.compute(found.base.location(), collection, &found.base.name());
                behind.proxies.insert(uid, found.own);
            }
        }
        if leads_to("targetHttpProxies") || leads_to("targetHttpsProxies") {
            behind.maps = table(reading, MAPS, "urlMaps").await?;
        }
        if leads_to("targetPools") {
            behind.pools = table(reading, POOLS, "targetPools").await?;
        }
        if leads_to("targetInstances") {
            behind.targets = table(reading, TARGETS, "targetInstances").await?;
        }
        if proxied || leads_to("backendServices") {
            behind.services = table(reading, SERVICES, "backendServices").await?;
            behind.groups = table(reading, GROUPS, "instanceGroups").await?;
            behind.read_members(reading, rules).await?;
        }
        Ok(behind)
    }

    /// Reads who is in the groups that some rule leads to.
    async fn read_members(
        &mut self,
        reading: &mut Reading<'_>,
        rules: &[Found<Rule>],
    ) -> Result<(), CollectError> {
        let names = reading.names;
        let mut wanted = BTreeSet::new();
        for rule in rules {
            for service in self.way(names, &rule.own).services {
                if let Some(service) = self.services.get(&service) {
                    let groups = service.groups().filter_map(|group| names.link(group));
                    wanted.extend(groups.filter(|uid| uid.as_str().contains("/instanceGroups/")));
                }
            }
        }
        let (wanted, asks): (Vec<Uid>, Vec<Ask>) = wanted
            .into_iter()
            .filter_map(|group| members_of(&group).map(|ask| (group, ask)))
            .unzip();
        let (shape, most) = (Shape::Items("items"), Some(COMPUTE_PAGE.1));
        let lists = reading.children::<Member>(asks, shape, most).await?;
        for (group, list) in wanted.into_iter().zip(lists) {
            let members = match list.gap {
                Some(gap) => Err(gap),
                None => {
                    let members = list.found.iter();
                    Ok(sorted(members.filter_map(|member| {
                        names.maybe(member.own.instance.as_ref())
                    })))
                }
            };
            self.members.insert(group, members);
        }
        Ok(())
    }
}

/// The call that tells who is in a group: `//compute.googleapis.com/projects/P/zones/Z/instanceGroups/G`.
fn members_of(group: &Uid) -> Option<Ask> {
    let parts: Vec<&str> = group.as_str().split('/').collect();
    let [.., project, sort, place, _, name] = parts.as_slice() else {
        return None;
    };
    let (api, key) = match *sort {
        "zones" => (ZONE_MEMBERS, "zone"),
        _ => (REGION_MEMBERS, "region"),
    };
    let ask = Ask::new(api)
        .with("project", *project)
        .with(key, *place)
        .with("group", *name)
        .query(COMPUTE_PAGE.0, COMPUTE_PAGE.1.to_string());
    Some(ask.body(json!({})))
}

/// One collection by identity.
async fn table<T: DeserializeOwned>(
    reading: &mut Reading<'_>,
    api: Api,
    collection: &'static str,
) -> Result<Table<T>, CollectError> {
    let (size, most) = COMPUTE_PAGE;
    let ask = reading.ask(api).query(size, most.to_string());
    let ask = ask.query("returnPartialSuccess", "true");
    let shape = Shape::Aggregated(collection);
    let whole = reading.part(ask, shape, Some(most)).await?;
    Ok(Table::of(reading.names, collection, whole))
}

/// How a rule leads on.
#[derive(Debug, Default)]
struct Way {
    purpose: &'static str,
    application: Option<&'static str>,
    tls_policy: Option<Text>,
    keeps_client: bool,
    services: BTreeSet<Uid>,
    /// The machines that the rule names without a service.
    instances: Vec<Uid>,
    /// Why it cannot be followed to its end.
    lost: Option<Text>,
    gap: Option<Gap>,
    /// Whether it ends at a proxy of one region.
    regional: bool,
    /// Whether it redirects some callers, or serves a bucket; where it is not known, what stands behind is not either.
    answers_itself: bool,
}

impl Behind {
    /// Follows a rule to its services or machines. A purpose that is empty is no load balancer.
    fn way(&self, names: Names<'_>, rule: &Rule) -> Way {
        if let Some(service) = names.maybe(rule.backend_service.as_ref()) {
            return Way {
                purpose: "passthrough",
                keeps_client: true,
                services: [service].into(),
                ..Way::default()
            };
        }
        let Some(target) = names.maybe(rule.target.as_ref()) else {
            return Way::default();
        };
        let collection = target.as_str().rsplit('/').nth(1).unwrap_or_default();
        let way = Way {
            regional: target.as_str().contains("/regions/"),
            ..Way::default()
        };
        match collection {
            "targetPools" => self.pooled(names, &target),
            "targetInstances" => self.single(names, &target),
            "targetHttpProxies" => self.mapped(names, &target, "http", way),
            "targetHttpsProxies" => self.mapped(names, &target, "https", way),
            "targetTcpProxies" => self.proxied(names, &target, None, way),
            "targetSslProxies" => self.proxied(names, &target, Some("tls"), way),
            "targetGrpcProxies" => Way {
                purpose: "application",
                lost: Some(Text::new_static("grpc proxies")),
                ..way
            },
            // Tunnels and private ways to services of others.
            _ => Way::default(),
        }
    }

    fn pooled(&self, names: Names<'_>, target: &Uid) -> Way {
        let pool = self.pools.get(target);
        let instances = pool.and_then(|pool| pool.instances.as_ref());
        let instances = instances.into_iter().flatten();
        Way {
            purpose: "passthrough",
            keeps_client: true,
            instances: sorted(instances.filter_map(|one| names.link(one))),
            lost: pool.is_none().then(|| Text::new_static("target pools")),
            gap: self.pools.gap().cloned(),
            ..Way::default()
        }
    }

    fn single(&self, names: Names<'_>, target: &Uid) -> Way {
        let known = self.targets.get(target);
        let instance = known.and_then(|known| names.maybe(known.instance.as_ref()));
        Way {
            purpose: "passthrough",
            keeps_client: true,
            lost: instance
                .is_none()
                .then(|| Text::new_static("target instances")),
            instances: instance.into_iter().collect(),
            gap: self.targets.gap().cloned(),
            ..Way::default()
        }
    }

    fn mapped(&self, names: Names<'_>, target: &Uid, application: &'static str, way: Way) -> Way {
        let proxy = self.proxies.get(target);
        let map = proxy
            .and_then(|proxy| names.maybe(proxy.url_map.as_ref()))
            .and_then(|uid| self.maps.get(&uid));
        let services = map.map(UrlMap::services).unwrap_or_default();
        Way {
            purpose: "application",
            application: Some(application),
            tls_policy: proxy
                .and_then(|proxy| proxy.ssl_policy.as_deref())
                .map(|policy| Text::new(last(policy))),
            services: services
                .into_iter()
                .filter_map(|one| names.link(one))
                .collect(),
            lost: map.is_none().then(|| Text::new_static("url maps")),
            answers_itself: map.is_some_and(UrlMap::answers_itself),
            gap: self.proxy_gap.as_ref().or(self.maps.gap()).cloned(),
            ..way
        }
    }

    fn proxied(
        &self,
        names: Names<'_>,
        target: &Uid,
        application: Option<&'static str>,
        way: Way,
    ) -> Way {
        let proxy = self.proxies.get(target);
        let service = proxy.and_then(|proxy| names.maybe(proxy.service.as_ref()));
        Way {
            purpose: "proxy",
            application,
            tls_policy: proxy
                .and_then(|proxy| proxy.ssl_policy.as_deref())
                .map(|policy| Text::new(last(policy))),
            lost: service
                .is_none()
                .then(|| Text::new_static("target proxies")),
            services: service.into_iter().collect(),
            gap: self.proxy_gap.clone(),
            ..way
        }
    }

    /// Who answers at the end of a way, what could not be followed, and why.
    fn ends(&self, names: Names<'_>, way: &Way) -> (Vec<Target>, Vec<Text>, Option<Gap>) {
        let mut targets: Vec<Target> = way
            .instances
            .iter()
            .map(|instance| target(instance, None, true))
            .collect();
        let mut lost: BTreeSet<Text> = way.lost.iter().cloned().collect();
        let mut gap = way.gap.clone();
        for uid in &way.services {
            let Some(service) = self.services.get(uid) else {
                gap = gap.or_else(|| self.services.gap().cloned());
                lost.insert(Text::new_static("backend services of another project"));
                continue;
            };
            if service.asks_sign_in() {
                lost.insert(Text::new_static("identity-aware proxy"));
            }
            for group in service.groups().filter_map(|group| names.link(group)) {
                let members = match self.members.get(&group) {
                    Some(Ok(members)) => members,
                    Some(Err(why)) => {
                        gap.get_or_insert_with(|| why.clone());
                        continue;
                    }
                    None => {
                        lost.insert(Text::new_static("network endpoint groups"));
                        continue;
                    }
                };
                let first = !service.names_network();
                let known = self.groups.get(&group);
                let ports: Vec<Option<i64>> = match way.keeps_client {
                    true => vec![None],
                    false => group_ports(service, known).into_iter().map(Some).collect(),
                };
                if ports.is_empty() {
                    gap = gap.or_else(|| self.groups.gap().cloned());
                    lost.insert(Text::new_static("named ports"));
                }
                for port in ports {
                    let made = members.iter().map(|member| target(member, port, first));
                    targets.extend(made);
                }
            }
        }
        (targets, lost.into_iter().collect(), gap)
    }
}

/// A machine that answers, on its first card unless the service names another.
fn target(instance: &Uid, port: Option<i64>, first: bool) -> Target {
    let card = || Uid::new(format!("{}/networkInterfaces/nic0", instance.as_str()));
    Target {
        instance: Field::Value(instance.clone()),
        interface: if first {
            Field::Value(card())
        } else {
            Field::NotRead
        },
        address: Field::NotRead,
        port: Field::read(port),
    }
}

/// First and last ports that a rule listens on.
fn listens(rule: &Rule) -> Result<Vec<(i64, i64)>, Malformed> {
    let range = rule.port_range.as_ref().filter(|range| !range.is_empty());
    let single = rule.ports.iter().flatten();
    let given: Vec<&Text> = range.into_iter().chain(single).collect();
    if given.is_empty() {
        return Ok(vec![(1, 65_535)]);
    }
    given.into_iter().map(|given| ports(given)).collect()
}

/// A load balancer; none where the rule is something else.
fn made(
    names: Names<'_>,
    behind: &Behind,
    prior: &[Resource],
    rule: &Found<Rule>,
) -> Result<Option<Resource>, Malformed> {
    let (base, own) = (&rule.base, &rule.own);
    let way = behind.way(names, own);
    if way.purpose.is_empty() {
        return Ok(None);
    }
    let (targets, mut unmodelled, gap) = behind.ends(names, &way);
    let scheme = own.load_balancing_scheme.as_deref();
    let external = scheme.map(|scheme| scheme.starts_with("EXTERNAL"));
    let vpc = names.maybe(own.network.as_ref());
    let subnet = names.maybe(own.subnetwork.as_ref());
    let source_blocks = match way.keeps_client {
        true => Vec::new(),
        false => {
            let blocks = speaks_from(base.location(), scheme, &way, vpc.as_ref(), prior)?;
            if blocks.is_empty() {
                unmodelled.push(Text::new_static("proxy subnetworks of another project"));
            }
            blocks
        }
    };
    let listed = Field::Value(targets);
    let targets = if gap.is_some() {
        Field::NotRead
    } else {
        listed
    };
    let protocol = match own.protocol.as_deref() {
        Some("L3_DEFAULT") | None => Text::new_static("all"),
        Some(other) => protocol(other),
    };
    let listeners = listens(own)?
        .into_iter()
        .map(|(from_port, to_port)| Listener {
            name: base.name(),
            protocol: protocol.clone(),
            from_port,
            to_port,
            application: Field::read(way.application.map(Text::new_static)),
            tls_policy: Field::read(way.tls_policy.clone()),
            keeps_client: way.keeps_client,
            targets: targets.clone(),
        });
    let listeners: Vec<Listener> = listeners.collect();
    let services: Option<Vec<&Service>> = way
        .services
        .iter()
        .map(|uid| behind.services.get(uid))
        .collect();
    let each = |test: fn(&Service) -> bool| match &services {
        Some(services) => {
            Field::Value(!services.is_empty() && services.iter().all(|service| test(service)))
        }
        None => Field::NotRead,
    };
    let address = addresses([own.address.as_deref()])?;
    let links: Vec<_> = links(Relation::PartOf, subnet.iter().chain(vpc.as_ref())).collect();
    let body = NetworkLoadBalancer {
        purpose: Text::new_static(way.purpose),
        internet_facing: Field::seen(external),
        sku: optional(own.network_tier.as_deref()),
        vpc: Field::read(vpc),
        subnets: subnet.into_iter().collect(),
        firewalls: Field::None,
        public_addresses: match external {
            Some(true) => Field::Value(address),
            Some(false) => Field::Value(Vec::new()),
            None => Field::NotRead,
        },
        addresses: Vec::new(),
        private_addresses: Field::None,
        source_blocks,
        listeners: Field::Value(listeners),
        answers_itself: Field::seen(way.lost.is_none().then_some(way.answers_itself)),
        logging: each(Service::is_recorded),
        waf: each(Service::is_filtered),
        unmodelled: sorted(unmodelled),
    };
    let uid = names.compute(base.location(), "forwardingRules", &base.name());
    let mut made = resource(names.at(base.location()), uid, base, body, links);
    made.not_read =
        gap.map(|gap| Box::new([(Text::new_static("body.listeners.targets"), gap)].into()));
    Ok(Some(made))
}

/// The blocks from which a proxy speaks to machines.
fn speaks_from(
    region: Option<&str>,
    scheme: Option<&str>,
    way: &Way,
    vpc: Option<&Uid>,
    prior: &[Resource],
) -> Result<Vec<Cidr>, Malformed> {
    let internal = scheme.is_some_and(|scheme| scheme.starts_with("INTERNAL"));
    if !way.regional && !internal {
        return cidrs(&FRONT_ENDS.map(Text::new_static));
    }
    let purposes: &[&str] = match way.regional {
        true => &["REGIONAL_MANAGED_PROXY", "INTERNAL_HTTPS_LOAD_BALANCER"],
        false => &["GLOBAL_MANAGED_PROXY"],
    };
    let kept = |one: &&Resource| {
        let here = !way.regional || Some(one.scope.region.as_str()) == region;
        here && subnet(one).is_some_and(|subnet| {
            let purpose = subnet.purpose.value().map(Text::as_str);
            let kept = purpose.is_some_and(|purpose| purposes.contains(&purpose));
            kept && vpc.is_none_or(|vpc| subnet.vpc == *vpc)
        })
    };
    let subnets = prior.iter().filter(kept).filter_map(subnet);
    Ok(sorted(
        subnets.flat_map(|subnet| subnet.blocks.iter().copied()),
    ))
}

fn subnet(resource: &Resource) -> Option<&NetworkSubnet> {
    match &resource.body {
        Body::NetworkSubnet(subnet) => Some(subnet),
        _ => None,
    }
}

#[cfg(test)]
#[path = "load_balancers_tests.rs"]
mod tests;
