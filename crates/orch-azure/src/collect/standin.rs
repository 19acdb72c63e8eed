//! A stand-in for Resource Manager that answers with the exchanges of a folder of fixtures.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use orch_collect::{Batch, CollectContext, CollectError, CollectSettings, Run};
use orch_model::{Body, Cause, GLOBAL_REGION, Gap, Provider, Resource, Scope};
use orch_snapshot::Item;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{collectors, decode};
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
    let path = words.next().unwrap().split('?').next().unwrap();
    let is_it = |exchange: &&Value| {
        exchange["method"] == method
            && exchange["path"]
                .as_str()
                .unwrap()
                .eq_ignore_ascii_case(path)
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

/// Every answer that comes of an answer by putting something odd into one place of it.
fn odd(body: &Value) -> Vec<Value> {
    fn places(value: &Value, path: &str, found: &mut Vec<String>) {
        found.push(path.to_owned());
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    places(value, &format!("{path}/{name}"), found);
                }
            }
            Value::Array(elements) => {
                for (place, value) in elements.iter().enumerate() {
                    places(value, &format!("{path}/{place}"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    places(body, "", &mut found);
    let odd = [
        Value::Null,
        json!(i64::MAX),
        json!(1e300),
        json!(""),
        json!("\u{202e}%00/../"),
        json!([[]]),
        json!({}),
    ];
    let put = |place: &String, odd: &Value| {
        let mut changed = body.clone();
        *changed.pointer_mut(place).unwrap() = odd.clone();
        changed
    };
    found
        .iter()
        .flat_map(|place| odd.iter().map(move |odd| put(place, odd)))
        .collect()
}

#[test]
fn odd_answers_leave_a_gap_and_never_end_the_run() {
    let cases = [
        ("storage.accounts", "storage"),
        ("database.sql-servers", "sql"),
        ("database.postgresql-servers", "postgresql-single"),
        ("database.mysql-flexible-servers", "mysql-flexible"),
        ("security.vaults", "vaults"),
        ("container.clusters", "kubernetes"),
        ("container.registries", "registries"),
        ("compute.apps", "apps"),
        ("identity.role-assignments", "role-assignments"),
        ("identity.roles", "roles"),
        ("monitor.activity-alerts", "activity-alerts"),
        ("monitor.diagnostic-settings", "diagnostic-settings"),
        ("security.plans", "defender-plans"),
        ("security.contacts", "security-contacts"),
        ("governance.policies", "policies"),
    ];
    for (collector, case) in cases {
        let list = &exchanges(case)[0]["body"];
        let whole = decode(collector, list.to_string().as_bytes());
        assert_eq!(whole.gap, None, "{collector}");
        for changed in odd(list) {
            let decoded = decode(collector, changed.to_string().as_bytes());
            if let Some(gap) = decoded.gap {
                assert_eq!(gap.cause, Cause::Undecodable, "{collector} {changed}");
            }
        }
    }
}
