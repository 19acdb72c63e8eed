//! A stand-in for Resource Manager that answers with the exchanges of a folder of fixtures.

use std::path::Path;
use std::sync::Arc;

use orch_collect::{Batch, CollectContext, CollectError, CollectSettings, Run};
use orch_model::{Body, GLOBAL_REGION, Gap, Provider, Resource, Scope};
use orch_snapshot::Item;
use orch_testkit::replay::{Cloud, Recording, Replay};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::collectors;
use crate::client::{Client, Tokens};
use crate::provider::Azure;

/// The subscription of all fixtures.
const ACCOUNT: &str = "11111111-2222-3333-4444-555555555555";

/// What a collector made of a folder.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) result: Result<(), CollectError>,
    pub(super) resources: Vec<Resource>,
    pub(super) gap: Option<Gap>,
    /// What was asked and has no fixture.
    pub(super) unknown: Vec<String>,
}

impl Read {
    /// The resource of a name.
    pub(super) fn named(&self, name: &str) -> &Resource {
        let found = self.resources.iter().find(|resource| resource.name == name);
        found.unwrap_or_else(|| panic!("no {name} in {:?}", self.resources))
    }

    /// The bodies of one kind.
    pub(super) fn bodies<'r, T>(&'r self, of: fn(&'r Body) -> Option<&'r T>) -> Vec<&'r T> {
        let bodies = self.resources.iter().map(|resource| &resource.body);
        bodies.filter_map(of).collect()
    }

    /// Everything was read and every question had an answer.
    pub(super) fn is_whole(&self) -> bool {
        self.result.is_ok() && self.gap.is_none() && self.unknown.is_empty()
    }
}

/// The scope of the subscription.
pub(super) fn scope() -> Scope {
    Scope::new(Provider::Azure, "azure", ACCOUNT, GLOBAL_REGION)
}

/// Runs a collector against the exchanges of `fixtures/wire/azure/<case>`.
pub(super) async fn read(collector: &str, case: &str) -> Read {
    read_changed(collector, case, |_| {}).await
}

/// The same with exchanges that are changed before.
pub(super) async fn read_changed(collector: &str, case: &str, change: impl Fn(&mut Value)) -> Read {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/wire/azure");
    let mut recording = Recording::read(&root, &[case]).unwrap();
    for exchange in &mut recording.exchanges {
        let mut value = json!({
            "method": exchange.method, "path": exchange.path, "status": exchange.status,
            "body": exchange.body.take(),
        });
        change(&mut value);
        exchange.status = value["status"].as_u64().unwrap() as u16;
        exchange.body = value["body"].take();
    }
    let replay = Replay::start(Cloud::Azure, recording).unwrap();
    let settings = CollectSettings::default();
    let client = Client::new(
        replay.url().parse().unwrap(),
        None,
        Tokens::StandIn,
        &settings,
    )
    .unwrap();
    let azure = Arc::new(Azure::new(client, Vec::new()));
    let run = Run::new(&settings, CancellationToken::new(), None);
    let context = CollectContext {
        scope: scope(),
        as_of: "2026-11-22T12:00:00Z".parse().unwrap(),
        prior: Vec::new(),
        settings: Arc::new(settings),
        run,
    };
    let collectors = collectors(&azure);
    let found = collectors.iter().find(|one| one.spec().name == collector);
    let mut out = Batch::in_memory();
    let result = found.unwrap().collect(&context, &mut out).await;
    let gap = out.gap().cloned();
    let resources = out.into_items().into_iter().filter_map(|item| match item {
        Item::Resource(resource) => Some(resource),
        _ => None,
    });
    Read {
        result,
        resources: resources.collect(),
        gap,
        unknown: replay.unmatched().into_iter().collect(),
    }
}
