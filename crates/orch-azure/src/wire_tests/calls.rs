//! What goes over the wire: pages, links, attempts, and requests that are never sent.

use super::*;

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
async fn pages_with_tokens_are_asked_for_until_there_is_none() {
    let network = id("Microsoft.Network/virtualNetworks", "net");
    let rule = |name: &str| {
        let manager = id("Microsoft.Network/networkManagers", "central");
        json!({ "id": format!("{manager}/rules/{name}"), "properties": {
            "protocol": "Tcp", "direction": "Inbound", "access": "Deny", "priority": 7,
            "sources": [{ "addressPrefixType": "ServiceTag", "addressPrefix": "Internet" }],
            "sourcePortRanges": ["0-65535"], "destinationPortRanges": ["22"],
        } })
    };
    for last in [Value::Null, json!("2"), json!(7)] {
        let (network, breaks) = (network.clone(), !last.is_null());
        let server = server(move |_, asked, _| match asked.path.rsplit('/').next() {
            Some("resources") => error(403, "AuthorizationFailed", ""),
            Some("virtualNetworks") => ok(json!({ "value": [{ "id": network }] })),
            _ if asked.body == "{}" => ok(json!({ "value": [rule("one")], "skipToken": "2" })),
            _ => ok(json!({ "value": [rule("two")], "skipToken": last })),
        });
        let outcome = run(&server.url, "network.networks").await;
        assert!(outcome.result.is_ok());
        let asked = server.asked();
        let pages = asked.iter().filter(|one| one.path.ends_with("AdminRules"));
        let bodies: Vec<&str> = pages.map(|one| one.body.as_str()).collect();
        assert_eq!(bodies, ["{}", "{\"skipToken\":\"2\"}"]);
        let rules = outcome
            .resources()
            .into_iter()
            .find_map(|one| match &one.body {
                Body::NetworkFirewall(body) => Some(body.ingress.len()),
                _ => None,
            });
        if breaks {
            // Half of the rules may be worse than none.
            assert_eq!(
                (rules, outcome.gap.unwrap().cause),
                (None, Cause::PagingBroken)
            );
        } else {
            assert_eq!((rules, outcome.gap), (Some(2), None));
        }
    }
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
async fn a_link_that_is_no_text_leaves_the_list_incomplete() {
    for odd in [json!(7), json!({}), json!(["x"]), json!(false)] {
        let server = saying(vec![groups(&["one"], odd.clone())]);
        let outcome = run(&server.url, GROUPS).await;
        assert_eq!(outcome.ended_by().cause, Cause::PagingBroken, "{odd}");
        assert_eq!(outcome.names(), ["one"], "{odd}");
    }
    for last in [Value::Null, json!("")] {
        let server = saying(vec![groups(&["one"], last)]);
        assert!(run(&server.url, GROUPS).await.result.is_ok());
    }
    let group = id("Microsoft.Network/networkSecurityGroups", "one");
    let server = saying(vec![ok(json!({ "value": [{ "id": group }] }))]);
    assert!(run(&server.url, GROUPS).await.result.is_ok());
}

#[tokio::test]
async fn an_empty_list_is_one_that_says_so_or_no_content() {
    for empty in [ok(json!({ "value": [] })), ok(json!([])), say(204, "", "")] {
        let server = saying(vec![empty]);
        let outcome = run(&server.url, GROUPS).await;
        assert!(outcome.result.is_ok() && outcome.gap.is_none() && outcome.items.is_empty());
    }
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
            ok(json!({ "value": null })),
            Cause::Undecodable,
            "value is no list",
        ),
        (ok(json!({})), Cause::Undecodable, "value is no list"),
        (ok(Value::Null), Cause::Undecodable, "value is no list"),
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

/// An answer that is none may have lost its way once. Twice it is what is always said.
#[tokio::test]
async fn what_is_no_answer_is_asked_for_once_more_and_then_a_gap() {
    let half = Answer::Half {
        status: 200,
        body: json!({ "value": [] }).to_string(),
    };
    for (garbled, detail) in [
        (say(200, "", ""), "answer is empty"),
        (say(200, "", " \r\n"), "answer is empty"),
        (
            say(200, "", "<html>Who are you?</html>"),
            "unreadable answer",
        ),
        (say(200, "", r#"{"value": [{"id""#), "answer breaks off"),
        (half, "answer breaks off"),
    ] {
        let server = saying(vec![garbled.clone()]);
        let outcome = run(&server.url, GROUPS).await;
        let gap = outcome.ended_by();
        let operation = "Microsoft.Network/networkSecurityGroups/read";
        assert_eq!(gap.cause, Cause::Undecodable, "{gap:?}");
        assert_eq!(gap.detail, format!("{operation} {detail}"));
        assert_eq!(server.asked().len(), 2, "{detail}");
        // Throttling in between takes nothing from its second chance, and a good answer ends it.
        let busy = error(503, "ServerBusy", "retry-after: 0\r\n");
        let good = groups(&["one"], Value::Null);
        let server = saying(vec![busy.clone(), garbled, busy, good]);
        let outcome = run(&server.url, GROUPS).await;
        assert_eq!(outcome.names(), ["one"], "{detail}");
        assert_eq!(server.asked().len(), 4, "{detail}");
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
