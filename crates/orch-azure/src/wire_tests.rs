//! Collectors against a small server of our own: what goes over the wire, and what is made of the answers.

use std::sync::Arc;
use std::time::Duration;

use orch_collect::{
    Batch, CloudProvider as _, CollectContext, CollectError, CollectSettings, Disposition,
    Progress, Run, ScopeFilter,
};
use orch_model::{
    Body, Call, CallOutcome, Cause, Field, GLOBAL_REGION, Gap, Provider, Resource, Scope,
};
use orch_snapshot::Item;
use orch_testkit::loopback::{self, Answer, Asked, Loopback, say};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::call::Caller;
use crate::client::{Client, Tokens};
use crate::collect::{Source, collectors};
use crate::provider::{Azure, AzureProvider};

/// An error as Resource Manager words it.
fn error(status: u16, code: &str, headers: &str) -> Answer {
    let body = json!({ "error": { "code": code, "message": "secret words" } });
    say(status, headers, &body.to_string())
}

fn ok(body: Value) -> Answer {
    loopback::ok(&body)
}

/// A server that answers by route, given its own address, the question and its turn.
fn server(route: impl Fn(&str, &Asked, usize) -> Answer + Send + Sync + 'static) -> Loopback {
    Loopback::start(route).unwrap()
}

/// A server that gives these answers in turn, the last one for ever.
fn saying(answers: Vec<Answer>) -> Loopback {
    Loopback::in_turn(answers).unwrap()
}

const ACCOUNT: &str = "11111111-2222-3333-4444-555555555555";

fn scope() -> Scope {
    Scope::new(Provider::Azure, "azure", ACCOUNT, GLOBAL_REGION)
}

fn settings() -> CollectSettings {
    CollectSettings {
        attempt: Duration::from_secs(5),
        ..CollectSettings::default()
    }
}

fn azure(url: &str, settings: &CollectSettings) -> Arc<Azure> {
    let official = Some("https://management.azure.com/".parse().unwrap());
    let client = Client::new(url.parse().unwrap(), official, Tokens::StandIn, settings);
    Arc::new(Azure::new(client.unwrap(), Vec::new()))
}

/// What a collector made of a server.
struct Outcome {
    result: Result<(), CollectError>,
    items: Vec<Item>,
    gap: Option<Gap>,
    calls: Vec<Call>,
    retries: usize,
}

