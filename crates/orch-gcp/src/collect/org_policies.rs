//! governance.policy: organization policies as they hold for the project, wherever they were set.

use std::collections::BTreeSet;

use orch_collect::{CollectError, CollectSettings, CollectorSpec, Estimate};
use orch_model::kind::GovernancePolicy;
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text};
use serde::Deserialize;
use serde_json::Value;

use super::parts::{made, together};
use super::reading::{Reader, Reading};
use crate::convert::{Base, Malformed, last, required, resource};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

const LIST: Api = get(
    "orgpolicy.policies.list",
    "orgpolicy.googleapis.com/v2/projects/{project}/policies",
);
/// What holds for the project once everything above it is counted in.
pub(super) const EFFECTIVE: Api = get(
    "orgpolicy.policy.get",
    "orgpolicy.googleapis.com/v2/projects/{project}/policies/{constraint}:getEffectivePolicy",
);

/// Constraints that an audit asks about, whether or not the project sets them itself; sorted. Their names
/// are Google's.
const ASKED: [&str; 20] = [
    "compute.disableNestedVirtualization",
    "compute.disableSerialPortAccess",
    "compute.requireOsLogin",
    "compute.requireShieldedVm",
    "compute.restrictVpcPeering",
    "compute.skipDefaultNetworkCreation",
    "compute.vmCanIpForward",
    "compute.vmExternalIpAccess",
    "gcp.resourceLocations",
    "gcp.restrictNonCmekServices",
    "gcp.restrictTLSVersion",
    "iam.allowedPolicyMemberDomains",
    "iam.automaticIamGrantsForDefaultServiceAccounts",
    "iam.disableServiceAccountKeyCreation",
    "iam.disableServiceAccountKeyUpload",
    "run.allowedIngress",
    "sql.restrictAuthorizedNetworks",
    "sql.restrictPublicIp",
    "storage.publicAccessPrevention",
    "storage.uniformBucketLevelAccess",
];

/// Organization policies.
pub(super) struct OrgPolicies;

/// A policy as the API tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct OrgPolicy {
    spec: Option<Spec>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Spec {
    rules: Option<Vec<Rule>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Rule {
    enforce: Option<bool>,
    allow_all: Option<bool>,
    deny_all: Option<bool>,
    values: Option<Values>,
    condition: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Values {
    allowed_values: Option<Vec<Text>>,
    denied_values: Option<Vec<Text>>,
}

impl OrgPolicy {
    /// Whether it forbids anything. Not known where that hangs on tags of the single resource.
    pub(super) fn enforced(&self) -> Field<bool> {
        let mut rules = self.rules().peekable();
        if rules.peek().is_some() && self.rules().any(|rule| rule.condition.is_some()) {
            return Field::NotRead;
        }
        Field::Value(rules.any(Rule::forbids))
    }

    /// The values it allows, where it lists some; with everything denied it allows none.
    fn allows(&self) -> Field<Vec<Text>> {
        if self.rules().any(|rule| rule.deny_all == Some(true)) {
            return Field::Value(Vec::new());
        }
        let mut allowed = BTreeSet::new();
        for rule in self.rules() {
            let values = rule.values.iter();
            allowed
                .extend(values.flat_map(|values| values.allowed_values.iter().flatten().cloned()));
        }
        match allowed.is_empty() {
            true => Field::None,
            false => Field::Value(allowed.into_iter().collect()),
        }
    }

    fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.spec
            .iter()
            .flat_map(|spec| spec.rules.iter().flatten())
    }
}

impl Rule {
    fn forbids(&self) -> bool {
        let lists = |values: &Values| {
            let mut all = values.allowed_values.iter().chain(&values.denied_values);
            all.any(|values| !values.is_empty())
        };
        self.enforce == Some(true)
            || self.deny_all == Some(true)
            || self.allow_all != Some(true) && self.values.as_ref().is_some_and(lists)
    }
}

impl Reader for OrgPolicies {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "orgpolicy.policies",
        service: "orgpolicy",
        datasets: &[Dataset::Kind(Kind::GovernancePolicy)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST), free(EFFECTIVE)],
    };
    const DECODE: Option<super::Decoder> = Some(decoded);

    fn estimate(_: &[Resource], _: &CollectSettings) -> Estimate {
        Estimate {
            calls: 1 + ASKED.len() as u64,
            assumption:
                "one free call for each constraint that is asked about, and for each that the \
                         project sets beside them"
                    .to_owned(),
            ..Estimate::default()
        }
    }

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let ask = reading.ask(LIST).query("pageSize", "500");
        let own = reading
            .list::<OrgPolicy>(ask, Shape::Items("policies"), Some(500))
            .await?;
        let mut constraints: BTreeSet<Text> = own.iter().map(|found| found.base.name()).collect();
        constraints.extend(ASKED.map(Text::new_static));
        constraints.remove("");
        let asks = constraints
            .iter()
            .map(|constraint| {
                reading
                    .ask(EFFECTIVE)
                    .with("constraint", constraint.as_str())
            })
            .collect();
        let answers = together::<OrgPolicy>(reading, asks, Shape::Single, None).await?;
        for found in answers.into_iter().flat_map(|whole| whole.found) {
            let resources = policy(reading.names, found);
            reading.push_all(EFFECTIVE.permission, resources);
        }
        Ok(())
    }
}

