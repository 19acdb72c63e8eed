use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::*;

/// Asks by hand: status and body.
fn ask(replay: &Replay, method: &str, target: &str, body: &str) -> (u16, String) {
    let address = replay.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).unwrap();
    let Some((head, body)) = told.split_once("\r\n\r\n") else {
        return (0, told);
    };
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

fn get(replay: &Replay, target: &str) -> (u16, Value) {
    let (status, body) = ask(replay, "GET", target, "");
    (status, serde_json::from_str(&body).unwrap_or_default())
}

fn exchange(method: &str, host: &str, path: &str, query: Value, body: Value) -> Exchange {
    let folder = tempfile::tempdir().unwrap();
    let value = json!({ "method": method, "host": host, "path": path, "query": query, "status": 200, "body": body });
    std::fs::write(folder.path().join("one.json"), value.to_string()).unwrap();
    let mut recording = Recording::read(folder.path(), &[""]).unwrap();
    recording.exchanges.remove(0)
}

const VAULTS: &str = "/subscriptions/AA/providers/Microsoft.KeyVault/vaults";

fn azure() -> Replay {
    let host = "management.azure.com";
    let link = format!("https://{host}:443{VAULTS}?api-version=1&$skiptoken=b%3D");
    let vault = json!({ "id": format!("{VAULTS}/v"), "location": "West Europe" });
    let graph = |query: &str, data: Value| {
        let path = "/providers/Microsoft.ResourceGraph/resources";
        let mut one = exchange("POST", host, path, json!({}), json!({ "data": data }));
        one.request = json!({ "query": query });
        one
    };
    let exchanges = vec![
        exchange(
            "GET",
            host,
            VAULTS,
            json!({"api-version": ["1"]}),
            json!({"value": [vault], "nextLink": link}),
        ),
        exchange(
            "GET",
            host,
            VAULTS,
            json!({"$skiptoken": ["b="]}),
            json!({"value": []}),
        ),
        exchange("GET", host, VAULTS, json!({}), json!({"value": ["second"]})),
        graph("one", json!([1])),
        graph("two", json!([2])),
    ];
    Replay::start(Cloud::Azure, Recording { exchanges }).unwrap()
}

#[test]
fn paths_in_any_case_pages_and_rounds_are_answered_in_order() {
    let replay = azure();
    let path = VAULTS.to_lowercase();
    let (status, page) = get(&replay, &format!("{path}?api-version=2024&$top=5"));
    assert_eq!(status, 200);
    let link = page["nextLink"].as_str().unwrap();
    let target = link.strip_prefix(replay.url()).expect("links lead here");
    assert_eq!(get(&replay, target), (200, json!({"value": []})));
    assert_eq!(replay.rounds(), 2);
    replay.round(1);
    assert_eq!(get(&replay, &path).1, json!({"value": ["second"]}));
    assert_eq!(get(&replay, target), (200, json!({"value": []})));
    assert!(replay.unmatched().is_empty());
}

