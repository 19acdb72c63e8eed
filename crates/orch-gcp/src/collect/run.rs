//! compute.app: services of Cloud Run with who may call them.

use orch_collect::{CollectError, CollectSettings, CollectorSpec, Estimate};
use orch_model::kind::ComputeApp;
use orch_model::{Dataset, Field, Gap, Kind, Reach, Resource, Text};
use serde::Deserialize;
use serde_json::Value;

use super::iam_policy::{self, Policy};
use super::parts::{located, made, places, single, together, told, unread};
use super::reading::{Reader, Reading};
use crate::convert::{Malformed, resource};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};
use crate::regions;

/// The only version that has such a list; the lists of services take one region each.
const PLACES: Api = get(
    "run.locations.list",
    "run.googleapis.com/v1/projects/{project}/locations",
);
const LIST: Api = get(
    "run.services.list",
    "run.googleapis.com/v2/projects/{project}/locations/{location}/services",
);
pub(super) const POLICY: Api = get(
    "run.services.getIamPolicy",
    "run.googleapis.com/v2/projects/{project}/locations/{location}/services/{service}:getIamPolicy",
);

/// The largest page.
const PAGE: u64 = 100;

/// Services.
pub(super) struct Run;

/// A service as the API tells it. Of its containers nothing is read: their variables can hold secrets.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Service {
    ingress: Option<Text>,
    invoker_iam_disabled: Option<bool>,
    iap_enabled: Option<bool>,
    template: Option<Template>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Template {
    service_account: Option<Text>,
    vpc_access: Option<Value>,
}

impl Reader for Run {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "run.services",
        service: "run",
        datasets: &[Dataset::Kind(Kind::ComputeApp)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(PLACES), free(LIST), free(POLICY)],
    };
    const DECODE: Option<super::Decoder> = Some(decoded);

    fn estimate(_: &[Resource], _: &CollectSettings) -> Estimate {
        Estimate {
            calls: 1 + regions::KNOWN.len() as u64,
            assumption:
                "one free call for each region of the service, and one for each thing in it that \
                         has a policy"
                    .to_owned(),
            ..Estimate::default()
        }
    }

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let lists = places(reading, PLACES)
            .await?
            .iter()
            .map(|place| {
                let ask = reading.ask(LIST).with("location", place.as_str());
                ask.query("pageSize", PAGE.to_string())
            })
            .collect();
        let lists =
            together::<Service>(reading, lists, Shape::Items("services"), Some(PAGE)).await?;
        let mut services = Vec::new();
        let mut asks = Vec::new();
        for found in lists.into_iter().flat_map(|list| list.found) {
            match located(found.base.full_name(), "services") {
                Ok((location, service)) => {
                    let ask = reading.ask(POLICY).with("location", location);
                    let version = iam_policy::VERSION.to_string();
                    let ask = ask.query("options.requestedPolicyVersion", version);
                    asks.push(ask.with("service", service));
                    services.push(found);
                }
                Err(malformed) => reading.not_read(malformed.of(LIST.permission)),
            }
        }
        let policies = reading
            .children::<Policy>(asks, Shape::Single, None)
            .await?;
        for (service, policy) in services.into_iter().zip(policies) {
            let made = one(reading.names, service, &single(policy));
            reading.push_all(LIST.permission, made.map(|service| vec![service]));
        }
        Ok(())
    }
}

/// The services alone: of their policies the list tells nothing.
fn decoded(names: Names<'_>, body: Value) -> Decoded {
    made(LIST, Shape::Items("services"), body, |found| {
        let untold = Err(Malformed("not asked").of(POLICY.permission));
        Ok(vec![one(names, found, &untold)?])
    })
}

/// Who of everybody may call what the policy guards. Being allowed to look at it is not being allowed to
/// call it.
pub(super) fn callers(policy: &Policy) -> Vec<Text> {
    policy.public_with(|role| {
        let end = role.rsplit(['.', '/']).next().unwrap_or(role);
        !end.eq_ignore_ascii_case("viewer")
    })
}

