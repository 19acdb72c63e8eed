//! network.load-balancer: application, network and gateway load balancers, their listeners and who answers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{Listener as Heard, LoadBalancer, Rule};
use orch_collect::{
    Batch, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec, Estimate,
};
use orch_model::kind::{Listener, NetworkLoadBalancer, Target};
use orch_model::{Dataset, Field, Gap, Kind, Reach, Relation, Resource, Text, Uid};

use super::balancer_cards::Cards;
use super::ec2::{free, one_page};
use super::target_groups::{self, Behind, TargetGroups, forwarded};
use crate::call::Caller;
use crate::convert::{
    Malformed, addresses, links, optional_text, required, resource, sorted, time,
};
use crate::names::Names;
use crate::provider::Aws;

/// The largest page of its lists.
const PAGE: i32 = 400;

const BALANCERS: &str = "elasticloadbalancing:DescribeLoadBalancers";
const LISTENERS: &str = "elasticloadbalancing:DescribeListeners";
const RULES: &str = "elasticloadbalancing:DescribeRules";

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    name: "elbv2.load-balancers",
    service: "elasticloadbalancing",
    datasets: &[Dataset::Kind(Kind::NetworkLoadBalancer)],
    reach: Reach::PerRegion,
    after: &["ec2.interfaces"],
    operations: &[
        free(BALANCERS),
        free(LISTENERS),
        free(RULES),
        free(target_groups::HEALTH),
        free(target_groups::ATTRIBUTES),
    ],
};

/// Reads load balancers, and of those that the internet may reach the listeners and targets: each costs
/// calls of its own.
pub(super) struct LoadBalancers(pub(super) Arc<Aws>);

#[async_trait]
impl Collector for LoadBalancers {
    fn spec(&self) -> &CollectorSpec {
        &SPEC
    }

    fn estimate(&self, _: &[Resource], _: &CollectSettings) -> Estimate {
        let mut estimate = one_page(PAGE);
        estimate.assumption.push_str(
            ", and for each listener, its rules and each target group of those that face the internet",
        );
        estimate
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let client = self.0.clients.load_balancing(&ctx.scope.region);
        let caller = Caller::collector(SPEC.name, ctx);
        let mut found = Vec::new();
        let whole = list(&caller, &client, &mut found).await;
        // One that stands behind another is only known as such when the other was read.
        found.sort_by_key(|balancer| {
            balancer
                .r#type()
                .is_some_and(|of| of.as_str() == APPLICATION)
        });
        let mut reading = Reading {
            names: Names::new(&ctx.scope),
            cards: Cards::of(&ctx.prior),
            client: &client,
            caller: &caller,
            groups: TargetGroups::new(&caller, &client),
            inner: BTreeSet::new(),
        };
        for balancer in &found {
            let balancer = reading.balancer(balancer, out).await?;
            out.push(balancer.map_err(|malformed| malformed.of(BALANCERS))?);
        }
        whole
    }
}

const APPLICATION: &str = "application";

/// Every balancer, as far as the list goes.
async fn list(
    caller: &Caller,
    client: &Client,
    found: &mut Vec<LoadBalancer>,
) -> Result<(), CollectError> {
    let mut list = caller.list(BALANCERS, Some(PAGE as u64));
    while let Some(page) = list
        .page(
            |token| {
                client
                    .describe_load_balancers()
                    .page_size(PAGE)
                    .set_marker(token)
                    .send()
            },
            |page| page.load_balancers().len(),
            |page| page.next_marker(),
        )
        .await?
    {
        found.extend(page.load_balancers.unwrap_or_default());
    }
    Ok(())
}

/// What is known while one scope is read.
struct Reading<'a> {
    names: Names<'a>,
    cards: Cards<'a>,
    client: &'a Client,
    caller: &'a Caller,
    groups: TargetGroups<'a>,
    /// The balancers to which others pass connections.
    inner: BTreeSet<String>,
}

/// What the calls for one balancer told.
#[derive(Default)]
struct Told {
    listeners: Field<Vec<Listener>>,
    answers_itself: Field<bool>,
    unmodelled: Vec<Text>,
    gaps: BTreeMap<Text, Gap>,
}

