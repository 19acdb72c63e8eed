//! Who answers behind a listener: the targets of a group, asked for once in a scope.

use std::collections::BTreeMap;
use std::net::IpAddr;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{
    Action, Listener, TargetDescription, TargetGroupAttribute, TargetHealthDescription,
};
use orch_collect::{Batch, CollectError};
use orch_model::kind::Target;
use orch_model::{Field, Gap, Text, Uid};

use super::balancer_cards::Cards;
use super::ec2::{is_refusal, part_not_read};
use crate::call::Caller;
use crate::names::Names;

/// The call that names the targets of one group.
pub(super) const HEALTH: &str = "elasticloadbalancing:DescribeTargetHealth";

/// The call that says whether the targets of one group see the client.
pub(super) const ATTRIBUTES: &str = "elasticloadbalancing:DescribeTargetGroupAttributes";

/// Who answers, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Behind {
    pub(super) targets: Field<Vec<Target>>,
    pub(super) keeps_client: bool,
    /// Load balancers among the targets.
    pub(super) inner: Vec<String>,
    /// Whether functions are among the targets.
    pub(super) functions: bool,
    pub(super) unmodelled: Vec<Text>,
    /// Where something of it was not read, and why.
    pub(super) gap: BTreeMap<Text, Gap>,
}

/// The groups to which these actions pass connections. One of weight zero gets none.
pub(super) fn forwarded(actions: &[Action]) -> impl Iterator<Item = String> {
    let groups = |action: &Action| -> Vec<String> {
        let several = action.forward_config().map(|config| config.target_groups());
        match several {
            Some(several) if !several.is_empty() => several
                .iter()
                .filter(|group| group.weight() != Some(0))
                .filter_map(|group| group.target_group_arn.clone())
                .collect(),
            _ => action.target_group_arn.clone().into_iter().collect(),
        }
    };
    actions
        .iter()
        .flat_map(groups)
        .collect::<Vec<_>>()
        .into_iter()
}

type Known<T> = BTreeMap<String, Result<T, Gap>>;

/// Reads target groups.
pub(super) struct TargetGroups<'a> {
    caller: &'a Caller,
    client: &'a Client,
    health: Known<Vec<TargetHealthDescription>>,
    preserves: Known<bool>,
    /// Operations that were refused: they would be for every other group and balancer too.
    refused: BTreeMap<&'static str, Gap>,
}

impl<'a> TargetGroups<'a> {
    pub(super) fn new(caller: &'a Caller, client: &'a Client) -> Self {
        Self {
            caller,
            client,
            health: Known::new(),
            preserves: Known::new(),
            refused: BTreeMap::new(),
        }
    }

    /// Who answers behind a listener in one group. What cannot be read leaves a gap and does not end the
    /// read; expired credentials do.
    pub(super) async fn behind(
        &mut self,
        group: &str,
        listener: &Listener,
        (names, cards, vpc): (Names<'_>, &Cards<'_>, Option<&Uid>),
        out: &mut Batch,
    ) -> Result<Behind, CollectError> {
        let mut behind = Behind::default();
        if !self.health.contains_key(group) {
            let health = self.health(group, out).await?;
            self.health.insert(group.to_owned(), health);
        }
        match self.health.get(group) {
            Some(Ok(health)) => {
                let mut targets = Vec::new();
                for found in health.iter().filter(|found| answers(found)) {
                    let Some(found) = found.target() else {
                        continue;
                    };
                    let id = found.id().unwrap_or_default();
                    if id.contains(":loadbalancer/") {
                        behind.inner.push(id.to_owned());
                    }
                    behind.functions |= id.contains(":lambda:");
                    if is_outside(found) {
                        behind.unmodelled.push("target outside its network".into());
                    }
                    targets.extend(self::targets(names, cards, vpc, found));
                }
                behind.targets = Field::Value(targets);
            }
            Some(Err(gap)) => {
                let place = Text::new_static("body.listeners.targets");
                behind.gap.insert(place, gap.clone());
            }
            None => {}
        }
        behind.keeps_client = match listener.protocol().map(|protocol| protocol.as_str()) {
            // It speaks for its clients.
            Some("HTTP" | "HTTPS") => false,
            Some("TCP" | "TLS") => {
                if !self.preserves.contains_key(group) {
                    let preserves = self.preserves(group, out).await?;
                    self.preserves.insert(group.to_owned(), preserves);
                }
                match self.preserves.get(group) {
                    Some(Ok(preserves)) => *preserves,
                    Some(Err(gap)) => {
                        let place = Text::new_static("body.listeners.keeps_client");
                        behind.gap.insert(place, gap.clone());
                        behind
                            .unmodelled
                            .push("whether targets see the client".into());
                        true
                    }
                    None => true,
                }
            }
            // Always, and nobody can turn it off.
            _ => true,
        };
        Ok(behind)
    }

