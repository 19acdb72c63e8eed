//! governance.policy: policy assignments and how many resources break them.

use orch_collect::CollectorSpec;
use orch_model::kind::GovernancePolicy;
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text, Uid};

use super::common::either;
use super::list::{ArmList, Around, Beside, Element, Source, free};
use crate::convert::{name, part};
use crate::names::uid;
use crate::node::Malformed;

const READ: &str = "Microsoft.Authorization/policyAssignments/read";
/// A question that is asked by POST: it changes nothing.
const SUMMARY: &str = "Microsoft.PolicyInsights/policyStates/summarize/action";

/// Policy assignments at, below and above the subscription.
pub(super) struct Policies;

impl ArmList for Policies {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "governance.policies",
        service: "governance",
        datasets: &[Dataset::Kind(Kind::GovernancePolicy)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ), free(SUMMARY)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Authorization/policyAssignments",
        "2023-04-01",
    );
    const BESIDE: &'static [Beside] = &[Beside {
        name: "summary",
        source: Source::post(
            SUMMARY,
            "/subscriptions/{subscription}/providers/Microsoft.PolicyInsights/policyStates/latest/summarize",
            "2019-10-01",
        ),
        shared: false,
        fields: &["body.noncompliant"],
    }];

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let of = found.node();
        let id = of.required("id")?;
        let own = uid(id);
        let constraint = uid(of.required("properties.policyDefinitionId")?);
        let body = GovernancePolicy {
            constraint: Text::new(constraint.as_str()),
            enforced: either(of, "properties.enforcementMode", "Default", "DoNotEnforce")?,
            noncompliant: noncompliant(around, &own)?,
            allows: Field::NotRead,
        };
        let called = match of.text("properties.displayName")? {
            Some(called) => Text::new(called),
            None => name(of, id)?,
        };
        let made = Field::seen(of.time("systemData.createdAt")?);
        // Its location is that of its identity; it holds wherever its scope reaches.
        let scope = around.names.global().clone();
        Ok(vec![part(
            scope,
            own,
            called,
            // Assignments cannot be tagged.
            Field::None,
            made,
            body,
            [],
        )])
    }
}

/// How many resources break it; not read where it was not yet evaluated.
fn noncompliant(around: &Around<'_>, assignment: &Uid) -> Result<Field<i64>, Malformed> {
    let Field::Value(summaries) = around.all("summary") else {
        return Ok(Field::NotRead);
    };
    for summary in summaries {
        for one in summary.list("policyAssignments")? {
            if one.uid("policyAssignmentId")?.as_ref() == Some(assignment) {
                return Ok(Field::seen(one.int("results.nonCompliantResources")?));
            }
        }
    }
    Ok(Field::NotRead)
}

#[cfg(test)]
#[path = "policies_tests.rs"]
mod tests;