impl Reading<'_> {
    async fn balancer(
        &mut self,
        found: &LoadBalancer,
        out: &mut Batch,
    ) -> Result<Result<Resource, Malformed>, CollectError> {
        let arn = found.load_balancer_arn().unwrap_or_default();
        let inner = self.inner.contains(arn);
        // Those that only the network reaches need no more: nobody asks who answers there.
        let inward = found
            .scheme()
            .is_some_and(|scheme| scheme.as_str() == "internal");
        let told = if inward && !inner {
            Told::default()
        } else {
            self.asked(found, out).await?
        };
        Ok(resource_of(self.names, &self.cards, found, inner, told))
    }

    /// Listeners and targets of one balancer.
    async fn asked(&mut self, found: &LoadBalancer, out: &mut Batch) -> Result<Told, CollectError> {
        let mut told = Told::default();
        let heard = match self.listeners(found, out).await? {
            Ok(heard) => heard,
            Err(gap) => {
                told.gaps.insert("body.listeners".into(), gap);
                return Ok(told);
            }
        };
        let vpc = self.names.maybe(None, "vpc", found.vpc_id());
        let (mut listeners, mut answers) = (Vec::new(), Some(false));
        for heard in &heard {
            if let Some(word) = strange(heard) {
                told.unmodelled.push(word);
            }
            let groups = match self.forwarded(found, heard, out).await? {
                Ok((groups, itself)) => {
                    answers = answers.map(|before| before || itself);
                    groups
                }
                Err(gap) => {
                    told.gaps.insert("body.listeners.targets".into(), gap);
                    answers = None;
                    listeners.extend(kinds(heard, false, &Field::NotRead));
                    continue;
                }
            };
            // Whether the client is seen is said of a group, and told of a listener.
            let mut by_view: BTreeMap<bool, Field<Vec<_>>> = BTreeMap::new();
            for (group, of_some) in &groups {
                if *of_some {
                    told.unmodelled
                        .push(Text::new_static("rule on source addresses"));
                }
                let Behind {
                    targets,
                    keeps_client,
                    inner,
                    functions,
                    unmodelled,
                    gap,
                } = self
                    .groups
                    .behind(group, heard, (self.names, &self.cards, vpc.as_ref()), out)
                    .await?;
                self.inner.extend(inner);
                answers = answers.map(|before| before || functions);
                told.unmodelled.extend(unmodelled);
                told.gaps.extend(gap);
                let view = by_view
                    .entry(keeps_client)
                    .or_insert(Field::Value(Vec::new()));
                *view = match (std::mem::take(view), targets) {
                    (Field::Value(mut all), Field::Value(more)) => {
                        all.extend(more);
                        Field::Value(all)
                    }
                    _ => Field::NotRead,
                };
            }
            if by_view.is_empty() {
                by_view.insert(false, Field::Value(Vec::new()));
            }
            for (keeps_client, targets) in &by_view {
                listeners.extend(kinds(heard, *keeps_client, targets));
            }
        }
        listeners.sort_by(|one, other| {
            (one.from_port, &one.protocol, one.keeps_client).cmp(&(
                other.from_port,
                &other.protocol,
                other.keeps_client,
            ))
        });
        told.listeners = Field::Value(listeners);
        told.answers_itself = Field::seen(answers);
        Ok(told)
    }

    /// What a balancer listens for.
    async fn listeners(
        &mut self,
        found: &LoadBalancer,
        out: &mut Batch,
    ) -> Result<Result<Vec<Heard>, Gap>, CollectError> {
        if let Some(gap) = self.groups.refused(LISTENERS) {
            return Ok(Err(gap));
        }
        let mut heard = Vec::new();
        let mut list = self.caller.list(LISTENERS, Some(PAGE as u64));
        loop {
            let page = list
                .page(
                    |token| {
                        self.client
                            .describe_listeners()
                            .set_load_balancer_arn(found.load_balancer_arn.clone())
                            .page_size(PAGE)
                            .set_marker(token)
                            .send()
                    },
                    |page| page.listeners().len(),
                    |page| page.next_marker(),
                )
                .await;
            match page {
                Ok(Some(page)) => heard.extend(page.listeners.unwrap_or_default()),
                Ok(None) => return Ok(Ok(heard)),
                Err(error) => return Ok(Err(self.groups.missed(LISTENERS, error, out)?)),
            }
        }
    }

    /// The groups to which a listener passes connections, each with whether only those of some sources, and
    /// whether it has an answer of its own. Only application load balancers have rules beside what they do with all.
    async fn forwarded(
        &mut self,
        found: &LoadBalancer,
        heard: &Heard,
        out: &mut Batch,
    ) -> Result<Result<(BTreeMap<String, bool>, bool), Gap>, CollectError> {
        if found.r#type().is_none_or(|of| of.as_str() != APPLICATION) {
            let groups = forwarded(heard.default_actions());
            return Ok(Ok((groups.map(|group| (group, false)).collect(), false)));
        }
        if let Some(gap) = self.groups.refused(RULES) {
            return Ok(Err(gap));
        }
        let (mut groups, mut itself) = (BTreeMap::new(), false);
        let mut list = self.caller.list(RULES, Some(PAGE as u64));
        loop {
            let page = list
                .page(
                    |token| {
                        self.client
                            .describe_rules()
                            .set_listener_arn(heard.listener_arn.clone())
                            .page_size(PAGE)
                            .set_marker(token)
                            .send()
                    },
                    |page| page.rules().len(),
                    |page| page.next_marker(),
                )
                .await;
            match page {
                Ok(Some(page)) => {
                    add_rules(page.rules(), &mut groups);
                    itself |= page.rules().iter().any(answers_itself);
                }
                Ok(None) => return Ok(Ok((groups, itself))),
                Err(error) => return Ok(Err(self.groups.missed(RULES, error, out)?)),
            }
        }
    }
}