    async fn health(
        &mut self,
        group: &str,
        out: &mut Batch,
    ) -> Result<Result<Vec<TargetHealthDescription>, Gap>, CollectError> {
        if let Some(gap) = self.refused(HEALTH) {
            return Ok(Err(gap));
        }
        let request = self
            .client
            .describe_target_health()
            .target_group_arn(group)
            .send();
        let answer = self
            .caller
            .call(HEALTH, request, |answer| {
                answer.target_health_descriptions().len()
            })
            .await;
        match answer {
            Ok(answer) => Ok(Ok(answer.target_health_descriptions.unwrap_or_default())),
            Err(failure) => Ok(Err(self.missed(HEALTH, failure.into(), out)?)),
        }
    }

    /// Whether targets of a group see the client's address.
    async fn preserves(
        &mut self,
        group: &str,
        out: &mut Batch,
    ) -> Result<Result<bool, Gap>, CollectError> {
        if let Some(gap) = self.refused(ATTRIBUTES) {
            return Ok(Err(gap));
        }
        let request = self
            .client
            .describe_target_group_attributes()
            .target_group_arn(group)
            .send();
        let answer = self
            .caller
            .call(ATTRIBUTES, request, |answer| answer.attributes().len())
            .await;
        match answer {
            Ok(answer) => {
                let instances = self.has_instances(group);
                Ok(Ok(sees_client(answer.attributes(), instances)))
            }
            Err(failure) => Ok(Err(self.missed(ATTRIBUTES, failure.into(), out)?)),
        }
    }

    fn has_instances(&self, group: &str) -> bool {
        let Some(Ok(health)) = self.health.get(group) else {
            return true;
        };
        health
            .iter()
            .filter_map(|found| found.target()?.id())
            .all(|id| id.starts_with("i-"))
    }

    /// Why an operation need not be tried.
    pub(super) fn refused(&self, operation: &str) -> Option<Gap> {
        self.refused.get(operation).cloned()
    }

    /// What a failed call leaves.
    pub(super) fn missed(
        &mut self,
        operation: &'static str,
        error: CollectError,
        out: &mut Batch,
    ) -> Result<Gap, CollectError> {
        let gap = part_not_read(error, out)?;
        if is_refusal(gap.cause) {
            self.refused.insert(operation, gap.clone());
        }
        Ok(gap)
    }
}

/// Whether the targets of a group see the client: as it says, else instances do and addresses do not.
fn sees_client(attributes: &[TargetGroupAttribute], instances: bool) -> bool {
    let said = attributes
        .iter()
        .find(|attribute| attribute.key() == Some("preserve_client_ip.enabled"))
        .and_then(|attribute| attribute.value());
    said.map_or(instances, |said| said == "true")
}

/// Whether new connections may get to a target. One that is not well counts: it may be well tomorrow, and
/// where none is well all are served.
fn answers(found: &TargetHealthDescription) -> bool {
    let health = found.target_health();
    let state = health
        .and_then(|health| health.state())
        .map(|state| state.as_str());
    let reason = health
        .and_then(|health| health.reason())
        .map(|reason| reason.as_str());
    !matches!(state, Some("draining" | "unhealthy.draining"))
        && (state, reason) != (Some("unused"), Some("Target.NotInUse"))
}

/// Whether a target stands outside the network of its group.
fn is_outside(found: &TargetDescription) -> bool {
    found.availability_zone() == Some("all")
}

