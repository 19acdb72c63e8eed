//! A stand-in for Resource Manager that answers with the exchanges of a folder of fixtures.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use azure_core::http::Url;
use orch_collect::{Batch, CollectContext, CollectError, CollectSettings, Run};
use orch_model::{Body, GLOBAL_REGION, Gap, Provider, Resource, Scope};
use orch_snapshot::Item;
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
    let mut exchanges = exchanges(case);
    exchanges.iter_mut().for_each(change);
    let unknown = Arc::new(Mutex::new(Vec::new()));
    let url = serve(exchanges, unknown.clone());
    let settings = CollectSettings::default();
    let client = Client::new(url.parse().unwrap(), None, Tokens::StandIn, &settings).unwrap();
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
        unknown: unknown.lock().unwrap().clone(),
    }
}

/// The exchanges of a case: method, path, status and body of each.
fn exchanges(case: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/wire/azure")
        .join(case);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let exchanges = files.iter().map(|file| std::fs::read(file).unwrap());
    exchanges
        .map(|text| serde_json::from_slice(&text).unwrap())
        .collect()
}

fn serve(exchanges: Vec<Value>, unknown: Arc<Mutex<Vec<String>>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            answer(connection.unwrap(), &exchanges, &unknown);
        }
    });
    url
}

/// Reads one request and gives the answer of its fixture.
fn answer(mut connection: TcpStream, exchanges: &[Value], unknown: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 || line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    let mut words = first.split(' ');
    let method = words.next().unwrap();
    let target = words.next().unwrap();
    let url = Url::parse("http://stand.in").unwrap().join(target).unwrap();
    let path = url.path();
    let is_it = |exchange: &&Value| {
        exchange["method"] == method
            && exchange["path"]
                .as_str()
                .unwrap()
                .eq_ignore_ascii_case(path)
            && asks_for(&url, &exchange["query"])
    };
    let (status, body) = match exchanges.iter().find(is_it) {
        Some(exchange) => (exchange["status"].as_u64().unwrap(), &exchange["body"]),
        None => {
            unknown.lock().unwrap().push(format!("{method} {path}"));
            (404, &json!({ "error": { "code": "ResourceNotFound" } }))
        }
    };
    let body = body.to_string();
    let text = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = connection.write_all(text.as_bytes());
}

/// Whether a question asks for what an exchange was asked for. One without a query answers every question.
fn asks_for(url: &Url, query: &Value) -> bool {
    let Some(wanted) = query.as_object() else {
        return true;
    };
    let asked: Vec<_> = url.query_pairs().collect();
    asked.len() == wanted.len()
        && asked
            .iter()
            .all(|(name, value)| wanted.get(&**name) == Some(&json!([value])))
}