/// One balancer.
fn resource_of(
    names: Names<'_>,
    cards: &Cards<'_>,
    found: &LoadBalancer,
    inner: bool,
    told: Told,
) -> Result<Resource, Malformed> {
    let arn = required(found.load_balancer_arn(), "load balancer without ARN")?;
    let (_, place) = arn
        .split_once(":loadbalancer/")
        .ok_or(Malformed("load balancer ARN"))?;
    let purpose = required(found.r#type(), "load balancer without type")?.as_str();
    let subnets = sorted(
        found
            .availability_zones()
            .iter()
            .filter_map(|zone| names.maybe(None, "subnet", zone.subnet_id())),
    );
    let firewalls = sorted(
        found
            .security_groups()
            .iter()
            .filter_map(|group| names.maybe(None, "security-group", Some(group))),
    );
    let owned = cards.addresses(place);
    let mut unmodelled = told.unmodelled;
    if found
        .ip_address_type()
        .is_some_and(|of| of.as_str() == "dualstack-without-public-ipv4")
    {
        unmodelled.push(Text::new_static("IPv6 alone is public"));
    }
    if inner {
        unmodelled.push(Text::new_static("target of another load balancer"));
    }
    unmodelled.sort_unstable();
    unmodelled.dedup();
    let facing = found
        .scheme()
        .map(|scheme| scheme.as_str() == "internet-facing");
    let links: Vec<_> = links(Relation::GuardedBy, &firewalls)
        .chain(links(Relation::PartOf, &subnets))
        .collect();
    let body = NetworkLoadBalancer {
        purpose: Text::new(purpose),
        // The internet may reach one without a public address through the one before it.
        internet_facing: Field::seen(facing.filter(|facing| *facing || !inner)),
        sku: Field::None,
        vpc: Field::read(names.maybe(None, "vpc", found.vpc_id())),
        subnets,
        firewalls: Field::Value(firewalls),
        public_addresses: public(found, owned.public)?,
        addresses: reserved(names, found),
        private_addresses: owned.private,
        source_blocks: Vec::new(),
        listeners: told.listeners,
        answers_itself: match purpose {
            APPLICATION => told.answers_itself,
            // Only application load balancers know answers of their own.
            _ => Field::Value(false),
        },
        logging: Field::NotRead,
        waf: Field::NotRead,
        unmodelled,
    };
    let name = found.load_balancer_name().unwrap_or(place);
    let mut resource = resource(
        names,
        Uid::new(arn),
        Text::new(name),
        Field::NotRead,
        Field::seen(found.created_time().and_then(time)),
        body,
        links,
    );
    resource.not_read = (!told.gaps.is_empty()).then(|| Box::new(told.gaps));
    Ok(resource)
}

/// The public addresses: those that it tells itself, and those of its interfaces.
fn public(
    found: &LoadBalancer,
    owned: Field<Vec<IpAddr>>,
) -> Result<Field<Vec<IpAddr>>, Malformed> {
    let own = found
        .availability_zones()
        .iter()
        .flat_map(|zone| zone.load_balancer_addresses())
        .map(|address| address.ip_address());
    let own = addresses(own)?;
    Ok(owned.map(|mut all| {
        all.extend(own);
        all.sort_unstable();
        all.dedup();
        all
    }))
}

/// The reserved addresses it stands on.
fn reserved(names: Names<'_>, found: &LoadBalancer) -> Vec<Uid> {
    let addresses = found
        .availability_zones()
        .iter()
        .flat_map(|zone| zone.load_balancer_addresses());
    sorted(addresses.filter_map(|address| names.maybe(None, "elastic-ip", address.allocation_id())))
}

/// Adds the groups of an application load balancer's rules. A group that any rule serves to everybody is
/// not one of some sources.
fn add_rules(rules: &[Rule], groups: &mut BTreeMap<String, bool>) {
    for rule in rules {
        let of_some = rule
            .conditions()
            .iter()
            .any(|condition| condition.field() == Some("source-ip"));
        for group in forwarded(rule.actions()) {
            let only = groups.entry(group).or_insert(true);
            *only &= of_some;
        }
    }
}

/// Whether a rule answers or sends callers elsewhere. A refusal needs nothing behind it, but is of no use either, and
/// a way back to the same host needs a target there.
fn answers_itself(rule: &Rule) -> bool {
    rule.actions().iter().any(|action| {
        let answer = action.fixed_response_config();
        let code = answer.and_then(|answer| answer.status_code());
        let elsewhere = action.redirect_config().and_then(|to| to.host());
        code.is_some_and(|code| code.starts_with(['2', '3']))
            || elsewhere.is_some_and(|host| host != SAME_HOST)
    })
}

/// How a redirect writes the host that was asked for.
const SAME_HOST: &str = "#{host}";

/// The protocol of a listener, if it is one that exposure does not know.
fn strange(heard: &Heard) -> Option<Text> {
    let word = heard
        .protocol()
        .map_or("none", |protocol| protocol.as_str());
    (protocols(word) == ["all"] && word != "GENEVE").then(|| Text::from(format!("protocol {word}")))
}

/// The protocols below that of a listener.
fn protocols(word: &str) -> &'static [&'static str] {
    match word {
        "TCP" | "TLS" | "HTTP" | "HTTPS" => &["tcp"],
        "UDP" | "QUIC" => &["udp"],
        "TCP_UDP" | "TCP_QUIC" => &["tcp", "udp"],
        // A gateway passes on whatever it is given, and so may what nobody knows yet.
        _ => &["all"],
    }
}

