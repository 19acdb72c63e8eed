//! governance.recommendation: what Google's own advisers on costs and rights say about the project.

use orch_collect::{CollectError, CollectSettings, CollectorSpec, Estimate, Operation};
use orch_model::kind::GovernanceRecommendation;
use orch_model::{Currency, Dataset, Field, Kind, Money, Reach, Resource, Text};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::parts::{located, made, places, together};
use super::reading::{Reader, Reading};
use crate::convert::{Malformed, Number, required, resource};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};
use crate::regions;

/// The places that have any advice; version 1 has no such list.
const PLACES: Api = get(
    "recommender.locations.list",
    "recommender.googleapis.com/v1beta1/projects/{project}/locations",
);

/// The largest page.
const PAGE: u64 = 1_000;

/// Seconds of a month, as long as Google's projections are.
const MONTH: i64 = 30 * 86_400;

/// Where an adviser's advice lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lies {
    Global,
    Region,
    Zone,
    ZoneOrRegion,
    RegionOrGlobal,
}

impl Lies {
    fn at(self, place: &str) -> bool {
        let zone = regions::is_zone(place);
        let region = !zone && regions::of(place).is_some();
        match self {
            Self::Global => place == "global",
            Self::Region => region,
            Self::Zone => zone,
            Self::ZoneOrRegion => zone || region,
            Self::RegionOrGlobal => region || place == "global",
        }
    }
}

/// Every adviser that is asked, by its name. Each has a permission of its own.
const ADVISERS: [(Api, Lies); 14] = [
    (
        get(
            "recommender.cloudsqlIdleInstanceRecommendations.list",
            "recommender.googleapis.com/v1/projects/{project}/locations/{location}/recommenders/google.cloudsql.instance.IdleRecommender/recommendations",
        ),
        Lies::Region,
    ),
    (
        get(
            "recommender.cloudsqlOverprovisionedInstanceRecommendations.list",
            "recommender.googleapis.com/v1/projects/{project}/locations/{location}/recommenders/google.cloudsql.instance.OverprovisionedRecommender/recommendations",
        ),
        Lies::Region,
    ),
    (
        get(
            "recommender.computeAddressIdleResourceRecommendations.list",
            "recommender.googleapis.com/v1/projects/{project}/locations/{location}/recommenders/google.compute.address.IdleResourceRecommender/recommendations",
        ),
        Lies::RegionOrGlobal,
    ),
    (
        get(
            "recommender.usageCommitmentRecommendations.list",
            "recommender.googleapis.com/v1/projects/{project}/locations/{location}/recommenders/google.compute.commitment.UsageCommitmentRecommender/recommendations",
        ),
        Lies::Region,
    ),
    (
        get(
            "recommender.computeDiskIdleResourceRecommendations.list",
            "recommender.googleapis.com/v1/projects/{project}/locations/{location}/recommenders/google.compute.disk.IdleResourceRecommender/recommendations",
        ),
        Lies::ZoneOrRegion,
    ),
    (
        get(
            "recommender.computeImageIdleResourceRecommendations.list",
            "recommender.googleapis.com/v1/projects/{project}/locations/{location}/recommenders/google.compute.image.IdleResourceRecommender/recommendations",
        ),
        Lies::Global,
    ),
    (
        get(
            "recommender.computeInstanceIdleResourceRecommendations.list",
            "recommender.googleapis.com/v1/projects/{project}/locations/{location}/recommenders/google.compute.instance.IdleResourceRecommender/recommendations",
        ),
        Lies::Zone,
    ),
    (
        get(
            "recommender.computeInstanceMachineTypeRecommendations.list",
            "recommender.googleapis.com/v1/projects/{project}/locations/{location}/recommenders/google.compute.instance.MachineTypeRecommender/recommendations",
        ),
        Lies::Zone,
    ),
    (
        get(
            "recommender.computeInstanceGroupManagerMachineTypeRecommendations.list",
            "recommender.googleapis.com/v1/projects/{project}/locations/{location}/recommenders/google.compute.instanceGroupManager.MachineTypeRecommender/recommendations",
        ),
        Lies::ZoneOrRegion,
    ),
    (
        get(
            "recommender.iamPolicyRecommendations.list",
            "recommender.googleapis.com/v1/projects/{project}/locations/{location}/recommenders/google.iam.policy.Recommender/recommendations",
        ),
        Lies::Global,
    ),
    (
        get(
            "recommender.resourcemanagerProjectUtilizationRecommendations.list",
            "recommender.googleapis.com/v1/projects/{project}/locations/{location}/recommenders/google.resourcemanager.projectUtilization.Recommender/recommendations",
        ),
        Lies::Global,
    ),
    (
        get(
            "recommender.runServiceCostRecommendations.list",
            "recommender.googleapis.com/v1/projects/{project}/locations/{location}/recommenders/google.run.service.CostRecommender/recommendations",
        ),
        Lies::Region,
    ),
    (
        get(
            "recommender.runServiceIdentityRecommendations.list",
            "recommender.googleapis.com/v1/projects/{project}/locations/{location}/recommenders/google.run.service.IdentityRecommender/recommendations",
        ),
        Lies::Region,
    ),
    (
        get(
            "recommender.runServiceSecurityRecommendations.list",
            "recommender.googleapis.com/v1/projects/{project}/locations/{location}/recommenders/google.run.service.SecurityRecommender/recommendations",
        ),
        Lies::Region,
    ),
];

