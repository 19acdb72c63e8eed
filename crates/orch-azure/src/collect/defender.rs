//! security.plan and security.contact: plans of Microsoft Defender for Cloud, and whom it tells.

use orch_collect::CollectorSpec;
use orch_model::kind::{SecurityContact, SecurityPlan};
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text};
use serde_json::Value;

use super::common::either;
use super::list::{ArmList, Around, Element, Source, free};
use crate::convert::{name, resource};
use crate::node::{Malformed, Node};

const PLANS: &str = "Microsoft.Security/pricings/read";
const CONTACTS: &str = "Microsoft.Security/securityContacts/read";

/// Plans, one for each type of resource.
pub(super) struct Plans;

impl ArmList for Plans {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "security.plans",
        service: "security",
        datasets: &[Dataset::Kind(Kind::SecurityPlan)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(PLANS)],
    };
    // Without a filter all plans come, those that are off as `Free`: a plan that is missing is not on, be it
    // that the cloud does not have it (learn.microsoft.com/rest/api/defenderforcloud-composite/pricings/list).
    const LIST: Source = Source::get(
        PLANS,
        "/subscriptions/{subscription}/providers/Microsoft.Security/pricings",
        "2024-01-01",
    );

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let of = found.node();
        let body = SecurityPlan {
            plan: name(of, of.required("id")?)?,
            enabled: either(of, "properties.pricingTier", "Standard", "Free")?,
        };
        let made = Field::seen(of.time("properties.enablementTime")?);
        Ok(vec![resource(around.names, of, made, body, [])?])
    }
}

/// Security contacts. Their addresses are people's and are not kept.
pub(super) struct Contacts;

impl ArmList for Contacts {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "security.contacts",
        service: "security",
        datasets: &[Dataset::Kind(Kind::SecurityContact)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(CONTACTS)],
    };
    // There is no version of it but previews.
    const LIST: Source = Source::get(
        CONTACTS,
        "/subscriptions/{subscription}/providers/Microsoft.Security/securityContacts",
        "2023-12-01-preview",
    );

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let of = found.node();
        let email = of
            .text("properties.emails")?
            .or(of.text("properties.email")?);
        let body = SecurityContact {
            has_email: Field::Value(email.is_some_and(|email| !email.trim().is_empty())),
            notifies_owners: owners(of)?,
            minimum_severity: severity(of)?,
        };
        let mut contact = resource(around.names, of, Field::NotRead, body, [])?;
        // Its location is where Azure keeps the record, not where it holds.
        contact.scope = around.names.global().clone();
        Ok(vec![contact])
    }
}

/// Whether owners are told.
fn owners(of: Node<'_>) -> Result<Field<bool>, Malformed> {
    let by_role = "properties.notificationsByRole";
    if !of.has(by_role) {
        // The first version had one switch for all administrators.
        return either(of, "properties.alertsToAdmins", "On", "Off");
    }
    let is_on = of.word("properties.notificationsByRole.state", &["On"])?;
    let roles = of.texts("properties.notificationsByRole.roles")?;
    let owner = roles.iter().any(|role| role.eq_ignore_ascii_case("Owner"));
    Ok(Field::seen(is_on.map(|is_on| is_on && owner)))
}

/// From which severity on alerts are told.
fn severity(of: Node<'_>) -> Result<Field<Text>, Malformed> {
    let lower = |word: Option<&str>| word.map(|word| Text::from(word.to_ascii_lowercase()));
    if of.boolean("properties.isEnabled")? == Some(false) {
        return Ok(Field::None);
    }
    let sources = "properties.notificationsSources";
    if of.has(sources) {
        for source in of.list(sources)? {
            if source.word("sourceType", &["Alert"])? == Some(true) {
                return Ok(Field::seen(lower(source.text("minimalSeverity")?)));
            }
        }
        return Ok(Field::None);
    }
    let on = of.at("properties.alertNotifications")?;
    // The first version has one word there and no severity.
    let (state, severity) = match on.value() {
        Value::String(_) => (on.word("", &["On"])?, None),
        _ => (on.word("state", &["On"])?, on.text("minimalSeverity")?),
    };
    Ok(match state {
        Some(true) => Field::seen(lower(severity)),
        Some(false) => Field::None,
        None => Field::NotRead,
    })
}

#[cfg(test)]
#[path = "defender_tests.rs"]
mod tests;
