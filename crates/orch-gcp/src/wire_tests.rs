//! Discovery and collectors against a small server of our own: what goes over the wire, and what is made of
//! the answers.

use std::sync::Arc;

use google_cloud_auth::credentials::anonymous;
use orch_collect::{
    Batch, CloudProvider, CollectContext, CollectError, CollectSettings, Collector, Discovery,
    Disposition, Progress, Run, ScopeFilter, Selection, plan,
};
use orch_model::kind::{CloudAccount, NetworkLoadBalancer, NetworkVpc};
use orch_model::{
    Body, Call, CallOutcome, Cause, CostLine, Field, Gap, Outcome, Resource, Series, Text,
};
use orch_snapshot::Item;
use rust_decimal::Decimal;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::auth::GcpOptions;
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::provider::{Gcp, GcpProvider, global};
use crate::wire_server::{Answer, Asked, answering, in_turn, ok, replaying, say};

const PROJECT: &str = "orch-wire-1";

fn provider(url: &str, options: GcpOptions, settings: &CollectSettings) -> GcpProvider {
    let endpoint = Endpoint::instead(url).unwrap();
    let anonymous = anonymous::Builder::new().build();
    let client = Client::new(endpoint, anonymous, settings).unwrap();
    GcpProvider::over(Gcp::new(client, options))
}

/// What a collector made of a server.
struct Read {
    result: Result<(), CollectError>,
    items: Vec<Item>,
    gap: Option<Gap>,
    calls: Vec<Call>,
    retries: usize,
}

impl Read {
    fn resources(&self) -> Vec<&Resource> {
        let items = self.items.iter();
        items
            .filter_map(|item| match item {
                Item::Resource(resource) => Some(resource),
                _ => None,
            })
            .collect()
    }

    fn series(&self) -> Vec<&Series> {
        let items = self.items.iter();
        items
            .filter_map(|item| match item {
                Item::Series(series) => Some(series),
                _ => None,
            })
            .collect()
    }

    fn costs(&self) -> Vec<&CostLine> {
        let items = self.items.iter();
        items
            .filter_map(|item| match item {
                Item::Cost(cost) => Some(cost),
                _ => None,
            })
            .collect()
    }

    /// The gap that ended the read.
    fn ended_by(&self) -> Gap {
        match self.result.as_ref().unwrap_err().disposition() {
            Disposition::Gap(gap) => gap,
            other => panic!("{other:?}"),
        }
    }
}

/// Runs a collector after those it comes after.
async fn read(provider: &GcpProvider, name: &str, settings: &CollectSettings) -> Read {
    let collector: &dyn Collector = &**provider
        .collectors()
        .iter()
        .find(|collector| collector.spec().name == name)
        .unwrap();
    let mut prior = Vec::new();
    for before in collector.spec().after {
        let read = Box::pin(read(provider, before, settings)).await;
        prior.extend(read.resources().into_iter().cloned());
    }
    let (events, mut told) = mpsc::unbounded_channel();
    let run = Run::new(settings, CancellationToken::new(), Some(events));
    let context = CollectContext {
        scope: global(PROJECT),
        as_of: "2026-11-22T12:02:00Z".parse().unwrap(),
        prior,
        settings: Arc::new(settings.clone()),
        run: run.clone(),
    };
    let mut out = Batch::in_memory();
    let result = collector.collect(&context, &mut out).await;
    let mut retries = 0;
    while let Ok(event) = told.try_recv() {
        retries += usize::from(matches!(event, Progress::Retry { .. }));
    }
    Read {
        result,
        gap: out.gap().cloned(),
        calls: run.calls(),
        items: out.into_items(),
        retries,
    }
}

async fn run_with(url: &str, name: &str, settings: CollectSettings) -> Read {
    let provider = provider(url, GcpOptions::default(), &settings);
    read(&provider, name, &settings).await
}

async fn run(url: &str, name: &str) -> Read {
    run_with(url, name, CollectSettings::default()).await
}

async fn discover(
    provider: &GcpProvider,
    filter: ScopeFilter,
) -> Result<Discovery, orch_collect::DiscoverError> {
    let settings = CollectSettings::default();
    let run = Run::new(&settings, CancellationToken::new(), None);
    provider.discover(&filter, &run).await
}

fn error(status: u16, reason: &str, headers: &'static str) -> Answer {
    let body = json!({"error": {"code": status, "message": "secret words", "errors": [{"reason": reason}]}});
    say(status, headers, &body.to_string())
}