#[test]
fn what_is_not_recorded_is_implied_or_refused_as_the_cloud_does() {
    let replay = azure();
    let (_, told) = get(&replay, "/subscriptions?api-version=1");
    assert_eq!(told["value"][0]["subscriptionId"], "aa");
    let ask_graph = |query: &str| {
        let body = json!({ "query": query }).to_string();
        ask(
            &replay,
            "POST",
            "/providers/Microsoft.ResourceGraph/resources",
            &body,
        )
    };
    assert!(ask_graph("two").1.contains("[2]"));
    let places = ask_graph("Resources | summarize count() by subscriptionId, location").1;
    assert!(places.contains(r#""location":"westeurope""#), "{places}");
    assert_eq!(ask_graph("three").0, 403);
    let (status, body) = get(&replay, "/subscriptions/aa/providers/x/y");
    assert_eq!(
        (status, &body["error"]["code"]),
        (403, &json!("AuthorizationFailed"))
    );
    // Another thing of the same path.
    assert_eq!(get(&replay, &format!("{VAULTS}?statusOnly=true")).0, 403);
    assert_eq!(replay.unmatched().len(), 3);
    replay.empty_otherwise(true);
    let (status, body) = get(&replay, "/subscriptions/aa/providers/x/y");
    assert_eq!((status, &body["value"]), (200, &json!([])));
}

#[test]
fn the_hosts_of_google_have_their_places_and_projects_their_regions() {
    let compute = "compute.googleapis.com";
    let list = "/compute/v1/projects/p-1/aggregated/disks";
    let items = json!({"items": {"zones/us-east1-b": {"disks": [{"name": "d"}]}}});
    let accounts = "/v1/projects/p-1/serviceAccounts/a@p-1.iam/keys";
    let exchanges = vec![
        exchange("GET", compute, list, json!({"alt": ["json"]}), items),
        exchange(
            "GET",
            "iam.googleapis.com",
            accounts,
            json!({}),
            json!({"keys": []}),
        ),
        exchange(
            "GET",
            "storage.googleapis.com",
            "/storage/v1/b",
            json!({"project": ["p-2"]}),
            json!({}),
        ),
    ];
    let replay = Replay::start(Cloud::Gcp, Recording { exchanges }).unwrap();
    let at = |path: &str| get(&replay, &format!("/host/{path}"));
    let (_, told) = at("cloudresourcemanager.googleapis.com/v3/projects:search");
    assert_eq!(told["projects"][1]["projectId"], "p-2");
    let (_, told) = at("compute.googleapis.com/compute/v1/projects/p-1/regions");
    assert_eq!(told["items"], json!([{"name": "us-east1", "status": "UP"}]));
    assert_eq!(
        at("iam.googleapis.com/v1/projects/p-1/serviceAccounts/a%40p-1.iam/keys").0,
        200
    );
    assert_eq!(at("storage.googleapis.com/storage/v1/b?project=p-1").0, 403);
    assert_eq!(
        at("storage.googleapis.com/storage/v1/b?project=p-2&maxResults=9").0,
        200
    );
    replay.fault(
        Fault::new(Trouble::OddTypes)
            .on("aggregated/disks")
            .times(1),
    );
    let (_, odd) = at(&format!("{compute}{list}"));
    assert_eq!(odd["items"]["zones/us-east1-b"]["disks"][0]["name"], 1);
    replay.fault(Fault::new(Trouble::RepeatedLink).on("aggregated/disks"));
    for page in ["", "?pageToken=again"] {
        let (status, body) = at(&format!("{compute}{list}{page}"));
        assert_eq!((status, &body["nextPageToken"]), (200, &json!("again")));
    }
    replay.heal();
    replay.fault(Fault::new(Trouble::Truncated).after(1).times(1));
    assert_eq!(
        at(&format!("{compute}{list}")).1["items"]
            .as_object()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(at(&format!("{compute}{list}")).1, Value::Null);
    assert_eq!(replay.requests().last().unwrap().answered, Answered::Fault);
}

#[test]
fn a_bill_of_another_day_is_told_as_of_the_days_that_are_asked_for() {
    let path = "/subscriptions/aa/providers/Microsoft.CostManagement/query";
    let rows = |first: u64| json!([[1, first], [2, 20261103]]);
    let body = |first| json!({ "properties": { "columns": [{"name": "Cost"}, {"name": "UsageDate"}], "rows": rows(first) } });
    let recorded = exchange(
        "POST",
        "management.azure.com",
        path,
        json!({}),
        body(20241105),
    );
    let recording = Recording {
        exchanges: vec![recorded],
    };
    let replay = Replay::start(Cloud::Azure, recording).unwrap();
    let asked = json!({ "timePeriod": { "from": "2026-11-01T00:00:00+00:00", "to": "2026-11-03T23:59:59+00:00" } });
    let told = |request: &Value| {
        let (_, body) = ask(&replay, "POST", path, &request.to_string());
        serde_json::from_str::<Value>(&body).unwrap()
    };
    assert_eq!(told(&asked), body(20261101));
    assert_eq!(told(&json!({})), body(20241105));
}
