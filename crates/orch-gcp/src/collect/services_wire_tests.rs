//! Collectors of services and rights against a small server of our own: what goes over the wire when one
//! answer leads to the next, and what becomes of those that fail.

use std::collections::BTreeMap;
use std::sync::Arc;

use google_cloud_auth::credentials::anonymous;
use orch_collect::{Batch, CollectContext, CollectError, CollectSettings, Disposition, Run};
use orch_model::{Body, Cause, Field, Gap, Resource};
use orch_snapshot::Item;
use orch_testkit::loopback::Loopback;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::auth::GcpOptions;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::provider::{Gcp, global};
use crate::wire_server::{Answer, Asked, answering, ok, replaying, say};

const PROJECT: &str = "orch-wire-2";

/// The collectors of this file's concern.
const ALL: [&str; 18] = [
    "apikeys.keys",
    "container.clusters",
    "dns.policies",
    "dns.zones",
    "functions.functions",
    "iam.grants",
    "iam.roles",
    "iam.service-accounts",
    "kms.keys",
    "logging.metrics",
    "logging.sinks",
    "monitoring.alerts",
    "orgpolicy.policies",
    "recommender.recommendations",
    "run.services",
    "serviceusage.services",
    "sql.instances",
    "storage.buckets",
];

/// What a collector made of a server.
struct Made {
    result: Result<(), CollectError>,
    resources: Vec<Resource>,
    gap: Option<Gap>,
}

impl Made {
    fn one(&self, end: &str) -> &Resource {
        let mut found = self.resources.iter();
        found.find(|one| one.uid.as_str().ends_with(end)).unwrap()
    }

    /// The reason of a field that was not read.
    fn unread(&self, end: &str, path: &str) -> Cause {
        self.one(end).not_read.as_ref().unwrap()[path].cause
    }
}

async fn made(server: &Loopback, name: &str) -> Made {
    let settings = CollectSettings {
        max_attempts: 1,
        ..CollectSettings::default()
    };
    let endpoint = Endpoint::instead(&server.url).unwrap();
    let client = Client::new(endpoint, anonymous::Builder::new().build(), &settings).unwrap();
    let gcp = Arc::new(Gcp::new(client, GcpOptions::default()));
    let collectors = super::collectors(&gcp);
    let mut collectors = collectors.iter();
    let collector = collectors.find(|one| one.spec().name == name).unwrap();
    let context = CollectContext {
        scope: global(PROJECT),
        as_of: "2026-11-22T12:02:00Z".parse().unwrap(),
        prior: Vec::new(),
        run: Run::new(&settings, CancellationToken::new(), None),
        settings: Arc::new(settings),
    };
    let mut out = Batch::in_memory();
    let result = collector.collect(&context, &mut out).await;
    let gap = out.gap().cloned();
    let resource = |item| match item {
        Item::Resource(resource) => Some(resource),
        _ => None,
    };
    let resources = out.into_items().into_iter().filter_map(resource).collect();
    Made {
        result,
        resources,
        gap,
    }
}

async fn replayed(name: &str) -> Made {
    let made = made(&replaying("services"), name).await;
    assert!(made.result.is_ok(), "{name}: {:?}", made.result);
    made
}

fn refused(reason: &str) -> Answer {
    let body =
        json!({"error": {"code": 403, "message": "secret words", "errors": [{"reason": reason}]}});
    say(403, "", &body.to_string())
}

/// How many resources there are, by the end of the path that says what they are.
fn ends(made: &Made) -> BTreeMap<&'static str, usize> {
    let mut ends = BTreeMap::new();
    for one in &made.resources {
        *ends.entry(one.kind().as_str()).or_default() += 1;
    }
    ends
}

