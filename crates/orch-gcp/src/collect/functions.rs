//! compute.app: Cloud Functions of both generations with who may call them.

use orch_collect::{CollectError, CollectSettings, CollectorSpec, Estimate};
use orch_model::kind::ComputeApp;
use orch_model::{Dataset, Field, Gap, Kind, Reach, Relation, Resource, Text, Uid};
use serde::Deserialize;
use serde_json::Value;

use super::iam_policy::{self, Policy};
use super::parts::{located, made, single, told, unread};
use super::reading::{Reader, Reading};
use super::run;
use crate::call::Ask;
use crate::convert::{Malformed, links, resource};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape};

/// All regions at once.
const LIST: Api = get(
    "cloudfunctions.functions.list",
    "cloudfunctions.googleapis.com/v2/projects/{project}/locations/-/functions",
);
const POLICY: Api = get(
    "cloudfunctions.functions.getIamPolicy",
    "cloudfunctions.googleapis.com/v2/projects/{project}/locations/{location}/functions/{function}:getIamPolicy",
);

/// The largest page.
const PAGE: u64 = 1_000;

/// Functions.
pub(super) struct Functions;

/// A function as the API tells it. Its variables are passed over: they can hold secrets.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Function {
    state: Option<Text>,
    build_config: Option<BuildConfig>,
    service_config: Option<ServiceConfig>,
    event_trigger: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct BuildConfig {
    runtime: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ServiceConfig {
    /// The service of Cloud Run that a function of the second generation is.
    service: Option<Text>,
    ingress_settings: Option<Text>,
    service_account_email: Option<Text>,
    vpc_connector: Option<Text>,
    security_level: Option<Text>,
}

impl Function {
    /// The service of Cloud Run that answers for it: that one's policy decides who may call.
    fn service(&self) -> Option<(&str, &str)> {
        let service = self.service_config.as_ref()?.service.as_deref()?;
        located(service, "services").ok()
    }
}

impl Reader for Functions {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "functions.functions",
        service: "cloudfunctions",
        datasets: &[Dataset::Kind(Kind::ComputeApp)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST), free(POLICY), free(run::POLICY)],
    };
    const DECODE: Option<super::Decoder> = Some(decoded);

    fn estimate(_: &[Resource], _: &CollectSettings) -> Estimate {
        Estimate {
            calls: 1,
            assumption:
                "one free call for the functions of a project, and one for each function's policy"
                    .to_owned(),
            ..Estimate::default()
        }
    }

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let ask = reading.ask(LIST).query("pageSize", PAGE.to_string());
        let found = reading
            .list::<Function>(ask, Shape::Items("functions"), Some(PAGE))
            .await?;
        let mut functions = Vec::new();
        let mut asks = Vec::new();
        for found in found {
            match policy_of(reading, &found) {
                Ok(ask) => {
                    asks.push(ask);
                    functions.push(found);
                }
                Err(malformed) => reading.not_read(malformed.of(LIST.permission)),
            }
        }
        let policies = reading
            .children::<Policy>(asks, Shape::Single, None)
            .await?;
        for (function, policy) in functions.into_iter().zip(policies) {
            let made = one(reading.names, function, &single(policy));
            reading.push_all(LIST.permission, made.map(|function| vec![function]));
        }
        Ok(())
    }
}

/// The call for the policy that says who may call a function.
fn policy_of(reading: &Reading<'_>, found: &Found<Function>) -> Result<Ask, Malformed> {
    let (location, name) = located(found.base.full_name(), "functions")?;
    let ask = match found.own.service() {
        Some((location, service)) => {
            let ask = reading.ask(run::POLICY).with("location", location);
            ask.with("service", service)
        }
        None => {
            let ask = reading.ask(POLICY).with("location", location);
            ask.with("function", name)
        }
    };
    let version = iam_policy::VERSION.to_string();
    Ok(ask.query("options.requestedPolicyVersion", version))
}

/// The functions alone: of their policies the list tells nothing.
fn decoded(names: Names<'_>, body: Value) -> Decoded {
    made(LIST, Shape::Items("functions"), body, |found| {
        let untold = Err(Malformed("not asked").of(POLICY.permission));
        Ok(vec![one(names, found, &untold)?])
    })
}