fn firewalls(names: &[&str], token: &str) -> Answer {
    let items: Vec<_> = names
        .iter()
        .map(|name| json!({"name": name, "allowed": [{"IPProtocol": "tcp"}], "sourceRanges": ["10.0.0.0/8"]}))
        .collect();
    ok(json!({"items": items, "nextPageToken": token}))
}

#[tokio::test]
async fn pages_are_read_to_the_end_below_the_address_that_stands_in() {
    let server = in_turn(vec![firewalls(&["a", "b"], "next"), firewalls(&["c"], "")]);
    let read = run(&server.url, "compute.firewalls").await;
    assert!(read.result.is_ok(), "{:?}", read.result);
    assert_eq!(read.resources().len(), 3);
    let asked = server.asked();
    let path =
        format!("/host/compute.googleapis.com/compute/v1/projects/{PROJECT}/global/firewalls");
    assert_eq!((asked.len(), &asked[0].path), (2, &path));
    assert!(asked[0].says("maxResults=500") && asked[1].says("pageToken=next"));
    assert!(
        asked
            .iter()
            .all(|asked| !asked.headers.contains("authorization"))
    );
    let items: Vec<u64> = read.calls.iter().map(|call| call.items).collect();
    assert_eq!(items, [2, 1]);
    assert_eq!(read.calls[0].operation, "compute.firewalls.list");
    assert_eq!(
        read.calls[0].collector.as_deref(),
        Some("compute.firewalls")
    );
}

#[tokio::test]
async fn where_every_call_is_made_once_a_list_ends_with_its_first_page() {
    let server = in_turn(vec![firewalls(&["a", "b"], "next"), firewalls(&["c"], "")]);
    let once = CollectSettings {
        once: true,
        ..CollectSettings::default()
    };
    let read = run_with(&server.url, "compute.firewalls", once).await;
    assert_eq!(read.resources().len(), 2);
    assert_eq!((server.asked().len(), read.calls.len()), (1, 1));
}

#[tokio::test]
async fn a_token_that_repeats_ends_the_list_and_keeps_what_was_read() {
    let server = in_turn(vec![firewalls(&["a"], "same"), firewalls(&["b"], "same")]);
    let read = run(&server.url, "compute.firewalls").await;
    assert_eq!(read.ended_by().cause, Cause::PagingBroken);
    assert_eq!((read.resources().len(), server.asked().len()), (2, 2));
}

#[tokio::test]
async fn what_may_help_is_tried_again_and_told() {
    let server = in_turn(vec![
        error(429, "rateLimitExceeded", "retry-after: 0\r\n"),
        error(403, "userRateLimitExceeded", "retry-after: 0\r\n"),
        Answer::HangUp,
        firewalls(&["a"], ""),
    ]);
    let read = run(&server.url, "compute.firewalls").await;
    assert!(read.result.is_ok(), "{:?}", read.result);
    assert_eq!((read.calls[0].attempts, read.retries), (4, 3));
}

#[tokio::test]
async fn throttling_to_the_end_is_a_gap() {
    let server = in_turn(vec![error(429, "rateLimitExceeded", "")]);
    let settings = CollectSettings {
        max_attempts: 2,
        ..CollectSettings::default()
    };
    let read = run_with(&server.url, "compute.firewalls", settings).await;
    let gap = read.ended_by();
    assert_eq!(gap.cause, Cause::Throttled);
    assert_eq!(gap.detail, "compute.firewalls.list rateLimitExceeded");
    assert_eq!(read.calls[0].attempts, 2);
    assert_eq!(read.calls[0].outcome, CallOutcome::Failed(Cause::Throttled));
}

#[tokio::test]
async fn refusals_are_told_apart_and_tried_once() {
    for (reason, status, cause) in [
        ("forbidden", 403, Cause::Denied),
        ("accessNotConfigured", 403, Cause::Disabled),
        ("quotaExceeded", 403, Cause::Throttled),
        ("notFound", 404, Cause::ServerError),
        ("invalid", 400, Cause::ServerError),
    ] {
        let server = in_turn(vec![error(status, reason, "")]);
        let read = run(&server.url, "compute.firewalls").await;
        let gap = read.ended_by();
        assert_eq!((gap.cause, read.calls[0].attempts), (cause, 1), "{reason}");
        assert_eq!(gap.detail, format!("compute.firewalls.list {reason}"));
    }
}

