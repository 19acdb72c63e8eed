//! What is made of the answers to several requests: what is left where one of them fails.

use super::*;

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
async fn a_public_address_list_that_is_denied_leaves_its_fields_unread() {
    let server = server(|_, asked, _| {
        if asked.target().contains("publicIPAddresses") {
            return error(403, "AuthorizationFailed", "");
        }
        let id = id("Microsoft.Network/networkInterfaces", "card");
        let address = crate::names::uid("/subscriptions/s/publicIPAddresses/a");
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

/// What is one thing is told by an answer, or it is not told.
#[tokio::test]
async fn an_empty_answer_about_one_thing_leaves_its_fields_unread() {
    for (nothing, what) in [
        (say(200, "", ""), "answer is empty"),
        (ok(Value::Null), "answer is no object"),
        (ok(json!([])), "answer is no object"),
    ] {
        let server = server(move |_, asked, _| {
            if asked.path.ends_with("/default") {
                return nothing.clone();
            }
            let id = id("Microsoft.Storage/storageAccounts", "files");
            ok(json!({ "value": [{ "id": id, "kind": "StorageV2", "properties": {} }] }))
        });
        let outcome = run(&server.url, "storage.accounts").await;
        let gap = outcome.gap.as_ref().unwrap();
        assert_eq!(gap.cause, Cause::Undecodable);
        assert!(gap.detail.ends_with(what), "{gap:?}");
        let why = outcome.resources()[0].not_read.as_ref().unwrap();
        assert_eq!(why["body.versioning"].cause, Cause::Undecodable);
    }
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
    let server = saying(vec![say(200, "", "")]);
    let outcome = run(&server.url, "costs").await;
    assert_eq!(outcome.ended_by().cause, Cause::Undecodable);
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
        let provider =
            AzureProvider::to_stand_in(&server.url, &AzureOptions::default(), &settings())
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