impl Outcome {
    fn resources(&self) -> Vec<&Resource> {
        self.items
            .iter()
            .map(|item| match item {
                Item::Resource(resource) => resource,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn names(&self) -> Vec<&str> {
        self.resources()
            .iter()
            .map(|resource| resource.name.as_str())
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

async fn run(url: &str, name: &str) -> Outcome {
    run_with(url, name, Vec::new(), settings()).await
}

async fn run_with(
    url: &str,
    name: &str,
    prior: Vec<Resource>,
    settings: CollectSettings,
) -> Outcome {
    let azure = azure(url, &settings);
    let (events, mut told) = mpsc::unbounded_channel();
    let run = Run::new(&settings, CancellationToken::new(), Some(events));
    let collectors = collectors(&azure);
    let collector = collectors
        .iter()
        .find(|collector| collector.spec().name == name)
        .unwrap();
    let context = CollectContext {
        scope: scope(),
        as_of: "2026-11-22T12:02:00Z".parse().unwrap(),
        prior,
        settings: Arc::new(settings),
        run: run.clone(),
    };
    let mut out = Batch::in_memory();
    let result = collector.collect(&context, &mut out).await;
    let mut retries = 0;
    while let Ok(event) = told.try_recv() {
        retries += usize::from(matches!(event, Progress::Retry { .. }));
    }
    let (gap, calls) = (out.gap().cloned(), run.calls());
    Outcome {
        result,
        items: out.into_items(),
        gap,
        calls,
        retries,
    }
}

const GROUPS: &str = "network.security-groups";

fn id(kind: &str, name: &str) -> String {
    format!("/subscriptions/{ACCOUNT}/resourceGroups/Prod/providers/{kind}/{name}")
}

/// A page of network security groups, each in a location.
fn groups(names: &[&str], link: Value) -> Answer {
    let value: Vec<Value> = names
        .iter()
        .map(|name| {
            let id = id("Microsoft.Network/networkSecurityGroups", name);
            json!({ "id": id, "name": name, "location": "West Europe", "properties": {} })
        })
        .collect();
    ok(json!({ "value": value, "nextLink": link }))
}

#[tokio::test]
async fn pages_are_read_to_the_end_and_every_request_bears_the_token() {
    let server = server(|base, asked, _| {
        if asked.target().contains("skiptoken") {
            groups(&["three"], Value::Null)
        } else {
            let path = asked.path.as_str();
            groups(
                &["one", "two"],
                json!(format!("{base}{path}?api-version=x&%24skiptoken=2")),
            )
        }
    });
    let outcome = run(&server.url, GROUPS).await;
    assert!(outcome.result.is_ok());
    assert_eq!(outcome.names(), ["one", "two", "three"]);
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert!(
        asked[0]
            .target()
            .ends_with("networkSecurityGroups?api-version=2024-05-01")
    );
    assert!(
        asked
            .iter()
            .all(|asked| asked.header("authorization") == Some("bearer stand-in"))
    );
    let items: Vec<u64> = outcome.calls.iter().map(|call| call.items).collect();
    assert_eq!(items, [2, 1]);
    assert_eq!(
        outcome.calls[0].operation,
        "Microsoft.Network/networkSecurityGroups/read"
    );
    assert_eq!(outcome.calls[0].collector.as_deref(), Some(GROUPS));
    assert_eq!(outcome.calls[1].page.map(|page| page.first), Some(false));
}

#[tokio::test]
async fn where_every_call_is_made_once_a_list_ends_with_its_first_page() {
    let server = server(|base, asked, _| {
        let path = asked.path.as_str();
        groups(&["one"], json!(format!("{base}{path}?%24skiptoken=2")))
    });
    let once = CollectSettings {
        once: true,
        ..settings()
    };
    let outcome = run_with(&server.url, GROUPS, Vec::new(), once).await;
    assert_eq!(outcome.names(), ["one"]);
    assert_eq!((server.asked().len(), outcome.calls.len()), (1, 1));
}

#[tokio::test]
async fn links_with_the_official_address_are_asked_of_the_stand_in() {
    let server = server(|_, asked, _| {
        if asked.target().contains("skiptoken") {
            groups(&["two"], json!(""))
        } else {
            let path = asked.path.as_str();
            groups(
                &["one"],
                json!(format!("https://management.azure.com{path}?skiptoken=2")),
            )
        }
    });
    let outcome = run(&server.url, GROUPS).await;
    assert!(outcome.result.is_ok());
    assert_eq!(outcome.names(), ["one", "two"]);
}

#[tokio::test]
async fn a_link_that_leads_elsewhere_is_not_followed_and_the_page_is_kept() {
    for link in [
        "https://evil.example/subscriptions/s/providers/x",
        "http://127.0.0.1:1/steal",
        "//evil.example/x",
        "http://",
    ] {
        let server = saying(vec![groups(&["one"], json!(link))]);
        let outcome = run(&server.url, GROUPS).await;
        assert_eq!(outcome.ended_by().cause, Cause::PagingBroken, "{link}");
        assert_eq!(outcome.names(), ["one"], "{link}");
        assert_eq!(server.asked().len(), 1, "{link}");
    }
    // To the same server, but to something that an audit does not ask for.
    let server = server(|base, _, _| groups(&["one"], json!(format!("{base}/x/listKeys"))));
    let outcome = run(&server.url, GROUPS).await;
    assert_eq!(outcome.ended_by().cause, Cause::Denied);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_link_that_repeats_ends_the_list() {
    let server = server(|base, asked, _| {
        let path = asked.path.as_str();
        groups(&["one"], json!(format!("{base}{path}?again")))
    });
    let outcome = run(&server.url, GROUPS).await;
    assert_eq!(outcome.ended_by().cause, Cause::PagingBroken);
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn throttling_and_failures_of_the_server_are_tried_again_in_one_call() {
    let server = saying(vec![
        error(429, "TooManyRequests", "retry-after: 0\r\n"),
        error(503, "ServerBusy", "retry-after: 0\r\n"),
        Answer::HangUp,
        say(200, "", r#"{"value": [{"id""#),
        groups(&["one"], Value::Null),
    ]);
    let outcome = run(&server.url, GROUPS).await;
    assert!(outcome.result.is_ok());
    assert_eq!(outcome.names(), ["one"]);
    assert_eq!((outcome.calls.len(), outcome.retries), (1, 4));
    assert_eq!(outcome.calls[0].attempts, 5);
    assert_eq!(outcome.calls[0].outcome, CallOutcome::Ok);
}

#[tokio::test]
async fn attempts_end_and_a_wait_past_the_deadline_is_not_begun() {
    let server = saying(vec![error(429, "TooManyRequests", "retry-after: 0\r\n")]);
    let few = CollectSettings {
        max_attempts: 3,
        ..settings()
    };
    let outcome = run_with(&server.url, GROUPS, Vec::new(), few).await;
    assert_eq!(outcome.ended_by().cause, Cause::Throttled);
    assert_eq!(server.asked().len(), 3);
    let server = saying(vec![error(429, "TooManyRequests", "retry-after: 3600\r\n")]);
    let outcome = run(&server.url, GROUPS).await;
    assert_eq!(outcome.ended_by().cause, Cause::Throttled);
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn what_is_refused_is_asked_once_and_told_without_its_message() {
    for (answer, cause, detail) in [
        (
            error(403, "AuthorizationFailed", ""),
            Cause::Denied,
            "AuthorizationFailed",
        ),
        (
            error(409, "MissingSubscriptionRegistration", ""),
            Cause::Disabled,
            "MissingSubscriptionRegistration",
        ),
        (
            error(404, "SubscriptionNotFound", ""),
            Cause::Disabled,
            "SubscriptionNotFound",
        ),
        (
            ok(json!({ "values": [] })),
            Cause::Undecodable,
            "value is no list",
        ),
        (
            ok(json!({ "value": 7 })),
            Cause::Undecodable,
            "value is no list",
        ),
        (
            say(200, "", "<html>"),
            Cause::Undecodable,
            "unreadable answer",
        ),
        (
            say(302, "location: http://evil.example/\r\n", ""),
            Cause::ServerError,
            "HTTP 302",
        ),
    ] {
        let server = saying(vec![answer]);
        let gap = run(&server.url, GROUPS).await.ended_by();
        assert_eq!(gap.cause, cause, "{detail}");
        let operation = "Microsoft.Network/networkSecurityGroups/read";
        assert_eq!(gap.detail, format!("{operation} {detail}"));
        assert_eq!(server.asked().len(), 1, "{detail}");
    }
}

#[tokio::test]
async fn credentials_that_ran_out_end_everything() {
    let server = saying(vec![error(401, "ExpiredAuthenticationToken", "")]);
    let outcome = run(&server.url, GROUPS).await;
    let error = outcome.result.unwrap_err();
    assert_eq!(error.disposition(), Disposition::Abort);
    assert_eq!(error.recorded().cause, Cause::AuthExpired);
}

#[tokio::test]
async fn an_odd_element_is_dropped_and_the_rest_of_the_page_kept() {
    let good = id("Microsoft.Network/networkSecurityGroups", "good");
    let server = saying(vec![ok(json!({ "value": [
        { "id": 7 },
        { "id": good, "tags": { "env": "prod" }, "properties": { "unknown": [1] } },
        "nonsense",
    ] }))]);
    let outcome = run(&server.url, GROUPS).await;
    assert!(outcome.result.is_ok());
    assert_eq!(outcome.names(), ["good"]);
    let gap = outcome.gap.unwrap();
    assert_eq!(gap.cause, Cause::Undecodable);
    assert_eq!(
        gap.detail,
        "Microsoft.Network/networkSecurityGroups/read value[0].id"
    );
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_left_alone() {
    let server = saying(vec![Answer::Silence]);
    let hasty = CollectSettings {
        attempt: Duration::from_millis(50),
        circuit: 2,
        ..settings()
    };
    let outcome = run_with(&server.url, GROUPS, Vec::new(), hasty).await;
    assert_eq!(outcome.ended_by().cause, Cause::TimedOut);
    assert_eq!(server.asked().len(), 2);
    assert_eq!(
        outcome.calls[0].outcome,
        CallOutcome::Failed(Cause::TimedOut)
    );
}

#[tokio::test]
async fn a_request_that_is_not_on_the_list_is_never_sent() {
    let server = saying(vec![ok(json!({}))]);
    let settings = settings();
    let azure = azure(&server.url, &settings);
    let run = Run::new(&settings, CancellationToken::new(), None);
    let caller = Caller::discovery(&run, None);
    let read = "Microsoft.Network/networkSecurityGroups/read";
    for path in [
        "/subscriptions/{subscription}/providers/Microsoft.Storage/storageAccounts/x/listKeys",
        "/subscriptions/{subscription}/../../providers/x",
        "{id}",
    ] {
        let ask = Source::get(read, path, "1").ask(&azure.client, ACCOUNT, "/a/../b?x#y");
        let failure = caller
            .call(&azure.client, &ask, None, |_| 0)
            .await
            .unwrap_err();
        assert_eq!(failure.cause, Cause::Denied, "{path}");
    }
    assert!(server.asked().is_empty() && run.calls().is_empty());
}

#[tokio::test]
async fn stopping_ends_a_call_at_once() {
    let server = saying(vec![Answer::Silence]);
    let settings = settings();
    let azure = azure(&server.url, &settings);
    let cancel = CancellationToken::new();
    let run = Run::new(&settings, cancel.clone(), None);
    let caller = Caller::discovery(&run, None);
    let source = Source::get(
        "Microsoft.Resources/subscriptions/read",
        "/subscriptions",
        "1",
    );
    let ask = source.ask(&azure.client, "", "");
    let stopping = async {
        while server.asked().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        cancel.cancel();
    };
    let (answer, ()) = tokio::join!(caller.call(&azure.client, &ask, None, |_| 0), stopping);
    assert_eq!(answer.unwrap_err().cause, Cause::Cancelled);
}

#[tokio::test]
async fn a_public_address_list_that_is_denied_leaves_its_fields_unread() {
    let server = server(|_, asked, _| {
        if asked.target().contains("publicIPAddresses") {
            return error(403, "AuthorizationFailed", "");
        }
        let id = id("Microsoft.Network/networkInterfaces", "card");
        let address = super::names::uid("/subscriptions/s/publicIPAddresses/a");
        ok(json!({ "value": [{ "id": id, "properties": {
            "ipConfigurations": [{ "properties": {
                "privateIPAddress": "10.0.0.4", "publicIPAddress": { "id": address.as_str() },
            } }],
        } }] }))
    });
    let outcome = run(&server.url, "network.interfaces").await;
    // A refusal stays with the field: asking again would not help.
    assert!(outcome.result.is_ok() && outcome.gap.is_none());
    let resource = outcome.resources()[0];
    let Body::NetworkInterface(card) = &resource.body else {
        panic!("{resource:?}")
    };
    assert_eq!(card.public_addresses, Field::NotRead);
    let why = resource.not_read.as_ref().unwrap();
    assert_eq!(why["body.public_addresses"].cause, Cause::Denied);
}

#[tokio::test]
async fn lists_that_several_collectors_look_into_are_read_once() {
    let server = saying(vec![ok(json!({ "value": [] }))]);
    let settings = settings();
    let azure = azure(&server.url, &settings);
    let run = Run::new(&settings, CancellationToken::new(), None);
    for collector in collectors(&azure) {
        if ![
            "network.interfaces",
            "network.addresses",
            "network.load-balancers",
        ]
        .contains(&collector.spec().name)
        {
            continue;
        }
        let context = CollectContext {
            scope: scope(),
            as_of: "2026-11-22T12:02:00Z".parse().unwrap(),
            prior: Vec::new(),
            settings: Arc::new(settings.clone()),
            run: run.clone(),
        };
        collector
            .collect(&context, &mut Batch::in_memory())
            .await
            .unwrap();
    }
    let mut asked: Vec<String> = server
        .asked()
        .into_iter()
        .map(|asked| asked.target())
        .collect();
    asked.sort_unstable();
    asked.dedup();
    assert_eq!((asked.len(), server.asked().len()), (3, 3));
}

#[tokio::test]
async fn flow_logs_that_cannot_be_read_leave_the_read_incomplete() {
    let server = server(|_, asked, _| {
        if asked.target().contains("flowLogs") {
            return error(403, "AuthorizationFailed", "");
        }
        let id = id("Microsoft.Network/networkWatchers", "watcher");
        ok(json!({ "value": [{ "id": id, "properties": { "provisioningState": "Succeeded" } }] }))
    });
    let outcome = run(&server.url, "network.watchers").await;
    assert!(outcome.result.is_ok());
    assert_eq!(outcome.names(), ["watcher"]);
    assert_eq!(outcome.gap.unwrap().cause, Cause::Denied);
}

#[tokio::test]
async fn costs_wait_as_their_own_headers_say_and_none_are_no_answer() {
    let page = |rows: Value, link: Value| {
        let names = ["Cost", "UsageDate", "ServiceName", "Currency"];
        let columns = names.map(|name| json!({ "name": name }));
        ok(json!({ "properties": { "columns": columns, "rows": rows, "nextLink": link } }))
    };
    let header = "x-ms-ratelimit-microsoft.costmanagement-entity-retry-after: 0\r\n";
    let server = server(move |base, asked, turn| match turn {
        0 => error(429, "429", header),
        1 => {
            let link = format!("{base}{}&$skiptoken=2", asked.target());
            page(json!([[2, 20261119, "Storage", "EUR"]]), json!(link))
        }
        _ => page(json!([[1.5, 20261120, "Storage", "EUR"]]), Value::Null),
    });
    let outcome = run(&server.url, "costs").await;
    assert!(outcome.result.is_ok() && outcome.gap.is_none());
    assert_eq!(outcome.items.len(), 2);
    let asked = server.asked();
    assert!(
        asked
            .iter()
            .all(|asked| asked.method == "POST" && asked.body.contains("ActualCost"))
    );
    for nothing in [say(204, "", ""), page(json!([]), Value::Null)] {
        let server = saying(vec![nothing]);
        let outcome = run(&server.url, "costs").await;
        assert!(outcome.result.is_ok() && outcome.items.is_empty());
        assert_eq!(outcome.gap.unwrap().cause, Cause::Disabled);
    }
}

/// Regions are asked of Resource Graph; without it, of the lists; resources of others are left out.
#[tokio::test]
async fn discovery_finds_regions_and_holds_resources_to_the_choice() {
    for graph_answers in [true, false] {
        let server = server(move |_, asked, _| {
            let path = asked.path.as_str();
            match path {
                "/subscriptions" => ok(json!({ "value": [
                    { "subscriptionId": ACCOUNT, "displayName": "Prod", "state": "Enabled" },
                    { "subscriptionId": "gone", "state": "Deleted" },
                ] })),
                "/providers/Microsoft.ResourceGraph/resources" if graph_answers => {
                    ok(json!({ "data": [
                        { "subscriptionId": ACCOUNT.to_uppercase(), "location": "westeurope", "count_": 3 },
                        { "subscriptionId": ACCOUNT, "location": "eastus", "count_": 1 },
                        { "subscriptionId": ACCOUNT, "location": "global", "count_": 1 },
                    ] }))
                }
                "/providers/Microsoft.ResourceGraph/resources" => error(403, "Forbidden", ""),
                path if path.ends_with("/resources") => ok(json!({ "value": [
                    { "id": "/a", "location": "West Europe" }, { "id": "/b", "location": "eastus" },
                    { "id": "/c", "location": "global" },
                ] })),
                _ => groups(&["one"], Value::Null),
            }
        });
        let provider = AzureProvider::to_stand_in(&server.url, &settings())
            .await
            .unwrap();
        let run = Run::new(&settings(), CancellationToken::new(), None);
        let filter = ScopeFilter {
            regions: vec!["eastus".into()],
            ..ScopeFilter::default()
        };
        let discovery = provider.discover(&filter, &run).await.unwrap();
        assert_eq!(discovery.scopes, [scope(), scope().in_region("eastus")]);
        assert_eq!(
            discovery.excluded,
            [(scope().in_region("westeurope"), "--regions".into())]
        );
        // The call that was made to connect is in the ledger of the run.
        assert_eq!(
            run.calls()[0].operation,
            "Microsoft.Resources/subscriptions/read"
        );
        let context = CollectContext {
            scope: scope(),
            as_of: "2026-11-22T12:02:00Z".parse().unwrap(),
            prior: Vec::new(),
            settings: Arc::new(settings()),
            run,
        };
        let groups = provider
            .collectors()
            .iter()
            .find(|one| one.spec().name == GROUPS);
        let mut out = Batch::in_memory();
        groups.unwrap().collect(&context, &mut out).await.unwrap();
        assert_eq!(out.count(), 0, "the group is in westeurope");
    }
}