#[tokio::test]
async fn credentials_that_run_out_end_everything() {
    for name in ["compute.firewalls", "compute.images", "account"] {
        let server = in_turn(vec![error(401, "authError", "")]);
        let read = run(&server.url, name).await;
        let ended = read.result.unwrap_err().disposition();
        assert_eq!(ended, Disposition::Abort, "{name}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_page_is_asked_for_once_more_at_most() {
    for (body, attempts) in [
        ("{\"items\": [{\"na", 2),
        ("", 2),
        ("<!doctype html><title>Sign in</title>", 2),
        ("[]", 1),
        ("\"x\"", 1),
    ] {
        let server = in_turn(vec![say(200, "", body)]);
        let read = run(&server.url, "compute.firewalls").await;
        assert_eq!(read.ended_by().cause, Cause::Undecodable, "{body}");
        assert_eq!(read.calls[0].attempts, attempts, "{body}");
    }
    // What breaks off on the way.
    let half = || Answer::Half {
        status: 200,
        body: json!({"items": [{"name": "a"}]}).to_string(),
    };
    let read = run(&in_turn(vec![half()]).url, "compute.firewalls").await;
    assert_eq!(read.ended_by().cause, Cause::Undecodable);
    assert_eq!(read.calls[0].attempts, 2);
    let server = in_turn(vec![half(), firewalls(&["a"], "")]);
    let read = run(&server.url, "compute.firewalls").await;
    assert!(read.result.is_ok(), "{:?}", read.result);
}

#[tokio::test]
async fn a_host_that_is_not_there_is_left_alone_after_a_while() {
    let settings = CollectSettings {
        circuit: 2,
        ..CollectSettings::default()
    };
    let read = run_with("http://127.0.0.1:9", "compute.firewalls", settings).await;
    assert_eq!(read.ended_by().cause, Cause::Unreachable);
    assert_eq!(read.calls[0].attempts, 2);
}

#[tokio::test]
async fn discovery_leaves_out_what_is_being_deleted_and_what_the_user_left_out() {
    let server = replaying("estate");
    let settings = CollectSettings::default();
    let provider = provider(&server.url, GcpOptions::default(), &settings);
    let filter = ScopeFilter {
        regions: vec!["europe-west1".into()],
        ..ScopeFilter::default()
    };
    let discovery = discover(&provider, filter).await.unwrap();
    let scopes: Vec<String> = discovery.scopes.iter().map(ToString::to_string).collect();
    assert_eq!(
        scopes,
        [
            "gcp:gcp:orch-wire-1:global",
            "gcp:gcp:orch-wire-1:europe-west1"
        ]
    );
    assert_eq!(discovery.excluded[0].1, "--regions");
    // What lies in the other region is not handed over.
    let machines = read(&provider, "compute.instances", &settings).await;
    let names: Vec<&str> = machines
        .resources()
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["web-1/nic0", "web-1", "web-22/nic0", "web-22"]);
    let unknown = ScopeFilter {
        accounts: vec!["orch-gone".into()],
        ..ScopeFilter::default()
    };
    let error = discover(&provider, unknown).await.unwrap_err();
    assert_eq!(error.help(), "the projects are orch-wire-1");
}

#[tokio::test]
async fn folders_are_walked_to_their_ends_once() {
    let server = answering(|asked: &Asked| {
        let parent = |parent: &str| asked.says(&format!("parent={parent}"));
        if asked.path.ends_with("/v3/projects") && parent("folders%2F2") {
            ok(
                json!({"projects": [{"name": "projects/9", "projectId": "deep", "state": "ACTIVE"}]}),
            )
        } else if asked.path.ends_with("/v3/folders") {
            // The second folder names the first as its child.
            let child = if parent("organizations%2F1") || parent("folders%2F2") {
                3
            } else {
                2
            };
            ok(json!({"folders": [{"name": format!("folders/{child}"), "state": "ACTIVE"}]}))
        } else if asked.path.ends_with("/regions") {
            error(403, "accessNotConfigured", "")
        } else {
            ok(json!({}))
        }
    });
    let options = GcpOptions {
        organization: Some("organizations/1".to_owned()),
        ..GcpOptions::default()
    };
    let settings = CollectSettings::default();
    let provider = provider(&server.url, options, &settings);
    let discovery = discover(&provider, ScopeFilter::default()).await.unwrap();
    let scopes: Vec<String> = discovery.scopes.iter().map(ToString::to_string).collect();
    assert_eq!(scopes, ["gcp:gcp:deep:global"]);
    let folders = server.asked();
    let folders = folders
        .iter()
        .filter(|asked| asked.path.ends_with("/v3/folders"));
    assert_eq!(folders.count(), 3);
}

async fn estate(name: &str) -> Read {
    let server = replaying("estate");
    let settings = CollectSettings::default();
    let options = GcpOptions {
        billing_table: Some("orch-billing.export.gcp_billing".to_owned()),
        ..GcpOptions::default()
    };
    let provider = provider(&server.url, options, &settings);
    discover(&provider, ScopeFilter::default()).await.unwrap();
    read(&provider, name, &settings).await
}

fn bodies<T>(read: &Read, of: impl Fn(&Body) -> Option<T>) -> Vec<T> {
    let resources = read.resources();
    resources.iter().filter_map(|one| of(&one.body)).collect()
}

#[tokio::test]
async fn the_project_keeps_what_was_told_and_why_the_rest_was_not() {
    let read = estate("account").await;
    let project = read.resources()[0].clone();
    assert_eq!(project.name, "Wire one");
    assert_eq!(project.tag("env"), Field::Value("prod"));
    let account: CloudAccount = bodies(&read, |body| match body {
        Body::CloudAccount(account) => Some((**account).clone()),
        _ => None,
    })
    .remove(0);
    assert_eq!(account.ancestors.len(), 2);
    let gcp = account.gcp.value().unwrap();
    assert_eq!(gcp.number, Field::Value("700000000001".into()));
    assert_eq!(
        (&gcp.os_login, &gcp.serial_port),
        (&Field::Value(true), &Field::Value(false))
    );
    assert_eq!(
        gcp.audit_logs,
        Field::Value(vec!["allServices DATA_READ".into()])
    );
    assert_eq!(gcp.access_approval, Field::Value(false));
    assert!(gcp.contact_categories.is_not_read());
    let why = project.not_read.unwrap();
    assert_eq!(why["body.gcp.contact_categories"].cause, Cause::Disabled);
    // A service that is off is known of, so the read is whole.
    assert_eq!(read.gap, None);
}

#[tokio::test]
async fn nothing_secret_and_no_person_is_handed_over() {
    for name in ["account", "compute.instances"] {
        let read = estate(name).await;
        let text = serde_json::to_string(&read.resources()).unwrap();
        assert!(
            !text.contains("canary-7f3a") && !text.contains("somebody@"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_network_names_its_firewalls_in_order() {
    let read = estate("compute.networks").await;
    assert!(read.result.is_ok() && read.gap.is_none(), "{:?}", read.gap);
    let networks: Vec<NetworkVpc> = bodies(&read, |body| match body {
        Body::NetworkVpc(network) => Some((**network).clone()),
        _ => None,
    });
    let order: Vec<(String, Option<Text>)> = networks[0]
        .filters
        .value()
        .unwrap()
        .iter()
        .map(|filter| {
            let firewall = filter.firewall.value();
            let name = firewall.map_or("VPC rules", |uid| uid.short());
            (name.to_owned(), filter.region.value().cloned())
        })
        .collect();
    assert_eq!(
        order,
        [
            ("880000000001".to_owned(), None),
            ("VPC rules".to_owned(), None),
            ("net-policy".to_owned(), None),
            ("reg-policy".to_owned(), Some("europe-west1".into())),
        ]
    );
    // Both networks obey the organisation's policy; it is handed over once.
    let policies = read
        .resources()
        .iter()
        .filter(|one| one.uid.as_str().contains("/firewallPolicies/"))
        .count();
    assert_eq!(policies, 3);
}

#[tokio::test]
async fn routes_are_one_table_a_network() {
    let read = estate("compute.routes").await;
    let names: Vec<&str> = read
        .resources()
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["idle", "prod"]);
}

#[tokio::test]
async fn a_load_balancer_is_followed_to_its_machines() {
    let read = estate("compute.load-balancers").await;
    assert!(read.result.is_ok() && read.gap.is_none(), "{:?}", read.gap);
    let balancer: NetworkLoadBalancer = bodies(&read, |body| match body {
        Body::NetworkLoadBalancer(balancer) => Some((**balancer).clone()),
        _ => None,
    })
    .remove(0);
    // A proxy of a region speaks from the subnetwork that is kept for it.
    assert_eq!(balancer.source_blocks[0].to_string(), "10.129.0.0/23");
    assert!(balancer.unmodelled.is_empty(), "{:?}", balancer.unmodelled);
    let listener = &balancer.listeners.value().unwrap()[0];
    let target = &listener.targets.value().unwrap()[0];
    assert_eq!(target.port, Field::Value(8080));
    assert!(
        target
            .instance
            .value()
            .unwrap()
            .as_str()
            .ends_with("/instances/web-1")
    );
}

#[tokio::test]
async fn a_type_is_told_once_a_region() {
    let read = estate("compute.machine-types").await;
    let types: Vec<String> = read
        .resources()
        .iter()
        .map(|one| format!("{} {}", one.scope.region, one.name))
        .collect();
    assert_eq!(
        types,
        [
            "europe-west1 e2-small",
            "europe-west1 e2-standard-2",
            "us-east1 e2-small"
        ]
    );
}

#[tokio::test]
async fn points_become_percent_in_their_periods() {
    let read = estate("monitoring.cpu").await;
    assert!(read.result.is_ok(), "{:?}", read.result);
    let series = read.series();
    assert_eq!(series.len(), 2);
    assert!(series[0].uid.as_str().ends_with("/instances/web-1"));
    let points: Vec<f64> = series[0].values.iter().flatten().copied().collect();
    assert_eq!(points, [50.0, 25.0]);
    assert_eq!(series[0].values.last(), Some(&Some(25.0)));
    let charged: Decimal = read.calls.iter().map(|call| call.charge_usd).sum();
    assert_eq!(charged, Decimal::new(6 * 5, 7));
}

#[tokio::test]
async fn a_balancer_that_google_says_nothing_of_took_nothing() {
    let read = estate("monitoring.balancer-requests").await;
    assert!(read.result.is_ok(), "{:?}", read.result);
    // One list for each sort of balancer. The recorded one holds points of machines, which are nobody's here.
    let lists = read.calls.iter();
    assert_eq!(
        lists
            .filter(|call| call.operation.ends_with("timeSeries.list"))
            .count(),
        3
    );
    let series = read.series();
    assert!(!series.is_empty());
    for one in series {
        assert!(one.uid.as_str().contains("/forwardingRules/"));
        assert!(one.values.iter().all(|value| *value == Some(0.0)));
    }
}

#[tokio::test]
async fn costs_are_asked_for_once_after_a_dry_run() {
    let server = replaying("estate");
    let settings = CollectSettings::default();
    let options = GcpOptions {
        billing_table: Some("orch-billing.export.gcp_billing".to_owned()),
        ..GcpOptions::default()
    };
    let provider = provider(&server.url, options, &settings);
    discover(&provider, ScopeFilter::default()).await.unwrap();
    let costs = read(&provider, "billing.costs", &settings).await;
    assert!(costs.result.is_ok(), "{:?}", costs.result);
    let amounts: Vec<String> = costs
        .costs()
        .iter()
        .map(|line| format!("{} {}", line.charge_category, line.billed_cost))
        .collect();
    assert_eq!(amounts, ["Usage 12.5", "Credit -2.5"]);
    let queries: Vec<Asked> = server
        .asked()
        .into_iter()
        .filter(|asked| asked.path.ends_with("/queries"))
        .collect();
    assert_eq!(queries.len(), 2);
    assert!(queries[0].body.contains("\"dryRun\":true"));
    assert!(
        queries[1]
            .body
            .contains("\"maximumBytesBilled\":\"10485760\"")
    );
    assert!(queries[1].body.contains(PROJECT) && queries[1].body.contains("2026-10-23"));
    // Another project of the run is given what was read.
    read(&provider, "billing.costs", &settings).await;
    let again = server.asked();
    let again = again
        .iter()
        .filter(|asked| asked.path.ends_with("/queries"));
    assert_eq!(again.count(), 2);
}

#[tokio::test]
async fn without_a_billing_table_costs_are_left_out_by_the_options_name() {
    let server = replaying("estate");
    let settings = CollectSettings::default();
    let provider = provider(&server.url, GcpOptions::default(), &settings);
    let discovery = discover(&provider, ScopeFilter::default()).await.unwrap();
    let as_of = "2026-11-22T12:02:00Z".parse().unwrap();
    let plan = plan(&provider, &discovery, &Selection::all(), as_of, &settings).unwrap();
    let costs = plan
        .excluded
        .iter()
        .find(|read| read.collector == "billing.costs")
        .unwrap();
    assert_eq!(
        costs.outcome,
        Outcome::Excluded("[gcp] billing_table".into())
    );
}
