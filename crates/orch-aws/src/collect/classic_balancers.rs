//! network.load-balancer: load balancers of the first generation.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_elasticloadbalancing::types::{Listener as Heard, LoadBalancerDescription};
use orch_collect::{
    Batch, CollectContext, CollectError, CollectSettings, Collector, CollectorSpec, Estimate,
};
use orch_model::kind::{Listener, NetworkLoadBalancer, Target};
use orch_model::{Dataset, Field, Kind, Reach, Relation, Resource, Text};

use super::balancer_cards::Cards;
use super::ec2::{free, one_page};
use crate::call::Caller;
use crate::convert::{Malformed, links, optional_text, required, resource, sorted, time};
use crate::names::Names;
use crate::provider::Aws;

/// The largest page it hands out.
const PAGE: i32 = 400;

const OPERATION: &str = "elasticloadbalancing:DescribeLoadBalancers";

pub(super) const SPEC: CollectorSpec = CollectorSpec {
    name: "elb.load-balancers",
    service: "elasticloadbalancing",
    datasets: &[Dataset::Kind(Kind::NetworkLoadBalancer)],
    reach: Reach::PerRegion,
    after: &["ec2.interfaces"],
    operations: &[free(OPERATION)],
};

/// Reads classic load balancers, which tell their listeners and instances at once.
pub(super) struct ClassicBalancers(pub(super) Arc<Aws>);

#[async_trait]
impl Collector for ClassicBalancers {
    fn spec(&self) -> &CollectorSpec {
        &SPEC
    }

    fn estimate(&self, _: &[Resource], _: &CollectSettings) -> Estimate {
        one_page(PAGE)
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        let client = self.0.clients.classic_balancing(&ctx.scope.region);
        let (names, cards) = (Names::new(&ctx.scope), Cards::of(&ctx.prior));
        let caller = Caller::collector(SPEC.name, ctx);
        let mut list = caller.list(OPERATION, Some(PAGE as u64));
        while let Some(page) = list
            .page(
                |token| {
                    client
                        .describe_load_balancers()
                        .page_size(PAGE)
                        .set_marker(token)
                        .send()
                },
                |page| page.load_balancer_descriptions().len(),
                |page| page.next_marker(),
            )
            .await?
        {
            for found in page.load_balancer_descriptions() {
                let found = balancer(names, &cards, found);
                out.push(found.map_err(|malformed| malformed.of(OPERATION))?);
            }
        }
        Ok(())
    }
}

/// One balancer.
fn balancer(
    names: Names<'_>,
    cards: &Cards<'_>,
    found: &LoadBalancerDescription,
) -> Result<Resource, Malformed> {
    let name = required(found.load_balancer_name(), "load balancer without name")?;
    let subnets = sorted(
        found
            .subnets()
            .iter()
            .filter_map(|subnet| names.maybe(None, "subnet", Some(subnet))),
    );
    let firewalls = sorted(
        found
            .security_groups()
            .iter()
            .filter_map(|group| names.maybe(None, "security-group", Some(group))),
    );
    let owned = cards.addresses(name);
    let mut listeners = found
        .listener_descriptions()
        .iter()
        .filter_map(|description| description.listener())
        .map(|heard| listener(names, heard, found))
        .collect::<Vec<_>>();
    listeners.sort_by_key(|listener| listener.from_port);
    let links: Vec<_> = links(Relation::GuardedBy, &firewalls)
        .chain(links(Relation::PartOf, &subnets))
        .collect();
    let body = NetworkLoadBalancer {
        purpose: Text::new_static("classic"),
        internet_facing: Field::seen(found.scheme().map(|scheme| scheme == "internet-facing")),
        sku: Field::None,
        vpc: Field::read(names.maybe(None, "vpc", found.vpc_id())),
        subnets,
        firewalls: Field::Value(firewalls),
        public_addresses: owned.public,
        addresses: Vec::new(),
        private_addresses: owned.private,
        source_blocks: Vec::new(),
        listeners: Field::Value(listeners),
        answers_itself: Field::Value(false),
        logging: Field::NotRead,
        waf: Field::None,
        unmodelled: Vec::new(),
    };
    Ok(resource(
        names,
        names.classic_balancer(name),
        Text::new(name),
        Field::NotRead,
        Field::seen(found.created_time().and_then(time)),
        body,
        links,
    ))
}

/// One listener. Every instance of the balancer stands behind each of them, and sees the balancer's address.
fn listener(names: Names<'_>, heard: &Heard, of: &LoadBalancerDescription) -> Listener {
    let port = i64::from(heard.load_balancer_port());
    let application = match heard.protocol().to_ascii_uppercase().as_str() {
        "HTTP" => Some("http"),
        "HTTPS" => Some("https"),
        "SSL" => Some("tls"),
        _ => None,
    };
    let instances = sorted(
        of.instances()
            .iter()
            .filter_map(|instance| names.maybe(None, "instance", instance.instance_id())),
    );
    let target = |instance| Target {
        instance: Field::Value(instance),
        interface: Field::None,
        address: Field::None,
        port: Field::Value(i64::from(heard.instance_port())),
    };
    Listener {
        name: Text::from(format!("{}:{port}", heard.protocol())),
        protocol: Text::new_static("tcp"),
        from_port: port,
        to_port: port,
        application: optional_text(application),
        tls_policy: Field::NotRead,
        keeps_client: false,
        targets: Field::Value(instances.into_iter().map(target).collect()),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticloadbalancing::types::{Instance, ListenerDescription};
    use orch_model::{Body, Provider, Scope};

    use super::super::balancer_cards::tests::card;
    use super::*;

    #[test]
    fn a_balancer_tells_its_listeners_and_instances() {
        let heard = Heard::builder()
            .protocol("TCP")
            .load_balancer_port(2222)
            .instance_protocol("TCP")
            .instance_port(22)
            .build()
            .unwrap();
        let found = LoadBalancerDescription::builder()
            .load_balancer_name("old")
            .scheme("internet-facing")
            .vpc_id("vpc-1")
            .subnets("subnet-1")
            .security_groups("sg-1")
            .instances(Instance::builder().instance_id("i-1").build())
            .listener_descriptions(ListenerDescription::builder().listener(heard).build())
            .build();
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let prior = [card("1", "ELB old", true)];
        let resource = balancer(Names::new(&scope), &Cards::of(&prior), &found).unwrap();
        assert_eq!(
            resource.uid.as_str(),
            "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/old"
        );
        let Body::NetworkLoadBalancer(body) = &resource.body else {
            panic!("{resource:?}")
        };
        assert_eq!(body.internet_facing, Field::Value(true));
        assert!(body.private_addresses.value().is_some());
        let listener = &body.listeners.value().unwrap()[0];
        assert_eq!(
            (&*listener.name, &*listener.protocol, listener.from_port),
            ("TCP:2222", "tcp", 2222)
        );
        assert!(!listener.keeps_client);
        let target = &listener.targets.value().unwrap()[0];
        assert_eq!(target.instance.value().unwrap().short(), "i-1");
        assert_eq!(target.port, Field::Value(22));
    }
}