/// One function.
fn one(
    names: Names<'_>,
    found: Found<Function>,
    policy: &Result<Policy, Gap>,
) -> Result<Resource, Malformed> {
    let (base, own) = (&found.base, &found.own);
    let (location, name) = located(base.full_name(), "functions")?;
    let (policy, denied) = told(policy);
    let config = own.service_config.as_ref();
    let service: Option<Uid> = own.service().map(|(location, service)| {
        names.of("run", &format!("locations/{location}/services/{service}"))
    });
    let public_to = Field::seen(policy.map(run::callers));
    let ingress = config.and_then(|config| config.ingress_settings.as_deref());
    let body = ComputeApp {
        purpose: Text::new_static("function"),
        enabled: Field::seen(own.state.as_deref().map(|state| state == "ACTIVE")),
        runtime: Field::seen(
            own.build_config
                .as_ref()
                .and_then(|build| build.runtime.clone()),
        ),
        https_only: match config.and_then(|config| config.security_level.as_deref()) {
            Some("SECURE_ALWAYS") => Field::Value(true),
            Some("SECURE_OPTIONAL") => Field::Value(false),
            _ => Field::NotRead,
        },
        min_tls: Field::NotRead,
        public_access: match ingress {
            // One of the first generation that waits for events has no address.
            Some("ALLOW_ALL") => Field::Value(own.event_trigger.is_none() || service.is_some()),
            Some("ALLOW_INTERNAL_ONLY" | "ALLOW_INTERNAL_AND_GCLB") => Field::Value(false),
            _ => Field::NotRead,
        },
        signs_in: match &public_to {
            Field::Value(public) => Field::Value(!public.iter().any(|who| who == "allUsers")),
            _ => Field::NotRead,
        },
        public_to,
        client_certificates: Field::NotRead,
        identity: Field::seen(config.and_then(|config| config.service_account_email.clone())),
        plain_ftp: Field::NotRead,
        http2: Field::NotRead,
        remote_debugging: Field::NotRead,
        logging: Field::NotRead,
        vpc: Field::seen(config.map(|config| {
            let connector = config.vpc_connector.as_deref();
            connector.is_some_and(|connector| !connector.is_empty())
        })),
    };
    let uid = names.of(
        "cloudfunctions",
        &format!("locations/{location}/functions/{name}"),
    );
    let links: Vec<_> = links(Relation::Refers, service.as_ref()).collect();
    let mut function = resource(names.at(Some(location)), uid, base, body, links);
    unread(&mut function, "body.public_to", denied.clone());
    unread(&mut function, "body.signs_in", denied);
    Ok(function)
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
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

    #[test]
    fn functions_of_both_generations() {
        let decoded = crate::decode("functions.functions", &wire("functions")).unwrap();
        let [first, second] = &decoded.resources[..] else {
            panic!()
        };
        assert_eq!(
            first.uid.as_str(),
            "//cloudfunctions.googleapis.com/projects/project/locations/us-central1/functions/resize"
        );
        let old = app(first);
        assert_eq!(old.runtime.value().unwrap(), "python39");
        assert_eq!(
            (old.https_only, old.public_access, old.vpc),
            (
                Field::Value(false),
                Field::Value(false),
                Field::Value(false)
            )
        );
        let new = app(second);
        assert_eq!(
            (new.enabled, new.public_access, new.vpc),
            (Field::Value(true), Field::Value(true), Field::Value(true))
        );
        assert_eq!(
            new.identity.value().unwrap(),
            "hook@p.iam.gserviceaccount.com"
        );
        let service = second.linked(Relation::Refers).next().unwrap();
        assert_eq!(
            service.as_str(),
            "//run.googleapis.com/projects/project/locations/us-central1/services/hook"
        );
        assert!(!format!("{:?}", decoded.resources).contains("hunter2"));
        // A region that did not answer.
        assert_eq!(
            decoded.gap.unwrap().detail,
            "cloudfunctions.functions.list asia-east1 unreachable"
        );
    }

    #[test]
    fn everybody_who_may_call_is_told() {
        let found = crate::page::decode(
            LIST.permission,
            json!({"name": "projects/p/locations/us-central1/functions/f"}),
        )
        .unwrap();
        let policy = json!({"bindings": [{"role": "roles/cloudfunctions.invoker", "members": ["allUsers"]}]});
        let policy = Ok(serde_json::from_value(policy).unwrap());
        let function = one(Names::new(&global("p")), found, &policy).unwrap();
        assert_eq!(
            app(&function).public_to,
            Field::Value(vec!["allUsers".into()])
        );
        assert_eq!(app(&function).signs_in, Field::Value(false));
    }
}