/// A target as the machines it may be. A function is none.
fn targets(
    names: Names<'_>,
    cards: &Cards<'_>,
    vpc: Option<&Uid>,
    found: &TargetDescription,
) -> Vec<Target> {
    let id = found.id().unwrap_or_default();
    let empty = Target {
        instance: Field::None,
        interface: Field::None,
        address: Field::None,
        port: Field::read(found.port().map(i64::from)),
    };
    if id.starts_with("i-") {
        let instance = Field::Value(names.ec2(None, "instance", id));
        return vec![Target { instance, ..empty }];
    }
    let Ok(address) = id.parse::<IpAddr>() else {
        return Vec::new();
    };
    let own = Target {
        address: Field::Value(address),
        ..empty.clone()
    };
    let others = is_outside(found).then(|| cards.outside(address, vpc));
    let others = others.into_iter().flatten().map(|interface| Target {
        interface: Field::Value(interface.clone()),
        ..empty.clone()
    });
    std::iter::once(own).chain(others).collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_elasticloadbalancingv2::types::{
        ForwardActionConfig, TargetGroupTuple, TargetHealth, TargetHealthReasonEnum,
        TargetHealthStateEnum,
    };
    use orch_model::{Provider, Scope};

    use super::super::balancer_cards::tests::card;
    use super::*;

    #[test]
    fn groups_of_weight_zero_get_nothing() {
        let tuple = |arn: &str, weight| {
            TargetGroupTuple::builder()
                .target_group_arn(arn)
                .weight(weight)
                .build()
        };
        let weighted = Action::builder()
            .target_group_arn("ignored: the groups below say it all")
            .forward_config(
                ForwardActionConfig::builder()
                    .target_groups(tuple("one", 1))
                    .target_groups(tuple("none", 0))
                    .build(),
            )
            .build();
        let plain = Action::builder().target_group_arn("two").build();
        let redirect = Action::builder().build();
        let groups: Vec<String> = forwarded(&[weighted, plain, redirect]).collect();
        assert_eq!(groups, ["one", "two"]);
    }

    #[test]
    fn a_group_says_whether_its_targets_see_the_client() {
        let said = |value: &str| {
            [TargetGroupAttribute::builder()
                .key("preserve_client_ip.enabled")
                .value(value)
                .build()]
        };
        assert!(sees_client(&said("true"), false));
        assert!(!sees_client(&said("false"), true));
        assert!(sees_client(&[], true) && !sees_client(&[], false));
    }

    #[test]
    fn targets_that_get_no_new_connections_do_not_answer() {
        let found = |state: &str, reason: Option<&str>| {
            let health = TargetHealth::builder()
                .state(TargetHealthStateEnum::from(state))
                .set_reason(reason.map(TargetHealthReasonEnum::from))
                .build();
            answers(
                &TargetHealthDescription::builder()
                    .target_health(health)
                    .build(),
            )
        };
        for state in [
            "healthy",
            "unhealthy",
            "initial",
            "unavailable",
            "brand-new",
        ] {
            assert!(found(state, None), "{state}");
        }
        assert!(found("unused", Some("Target.InvalidState")));
        assert!(!found("unused", Some("Target.NotInUse")));
        assert!(!found("draining", None));
    }

    #[test]
    fn a_target_is_an_instance_or_an_address() {
        let scope = Scope::new(Provider::Aws, "aws", "111122223333", "eu-west-1");
        let names = Names::new(&scope);
        let prior = [card("1", "someone's", false)];
        let cards = Cards::of(&prior);
        let vpc = names.ec2(None, "vpc", "vpc-1");
        let of = |id: &str, zone: Option<&str>| {
            let found = TargetDescription::builder()
                .id(id)
                .port(8080)
                .set_availability_zone(zone.map(str::to_owned))
                .build();
            targets(names, &cards, Some(&vpc), &found)
        };
        let instance = of("i-1", None);
        assert_eq!(instance[0].instance.value().unwrap().short(), "i-1");
        assert_eq!(instance[0].port, Field::Value(8080));
        assert_eq!(of("10.0.0.5", None).len(), 1);
        // In another network that is joined with this one.
        let outside = of("10.0.0.5", Some("all"));
        assert_eq!(outside[1].interface, Field::Value(Uid::new("eni/1")));
        assert!(of("arn:aws:lambda:eu-west-1:111122223333:function:f", None).is_empty());
    }
}