fn decoded(names: Names<'_>, body: Value) -> Decoded {
    made(EFFECTIVE, Shape::Single, body, |found| policy(names, found))
}

/// One policy.
fn policy(names: Names<'_>, found: Found<OrgPolicy>) -> Result<Vec<Resource>, Malformed> {
    let constraint = last(found.base.full_name());
    let constraint = required(
        Some(constraint).filter(|name| !name.is_empty()),
        "policy without name",
    )?;
    let body = GovernancePolicy {
        constraint: Text::from(format!("constraints/{constraint}")),
        enforced: found.own.enforced(),
        noncompliant: Field::NotRead,
        allows: found.own.allows(),
    };
    let uid = names.of("orgpolicy", &format!("policies/{constraint}"));
    let mut policy = resource(names.at(None), uid, &Base::default(), body, []);
    policy.name = Text::new(constraint);
    Ok(vec![policy])
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
    use serde_json::json;

    use super::*;

    fn policy_of(rules: Value) -> GovernancePolicy {
        let body = json!({"name": "projects/1/policies/a.b", "spec": {"rules": rules}}).to_string();
        let decoded = crate::decode("orgpolicy.policies", body.as_bytes()).unwrap();
        assert_eq!(decoded.gap, None);
        match &decoded.resources[0].body {
            Body::GovernancePolicy(policy) => (**policy).clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_a_policy_forbids_is_told_whatever_its_form() {
        let values = |rules| {
            let policy = policy_of(rules);
            assert_eq!(policy.constraint, "constraints/a.b");
            (policy.enforced, policy.allows)
        };
        assert_eq!(
            values(json!([{"enforce": true}])),
            (Field::Value(true), Field::None)
        );
        assert_eq!(
            values(json!([{"enforce": false}])),
            (Field::Value(false), Field::None)
        );
        assert_eq!(
            values(json!([{"allowAll": true}])),
            (Field::Value(false), Field::None)
        );
        assert_eq!(values(json!(null)), (Field::Value(false), Field::None));
        assert_eq!(
            values(json!([{"denyAll": true}])),
            (Field::Value(true), Field::Value(vec![]))
        );
        assert_eq!(
            values(json!([{"values": {"allowedValues": ["in:eu-locations", "C0"]}}])),
            (
                Field::Value(true),
                Field::Value(vec!["C0".into(), "in:eu-locations".into()])
            )
        );
        assert_eq!(
            values(json!([{"values": {"deniedValues": ["x"]}}])),
            (Field::Value(true), Field::None)
        );
    }

    #[test]
    fn a_policy_that_hangs_on_tags_is_not_known() {
        let rules =
            json!([{"enforce": true, "condition": {"expression": "x"}}, {"enforce": false}]);
        assert_eq!(policy_of(rules).enforced, Field::NotRead);
    }

    #[test]
    fn the_constraints_are_sorted() {
        assert!(ASKED.is_sorted());
    }
}