/// One service.
fn one(
    names: Names<'_>,
    found: Found<Service>,
    policy: &Result<Policy, Gap>,
) -> Result<Resource, Malformed> {
    let (base, own) = (&found.base, &found.own);
    let (location, name) = located(base.full_name(), "services")?;
    let (policy, mut denied) = told(policy);
    // Where nobody is checked the policy says nothing.
    let public_to = match own.invoker_iam_disabled {
        Some(true) => {
            denied = None;
            Field::Value(vec![Text::new_static("allUsers")])
        }
        _ => Field::seen(policy.map(callers)),
    };
    let signs_in = match (&public_to, own.iap_enabled) {
        (_, Some(true)) => Field::Value(true),
        (Field::Value(public), _) => Field::Value(!public.iter().any(|who| who == "allUsers")),
        _ => Field::NotRead,
    };
    let template = own.template.as_ref();
    let body = ComputeApp {
        purpose: Text::new_static("container"),
        enabled: Field::NotRead,
        runtime: Field::NotRead,
        https_only: Field::NotRead,
        min_tls: Field::NotRead,
        public_access: match own.ingress.as_deref() {
            Some("INGRESS_TRAFFIC_ALL") => Field::Value(true),
            Some("INGRESS_TRAFFIC_INTERNAL_ONLY" | "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER") => {
                Field::Value(false)
            }
            _ => Field::NotRead,
        },
        public_to,
        signs_in,
        client_certificates: Field::NotRead,
        identity: Field::seen(template.and_then(|template| template.service_account.clone())),
        plain_ftp: Field::NotRead,
        http2: Field::NotRead,
        remote_debugging: Field::NotRead,
        logging: Field::NotRead,
        vpc: Field::seen(template.map(|template| template.vpc_access.is_some())),
    };
    let uid = names.of("run", &format!("locations/{location}/services/{name}"));
    let mut service = resource(names.at(Some(location)), uid, base, body, []);
    if own.iap_enabled != Some(true) {
        unread(&mut service, "body.signs_in", denied.clone());
    }
    unread(&mut service, "body.public_to", denied);
    Ok(service)
}

#[cfg(test)]
mod tests {
    use orch_model::{Body, Cause};
    use serde_json::json;

    use super::*;
    use crate::collect::parts::wire;
    use crate::provider::global;

    fn app(resource: &Resource) -> &ComputeApp {
        match &resource.body {
            Body::ComputeApp(app) => app,
            other => panic!("{other:?}"),
        }
    }

    fn service(own: Value, policy: Result<Value, Gap>) -> Resource {
        let mut service = json!({"name": "projects/p/locations/europe-west1/services/api"});
        service
            .as_object_mut()
            .unwrap()
            .extend(own.as_object().unwrap().clone());
        let found = crate::page::decode(LIST.permission, service).unwrap();
        let policy = policy.map(|policy| serde_json::from_value(policy).unwrap());
        one(Names::new(&global("p")), found, &policy).unwrap()
    }

    fn open_to(member: &str, role: &str) -> Value {
        json!({"bindings": [{"role": role, "members": [member, "user:a@example.com"]}]})
    }

    #[test]
    fn a_service_tells_ingress_identity_and_network() {
        let decoded = crate::decode("run.services", &wire("run-services")).unwrap();
        assert_eq!(decoded.gap, None);
        let [api, worker] = &decoded.resources[..] else {
            panic!()
        };
        assert_eq!(
            api.uid.as_str(),
            "//run.googleapis.com/projects/project/locations/europe-west1/services/api"
        );
        assert_eq!(
            (api.name.as_str(), api.scope.region.as_str()),
            ("api", "europe-west1")
        );
        assert_eq!(
            (app(api).public_access, app(worker).public_access),
            (Field::Value(true), Field::Value(false))
        );
        assert_eq!(
            app(api).identity.value().unwrap(),
            "api@p.iam.gserviceaccount.com"
        );
        assert_eq!(
            (app(api).vpc, app(worker).vpc),
            (Field::Value(false), Field::Value(true))
        );
        let text = format!("{:?}", decoded.resources);
        assert!(
            !text.contains("hunter2"),
            "values of variables are never kept"
        );
    }

    #[test]
    fn everybody_who_may_call_is_told() {
        let open = service(json!({}), Ok(open_to("allUsers", "roles/run.invoker")));
        assert_eq!(app(&open).public_to, Field::Value(vec!["allUsers".into()]));
        assert_eq!(app(&open).signs_in, Field::Value(false));
        let half = service(
            json!({}),
            Ok(open_to("allAuthenticatedUsers", "roles/run.invoker")),
        );
        assert_eq!(app(&half).signs_in, Field::Value(true));
        let seen = service(json!({}), Ok(open_to("allUsers", "roles/run.viewer")));
        assert_eq!(app(&seen).public_to, Field::Value(vec![]));
        let unchecked = service(json!({"invokerIamDisabled": true}), Ok(json!({})));
        assert_eq!(
            app(&unchecked).public_to,
            Field::Value(vec!["allUsers".into()])
        );
        let proxied = service(
            json!({"invokerIamDisabled": true, "iapEnabled": true}),
            Ok(json!({})),
        );
        assert_eq!(app(&proxied).signs_in, Field::Value(true));
    }

    #[test]
    fn a_policy_that_was_refused_stays_open() {
        let gap = Gap::new(
            Cause::Denied,
            "run.services.getIamPolicy IAM_PERMISSION_DENIED",
        );
        let refused = service(json!({}), Err(gap.clone()));
        assert_eq!(app(&refused).public_to, Field::NotRead);
        assert_eq!(app(&refused).signs_in, Field::NotRead);
        let not_read = refused.not_read.unwrap();
        assert_eq!(not_read.get("body.public_to"), Some(&gap));
        assert_eq!(not_read.get("body.signs_in"), Some(&gap));
    }
}