const OPERATIONS: [Operation; ADVISERS.len() + 1] = {
    let mut all = [free(PLACES); ADVISERS.len() + 1];
    let mut next = 0;
    while next < ADVISERS.len() {
        all[next + 1] = free(ADVISERS[next].0);
        next += 1;
    }
    all
};

/// Recommendations.
pub(super) struct Recommendations;

/// A recommendation as the API tells it. What it would change in whose rights is passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Recommendation {
    description: Option<Text>,
    primary_impact: Option<Impact>,
    content: Option<Content>,
    state_info: Option<State>,
    priority: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Impact {
    category: Option<Text>,
    cost_projection: Option<Projection>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Projection {
    cost: Option<Cost>,
    duration: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Cost {
    currency_code: Option<Text>,
    units: Option<Number>,
    nanos: Option<Number>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Content {
    operation_groups: Option<Vec<Group>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Group {
    operations: Option<Vec<Step>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Step {
    resource: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct State {
    state: Option<Text>,
}

impl Reader for Recommendations {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "recommender.recommendations",
        service: "recommender",
        datasets: &[Dataset::Kind(Kind::GovernanceRecommendation)],
        reach: Reach::Global,
        after: &[],
        operations: &OPERATIONS,
    };
    const DECODE: Option<super::Decoder> = Some(decoded);

    fn estimate(_: &[Resource], _: &CollectSettings) -> Estimate {
        Estimate {
            calls: OPERATIONS.len() as u64,
            assumption:
                "one free call for each adviser in each zone and region that has any advice"
                    .to_owned(),
            ..Estimate::default()
        }
    }

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let places = places(reading, PLACES).await?;
        let mut asks = Vec::new();
        for place in &places {
            for (api, lies) in ADVISERS {
                if lies.at(place) {
                    let ask = reading.ask(api).with("location", place.as_str());
                    let ask = ask.query("filter", "stateInfo.state=ACTIVE");
                    asks.push(ask.query("pageSize", PAGE.to_string()));
                }
            }
        }
        let shape = Shape::Items("recommendations");
        let lists = together::<Recommendation>(reading, asks, shape, None).await?;
        for found in lists.into_iter().flat_map(|list| list.found) {
            let made = recommendation(reading.names, found);
            reading.push_all(Recommendations::SPEC.name, made);
        }
        Ok(())
    }
}

fn decoded(names: Names<'_>, body: Value) -> Decoded {
    made(
        ADVISERS[0].0,
        Shape::Items("recommendations"),
        body,
        |found| recommendation(names, found),
    )
}

/// One recommendation; none where somebody has dealt with it.
fn recommendation(
    names: Names<'_>,
    found: Found<Recommendation>,
) -> Result<Vec<Resource>, Malformed> {
    let (base, own) = (&found.base, &found.own);
    let state = own
        .state_info
        .as_ref()
        .and_then(|info| info.state.as_deref());
    if state.is_some_and(|state| state != "ACTIVE") {
        return Ok(Vec::new());
    }
    let (location, adviser) = located(base.full_name(), "recommenders")?;
    let impact = own.primary_impact.as_ref();
    let category = impact.and_then(|impact| impact.category.as_deref());
    let projection = impact.and_then(|impact| impact.cost_projection.as_ref());
    let body = GovernanceRecommendation {
        category: category_of(required(category, "recommendation without category")?),
        impact: match own.priority.as_deref() {
            Some("P1") => Field::Value(Text::new_static("high")),
            Some("P2") => Field::Value(Text::new_static("medium")),
            Some("P3" | "P4") => Field::Value(Text::new_static("low")),
            _ => Field::NotRead,
        },
        problem: own
            .description
            .clone()
            .unwrap_or_else(|| Text::new(adviser)),
        target: Field::seen(target(own)),
        monthly_saving: match projection {
            None => Field::None,
            Some(projection) => saving(projection)?,
        },
    };
    let id = base.name();
    let path = format!("locations/{location}/recommenders/{adviser}/recommendations/{id}");
    let uid = names.of("recommender", &path);
    Ok(vec![resource(
        names.at(Some(location)),
        uid,
        base,
        body,
        [],
    )])
}

/// Google's categories in our words.
fn category_of(category: &str) -> Text {
    match category {
        "MANAGEABILITY" => Text::new_static("operations"),
        _ => Text::from(category.to_ascii_lowercase()),
    }
}

/// What the first step of the advice would change.
fn target(own: &Recommendation) -> Option<Text> {
    let content = own.content.as_ref()?;
    let groups = content.operation_groups.iter().flatten();
    let mut steps = groups.flat_map(|group| group.operations.iter().flatten());
    steps.find_map(|step| step.resource.clone())
}

/// What a projection of costs saves in a month: costs that fall are below zero. None where they rise.
fn saving(projection: &Projection) -> Result<Field<Money>, Malformed> {
    let cost = required(projection.cost.as_ref(), "projection without costs")?;
    let currency = required(cost.currency_code.clone(), "costs without currency")?;
    let seconds = match projection.duration.as_deref() {
        None => MONTH,
        Some(text) => {
            let whole = text.strip_suffix('s').unwrap_or(text);
            let whole = whole.split('.').next().unwrap_or(whole);
            whole
                .parse()
                .map_err(|_| Malformed("projection's duration"))?
        }
    };
    if seconds <= 0 {
        return Err(Malformed("projection's duration"));
    }
    let units = Decimal::from(cost.units.map_or(0, i64::from));
    let nanos = i64::from(cost.nanos.unwrap_or(Number(0)));
    let nanos = Decimal::try_new(nanos, 9).map_err(|_| Malformed("projected costs"))?;
    let scaled = (units + nanos)
        .checked_mul(Decimal::from(-MONTH))
        .and_then(|scaled| scaled.checked_div(Decimal::from(seconds)))
        .ok_or(Malformed("projected costs"))?;
    Ok(Field::read((scaled > Decimal::ZERO).then(|| Money {
        amount: scaled.normalize(),
        currency: Currency(currency),
    })))
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
    use serde_json::json;

    use super::*;
    use crate::collect::parts::wire;

    fn body(resource: &Resource) -> &GovernanceRecommendation {
        match &resource.body {
            Body::GovernanceRecommendation(body) => body,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn advice_tells_target_and_what_a_month_saves() {
        let decoded = crate::decode("recommender.recommendations", &wire("advice-idle")).unwrap();
        assert_eq!(decoded.gap, None);
        let [idle, rights] = &decoded.resources[..] else {
            panic!("dismissed advice is left out")
        };
        assert_eq!(
            idle.uid.as_str(),
            "//recommender.googleapis.com/projects/project/locations/europe-west1-b/recommenders/google.compute.instance.IdleResourceRecommender/recommendations/aa-1"
        );
        assert_eq!(idle.scope.region, "europe-west1");
        let idle = body(idle);
        assert_eq!(
            (
                idle.category.as_str(),
                idle.impact.value().unwrap().as_str()
            ),
            ("cost", "medium")
        );
        assert_eq!(
            idle.monthly_saving.value().unwrap().to_string(),
            "50.53 EUR"
        );
        assert_eq!(
            idle.target.value().unwrap(),
            "//compute.googleapis.com/projects/p/zones/europe-west1-b/instances/old"
        );
        let rights = body(rights);
        assert_eq!(
            (rights.category.as_str(), &rights.monthly_saving),
            ("security", &Field::None)
        );
        assert!(
            !format!("{:?}", decoded.resources).contains("ada@"),
            "nobody's name is kept"
        );
    }

    #[test]
    fn savings_are_scaled_to_a_month_and_rising_costs_are_none() {
        let of = |cost: Value| {
            let projection = serde_json::from_value(cost).unwrap();
            saving(&projection).map(|saving| saving.value().map(ToString::to_string))
        };
        let cost = |units: &str, duration: &str| json!({"cost": {"currencyCode": "USD", "units": units}, "duration": duration});
        assert_eq!(
            of(cost("-120", "31104000s")),
            Ok(Some("10.00 USD".to_owned()))
        );
        assert_eq!(
            of(cost("-10", "2592000s")),
            Ok(Some("10.00 USD".to_owned()))
        );
        assert_eq!(of(cost("7", "2592000s")), Ok(None));
        assert!(of(cost("-1", "0s")).is_err() && of(json!({"cost": {"units": "-1"}})).is_err());
        let vast = json!({"cost": {"currencyCode": "USD", "units": "-9223372036854775807"}, "duration": "1s"});
        assert!(of(vast).is_ok());
    }

    #[test]
    fn advisers_are_asked_where_their_advice_lies() {
        let at = |place: &str| ADVISERS.iter().filter(|(_, lies)| lies.at(place)).count();
        assert_eq!(
            (
                at("global"),
                at("europe-west1"),
                at("europe-west1-b"),
                at("eu")
            ),
            (4, 9, 4, 0)
        );
        for (api, _) in ADVISERS {
            assert!(api.path.ends_with("/recommendations"), "{}", api.path);
        }
    }
}
