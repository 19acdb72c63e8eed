//! governance.recommendation: what Azure Advisor advises.

use orch_collect::CollectorSpec;
use orch_model::kind::GovernanceRecommendation;
use orch_model::{Currency, Dataset, Field, Kind, Money, Reach, Resource, Text};
use rust_decimal::Decimal;
use serde_json::Value;

use super::list::{ArmList, Around, Element, Source, free};
use crate::convert::{name, part};
use crate::names::uid;
use crate::node::{Malformed, Node};

const READ: &str = "Microsoft.Advisor/recommendations/read";

/// Recommendations.
pub(super) struct Recommendations;

impl ArmList for Recommendations {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "governance.recommendations",
        service: "governance",
        datasets: &[Dataset::Kind(Kind::GovernanceRecommendation)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Advisor/recommendations",
        "2023-01-01",
    );

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let of = found.node();
        let id = of.required("id")?;
        let impact = of.text("properties.impact")?;
        let target = of.uid("properties.resourceMetadata.resourceId")?;
        let body = GovernanceRecommendation {
            category: category(of.required("properties.category")?),
            impact: Field::seen(impact.map(|impact| impact.to_ascii_lowercase().into())),
            problem: Text::new(of.required("properties.shortDescription.problem")?),
            target: Field::seen(target.map(|target| Text::new(target.as_str()))),
            monthly_saving: saving(of)?,
        };
        Ok(vec![part(
            around.names.global().clone(),
            uid(id),
            name(of, id)?,
            // Recommendations cannot be tagged.
            Field::None,
            Field::NotRead,
            body,
            [],
        )])
    }
}

fn category(word: &str) -> Text {
    Text::from(match word.to_ascii_lowercase().as_str() {
        "highavailability" => "reliability".to_owned(),
        "operationalexcellence" => "operations".to_owned(),
        other => other.to_owned(),
    })
}

/// What it says to save in a month: a twelfth of the year's, or the amount by itself. None where it tells no
/// amount at all.
fn saving(of: Node<'_>) -> Result<Field<Money>, Malformed> {
    let more = of.at("properties.extendedProperties")?;
    let monthly = match amount(more, "annualSavingsAmount")? {
        Some(annual) => Some((annual / Decimal::from(12)).round_dp(6).normalize()),
        None => amount(more, "savingsAmount")?,
    };
    let Some(amount) = monthly else {
        return Ok(Field::None);
    };
    Ok(match more.text("savingsCurrency")? {
        Some(currency) => Field::Value(Money {
            amount,
            currency: Currency(Text::new(currency)),
        }),
        None => Field::NotRead,
    })
}

/// An amount, which is written as text.
fn amount(of: Node<'_>, path: &str) -> Result<Option<Decimal>, Malformed> {
    let text = match of.at(path)?.value() {
        Value::Null => return Ok(None),
        Value::Number(number) => number.to_string(),
        _ => match of.text(path)? {
            Some(text) => text.trim().to_owned(),
            None => return Ok(None),
        },
    };
    let parsed = text.parse().or_else(|_| Decimal::from_scientific(&text));
    parsed.map(Some).map_err(|_| of.bad(path))
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
    use serde_json::json;

    use super::super::standin::scope;
    use super::*;

    fn advice(more: Value) -> Result<GovernanceRecommendation, Malformed> {
        let scope = scope();
        let found = Element::bare(json!({
            "id": "/subscriptions/S/resourceGroups/G/providers/Microsoft.Compute/virtualMachines/V/providers/Microsoft.Advisor/recommendations/r1",
            "name": "r1",
            "properties": {
                "category": "Cost", "impact": "High",
                "shortDescription": { "problem": "Right-size it" },
                "resourceMetadata": { "resourceId": "/subscriptions/S/resourceGroups/G/providers/Microsoft.Compute/virtualMachines/V" },
                "extendedProperties": more,
            },
        }));
        let made = Recommendations::resources(&Around::bare(&scope), &found)?;
        match &made[0].body {
            Body::GovernanceRecommendation(body) => Ok((**body).clone()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_saving_is_that_of_a_month() {
        let saved = |more| advice(more).unwrap().monthly_saving;
        let euros = |amount: &str| {
            Field::Value(Money {
                amount: amount.parse().unwrap(),
                currency: Currency("EUR".into()),
            })
        };
        let both = json!({ "annualSavingsAmount": "1200", "savingsAmount": "99", "savingsCurrency": "EUR" });
        assert_eq!(saved(both), euros("100"));
        let month = json!({ "savingsAmount": "12.5", "savingsCurrency": "EUR" });
        assert_eq!(saved(month), euros("12.5"));
        assert_eq!(saved(json!({ "score": "0" })), Field::None);
        assert_eq!(saved(json!({ "savingsAmount": "1" })), Field::NotRead);
        let odd = advice(json!({ "savingsAmount": "much" }));
        let place = "properties.extendedProperties.savingsAmount";
        assert_eq!(odd, Err(Malformed(place.into())));
    }

    #[test]
    fn advice_names_what_it_is_about() {
        let advice = advice(json!({})).unwrap();
        assert_eq!(
            (&*advice.category, advice.impact),
            ("cost", Field::Value("high".into()))
        );
        let target =
            "/subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachines/v";
        assert_eq!(advice.target, Field::Value(target.into()));
        assert_eq!(category("HighAvailability"), "reliability");
    }
}
