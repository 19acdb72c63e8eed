//! compute.image: images of the project, with whether everybody may use them.

use orch_collect::{CollectError, CollectSettings, CollectorSpec, Estimate};
use orch_model::kind::ComputeImage;
use orch_model::{Cause, Dataset, Field, Gap, Kind, Reach, Relation, Resource, Text};
use serde::Deserialize;

use super::Decoder;
use super::list::COMPUTE_PAGE;
use super::reading::{Reader, Reading};
use crate::convert::{links, resource};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Read, Shape};

const LIST: Api = get(
    "compute.images.list",
    "compute.googleapis.com/compute/v1/projects/{project}/global/images",
);
const POLICY: Api = get(
    "compute.images.getIamPolicy",
    "compute.googleapis.com/compute/v1/projects/{project}/global/images/{image}/getIamPolicy",
);

/// Images, and the policy of each.
pub(super) struct Images;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Image {
    source_disk: Option<Text>,
    source_image: Option<Text>,
    source_snapshot: Option<Text>,
    licenses: Option<Vec<Text>>,
    guest_os_features: Option<Vec<Feature>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Feature {
    r#type: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Policy {
    bindings: Option<Vec<Binding>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Binding {
    members: Option<Vec<Text>>,
}

impl Reader for Images {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "compute.images",
        service: "compute",
        datasets: &[Dataset::Kind(Kind::ComputeImage)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST), free(POLICY)],
    };
    const DECODE: Option<Decoder> = Some(|names, body| {
        let whole = Read::of(LIST.permission, body, Shape::Items("items")).decoded::<Image>();
        Decoded::of(LIST.permission, whole, |found| {
            let policy = Gap::new(Cause::NotCollected, POLICY.permission);
            Ok(vec![made(names, &found, Err(policy))])
        })
    });

    fn estimate(_: &[Resource], _: &CollectSettings) -> Estimate {
        Estimate {
            calls: 1,
            assumption: "one more free call for each image".to_owned(),
            ..Estimate::default()
        }
    }

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let (size, most) = COMPUTE_PAGE;
        let ask = reading.ask(LIST).query(size, most.to_string());
        let images = reading
            .list::<Image>(ask, Shape::Items("items"), Some(most))
            .await?;
        let asks = images.iter().map(|image| {
            let ask = reading.ask(POLICY).with("image", image.base.name());
            ask.query("optionsRequestedPolicyVersion", "3")
        });
        let asks: Vec<_> = asks.collect();
        let policies = reading
            .children::<Policy>(asks, Shape::Single, None)
            .await?;
        for (image, policy) in images.iter().zip(policies) {
            let policy = match policy.gap {
                Some(gap) => Err(gap),
                None => Ok(policy.found),
            };
            reading.push(made(reading.names, image, policy));
        }
        Ok(())
    }
}

fn made(
    names: Names<'_>,
    image: &Found<Image>,
    policy: Result<Vec<Found<Policy>>, Gap>,
) -> Resource {
    let (base, own) = (&image.base, &image.own);
    let source = [&own.source_disk, &own.source_image, &own.source_snapshot]
        .into_iter()
        .find_map(|source| names.maybe(source.as_ref()));
    let (public_to, gap) = match policy {
        Ok(policies) => (Field::Value(public_to(&policies)), None),
        Err(gap) => (Field::NotRead, Some(gap)),
    };
    let mut features = own.guest_os_features.iter().flatten();
    let licenses = own.licenses.as_deref().unwrap_or_default();
    let windows = features.any(|feature| feature.r#type.as_deref() == Some("WINDOWS"))
        || licenses.iter().any(|license| license.contains("windows"));
    let platform = match (windows, licenses.is_empty()) {
        (true, _) => Some(Text::new_static("windows")),
        (false, false) => Some(Text::new_static("linux")),
        (false, true) => None,
    };
    let links: Vec<_> = links(Relation::MadeFrom, source.as_ref()).collect();
    let body = ComputeImage {
        public_to,
        encrypted: Field::Value(true),
        platform: Field::seen(platform),
        source: Field::read(source),
    };
    let uid = names.compute(None, "images", &base.name());
    let mut made = resource(names.at(None), uid, base, body, links);
    made.not_read = gap.map(|gap| Box::new([(Text::new_static("body.public_to"), gap)].into()));
    made
}

/// Everybody, with a Google account or without.
fn public_to(policies: &[Found<Policy>]) -> Vec<Text> {
    let bindings = policies
        .iter()
        .flat_map(|policy| policy.own.bindings.iter().flatten());
    let mut members = bindings.flat_map(|binding| binding.members.iter().flatten());
    let everybody = members.any(|member| matches!(&**member, "allUsers" | "allAuthenticatedUsers"));
    if everybody {
        vec![Text::new_static("all")]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::page::decode;
    use crate::provider::global;

    #[test]
    fn an_image_for_everybody_is_told_and_persons_are_not() {
        let page = json!({"items": [{"name": "golden", "licenses": ["x/licenses/windows-2019"],
            "sourceDisk": "https://x/compute/v1/projects/p/zones/us-east1-b/disks/d"}]});
        let image = Read::of("x", page, Shape::Items("items")).decoded::<Image>();
        let policy = |member: &str| {
            let policy =
                json!({"bindings": [{"role": "roles/compute.imageUser", "members": [member]}]});
            Ok(vec![decode::<Policy>("x", policy).unwrap()])
        };
        let scope = global("p");
        let of = |policy| made(Names::new(&scope), &image.found[0], policy);
        let text = serde_json::to_string(&of(policy("user:somebody@example.com"))).unwrap();
        assert!(
            text.contains(r#""public_to":[]"#) && !text.contains("somebody"),
            "{text}"
        );
        let text = serde_json::to_string(&of(policy("allAuthenticatedUsers"))).unwrap();
        assert!(text.contains(r#""public_to":["all"]"#), "{text}");
        let denied = of(Err(Gap::new(Cause::Denied, "x")));
        assert!(denied.not_read.unwrap().contains_key("body.public_to"));
    }
}