/// A listener as one of each protocol below its own.
fn kinds(heard: &Heard, keeps_client: bool, targets: &Field<Vec<Target>>) -> Vec<Listener> {
    let word = heard.protocol().map_or("", |protocol| protocol.as_str());
    let (protocols, mut targets) = (protocols(word), targets.clone());
    let application = match word {
        "HTTP" => Some("http"),
        "HTTPS" => Some("https"),
        "TLS" => Some("tls"),
        _ => None,
    };
    let port = heard.port().map(i64::from);
    let (from_port, to_port) = match port {
        Some(port) if protocols != ["all"] => (port, port),
        _ => {
            // What arrives goes on to the port that it was sent to.
            targets = targets.map(|mut targets| {
                targets
                    .iter_mut()
                    .for_each(|target| target.port = Field::None);
                targets
            });
            (0, i64::from(u16::MAX))
        }
    };
    let one = |protocol: &'static str| Listener {
        name: match port {
            Some(port) => Text::from(format!("{word}:{port}")),
            None => Text::new(word),
        },
        protocol: Text::new_static(protocol),
        from_port,
        to_port,
        application: optional_text(application),
        tls_policy: optional_text(heard.ssl_policy()),
        keeps_client,
        targets: targets.clone(),
    };
    protocols.iter().copied().map(one).collect()
}

#[cfg(test)]
#[path = "load_balancers_tests.rs"]
mod tests;