#[tokio::test]
async fn a_service_that_is_switched_off_is_told_as_such() {
    for name in ALL {
        let server = answering(|_| refused("accessNotConfigured"));
        let made = made(&server, name).await;
        match made.result.unwrap_err().disposition() {
            Disposition::Gap(gap) => assert_eq!(gap.cause, Cause::Disabled, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
        assert!(made.resources.is_empty(), "{name}");
        assert_eq!(
            server.asked().len(),
            1,
            "{name} asks no more of what is off"
        );
    }
}

#[tokio::test]
async fn whoever_is_refused_everything_is_told_that_and_nothing_is_made_up() {
    for name in ALL {
        let made = made(&answering(|_| refused("forbidden")), name).await;
        match made.result.unwrap_err().disposition() {
            Disposition::Gap(gap) => assert_eq!(gap.cause, Cause::Denied, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
        assert!(made.resources.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn answers_of_wrong_types_end_no_collector() {
    for body in [
        json!({"items": 7, "clusters": {}, "services": "x", "bindings": 1, "keys": [7]}),
        json!({"items": [[]], "clusters": [0], "locations": ["x"], "accounts": [{"email": {}}], "spec": 3}),
        json!({"bindings": [{"role": 1}], "recommendations": {}, "sinks": [{"name": []}], "nextPageToken": 7}),
    ] {
        for name in ALL {
            let body = body.clone();
            let made = made(&answering(move |_| ok(body.clone())), name).await;
            assert!(made.resources.len() < 100, "{name}");
        }
    }
}

#[tokio::test]
async fn every_collector_reads_a_small_project() {
    for (name, resources) in [
        ("apikeys.keys", 1),
        ("container.clusters", 2),
        ("dns.policies", 1),
        ("dns.zones", 3),
        ("functions.functions", 2),
        ("iam.grants", 5),
        ("iam.roles", 1),
        ("iam.service-accounts", 2),
        ("kms.keys", 2),
        ("logging.metrics", 1),
        ("logging.sinks", 2),
        ("monitoring.alerts", 3),
        ("recommender.recommendations", 2),
        ("run.services", 2),
        ("sql.instances", 2),
        ("storage.buckets", 2),
    ] {
        let made = replayed(name).await;
        assert_eq!(made.resources.len(), resources, "{name}: {:?}", ends(&made));
    }
}

#[tokio::test]
async fn buckets_have_their_policies_and_what_the_project_enforces() {
    let server = replaying("services");
    let made = made(&server, "storage.buckets").await;
    assert_eq!(made.gap, None, "a refusal stays with the field");
    let Body::StorageBucket(web) = &made.one("/web").body else {
        panic!()
    };
    assert_eq!(
        web.public_to,
        Field::Value(vec!["roles/storage.objectViewer to allUsers".into()])
    );
    assert_eq!(web.public_access_prevention, Field::Value(false));
    assert_eq!(made.unread("/audit-logs", "body.public_to"), Cause::Denied);
    let asked = server.asked();
    assert!(asked[0].says("project=orch-wire-2") && asked[0].says("maxResults=1000"));
    let policies = asked.iter().filter(|asked| asked.path.ends_with("/iam"));
    assert!(
        policies
            .into_iter()
            .all(|asked| asked.says("optionsRequestedPolicyVersion=3"))
    );
}

#[tokio::test]
async fn a_region_that_was_refused_leaves_the_others() {
    let made = replayed("run.services").await;
    let gap = made.gap.as_ref().unwrap();
    assert_eq!(
        (gap.cause, gap.detail.as_str()),
        (Cause::Denied, "run.services.list IAM_PERMISSION_DENIED")
    );
    let Body::ComputeApp(api) = &made.one("/services/api").body else {
        panic!()
    };
    assert_eq!(
        (&api.public_to, api.signs_in),
        (&Field::Value(vec!["allUsers".into()]), Field::Value(false))
    );
    let Body::ComputeApp(worker) = &made.one("/services/worker").body else {
        panic!()
    };
    assert_eq!(
        (&worker.public_to, worker.signs_in),
        (&Field::Value(vec![]), Field::Value(true))
    );
}

#[tokio::test]
async fn each_generation_of_functions_has_its_own_policy() {
    let made = replayed("functions.functions").await;
    let public = |end: &str| match &made.one(end).body {
        Body::ComputeApp(app) => app.public_to.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        public("/resize"),
        Field::Value(vec!["allAuthenticatedUsers".into()])
    );
    assert_eq!(public("/hook"), Field::Value(vec!["allUsers".into()]));
}

#[tokio::test]
async fn keys_are_found_place_by_place_and_ring_by_ring() {
    let made = replayed("kms.keys").await;
    let Body::SecurityKey(disk) = &made.one("/disk").body else {
        panic!()
    };
    assert_eq!(
        disk.public_to,
        Field::Value(vec![
            "roles/cloudkms.cryptoKeyDecrypter to allUsers".into(),
            "roles/cloudkms.viewer to allAuthenticatedUsers".into()
        ])
    );
    assert_eq!(made.unread("/sign", "body.public_to"), Cause::Denied);
}

#[tokio::test]
async fn rights_above_the_project_that_are_hidden_make_the_read_a_part() {
    let server = replaying("services");
    let made = made(&server, "iam.grants").await;
    assert!(made.result.is_ok());
    let gap = made.gap.as_ref().unwrap();
    assert_eq!(
        gap.detail,
        "resourcemanager.organizations.getIamPolicy IAM_PERMISSION_DENIED"
    );
    let Body::IdentityGrant(folder) = &made.one("group:audit@example.com").body else {
        panic!()
    };
    assert_eq!(
        folder.on,
        "//cloudresourcemanager.googleapis.com/folders/42"
    );
    let asked = server.asked();
    let policies = asked
        .iter()
        .filter(|asked| asked.path.ends_with(":getIamPolicy"));
    let versions: Vec<Value> = policies
        .map(|asked| serde_json::from_str(&asked.body).unwrap())
        .collect();
    assert_eq!(versions.len(), 3);
    assert!(
        versions
            .iter()
            .all(|body| body["options"]["requestedPolicyVersion"] == 3)
    );
}

#[tokio::test]
async fn keys_of_accounts_are_read_or_their_refusal_is_kept() {
    let made = replayed("iam.service-accounts").await;
    let Body::IdentityServiceAccount(ci) =
        &made.one("/ci@orch-wire-2.iam.gserviceaccount.com").body
    else {
        panic!()
    };
    assert_eq!(ci.keys.value().unwrap().len(), 2);
    assert_eq!(
        made.unread("-compute@developer.gserviceaccount.com", "body.keys"),
        Cause::Denied
    );
}

#[tokio::test]
async fn a_service_that_is_wanted_and_not_told_is_off() {
    let on = |made: &Made, name: &str| match &made.one(name).body {
        Body::GovernanceService(service) => service.enabled,
        other => panic!("{other:?}"),
    };
    let whole = replayed("serviceusage.services").await;
    assert!(on(&whole, "/cloudasset.googleapis.com"));
    assert!(!on(&whole, "/accessapproval.googleapis.com"));
    // A list that is not whole says nothing about what it lacks.
    let broken = json!({"services": [{"name": "projects/1/services/dns.googleapis.com", "state": "ENABLED"}, 7]});
    let part = made(
        &answering(move |_| ok(broken.clone())),
        "serviceusage.services",
    )
    .await;
    assert_eq!(part.resources.len(), 1);
    assert_eq!(part.gap.unwrap().cause, Cause::Undecodable);
}

#[tokio::test]
async fn instances_come_page_by_page_with_what_each_page_lacks() {
    let server = answering(|asked: &Asked| {
        let item = |name: &str| json!({"name": name, "databaseVersion": "MYSQL_8_0", "region": "us-east1"});
        match asked.says("pageToken=two") {
            false => ok(
                json!({"items": [item("a")], "nextPageToken": "two", "warnings": [{"code": "REGION_UNREACHABLE", "region": "asia-east1"}]}),
            ),
            true => ok(json!({"items": [item("b")]})),
        }
    });
    let made = made(&server, "sql.instances").await;
    assert!(made.result.is_ok());
    assert_eq!((made.resources.len(), server.asked().len()), (2, 2));
    assert_eq!(
        made.gap.unwrap().detail,
        "cloudsql.instances.list asia-east1 REGION_UNREACHABLE"
    );
    let repeating = answering(|_| ok(json!({"items": [], "nextPageToken": "same"})));
    let looped = self::made(&repeating, "sql.instances").await;
    assert!(looped.result.is_err());
    assert_eq!(repeating.asked().len(), 2);
}

#[tokio::test]
async fn policies_that_the_project_sets_are_asked_beside_those_of_interest() {
    let server = answering(|asked: &Asked| {
        let name = asked.path.rsplit('/').next().unwrap_or_default();
        match name.strip_suffix(":getEffectivePolicy") {
            None => ok(json!({"policies": [{"name": "projects/1/policies/custom.names"}]})),
            Some(name) => ok(json!({
                "name": format!("projects/1/policies/{name}"),
                "spec": {"rules": [{"enforce": name == "custom.names"}]}
            })),
        }
    });
    let made = made(&server, "orgpolicy.policies").await;
    assert!(made.result.is_ok() && made.gap.is_none());
    let enforced: Vec<_> = made
        .resources
        .iter()
        .filter_map(|one| match &one.body {
            Body::GovernancePolicy(policy) => Some(policy),
            _ => None,
        })
        .filter(|policy| policy.enforced == Field::Value(true))
        .map(|policy| policy.constraint.as_str())
        .collect();
    assert_eq!(enforced, ["constraints/custom.names"]);
    assert_eq!(made.resources.len() + 1, server.asked().len());
}

#[tokio::test]
async fn advice_is_asked_only_where_there_is_some() {
    let server = replaying("services");
    let made = made(&server, "recommender.recommendations").await;
    assert_eq!((made.resources.len(), made.gap), (2, None));
    let asked = server.asked();
    assert_eq!(asked.len(), 5);
    assert!(
        asked[1..]
            .iter()
            .all(|asked| asked.says("filter=stateInfo.state%3DACTIVE"))
    );
}
