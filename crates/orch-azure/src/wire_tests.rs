//! Collectors against a small server of our own: what the files of tests on it share.

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

use crate::auth::AzureOptions;
use crate::call::Caller;
use crate::client::{Client, Tokens};
use crate::collect::{Source, collectors};
use crate::provider::{Azure, AzureProvider};

mod answers;
mod calls;
mod subscriptions;

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
