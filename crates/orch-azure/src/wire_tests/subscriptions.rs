//! Which subscriptions are audited, and what is said where their list is odd.

use super::*;
use crate::auth_error::AzureAuthError;

fn good() -> Value {
    json!({ "id": format!("/subscriptions/{ACCOUNT}"), "subscriptionId": ACCOUNT, "state": "Enabled" })
}

/// A server with a list of subscriptions; everything else there is empty.
fn listing(list: Answer) -> Loopback {
    server(move |_, asked, _| match asked.path.as_str() {
        "/subscriptions" => list.clone(),
        "/providers/Microsoft.ResourceGraph/resources" => ok(json!({ "data": [] })),
        _ => ok(json!({ "value": [] })),
    })
}

async fn refused(list: Answer) -> AzureAuthError {
    let server = listing(list);
    let connected = AzureProvider::to_stand_in(&server.url, &settings()).await;
    connected.unwrap_err()
}

#[tokio::test]
async fn an_odd_subscription_is_left_out_with_a_gap_and_the_others_are_audited() {
    for (list, cause, what) in [
        (
            json!({ "value": [{ "id": "/subscriptions/x", "displayName": "no id" }, good()] }),
            Cause::Undecodable,
            "value[0].subscriptionId",
        ),
        (
            json!({ "value": [good(), { "subscriptionId": "../../providers" }] }),
            Cause::Undecodable,
            "value[1].subscriptionId",
        ),
        (
            json!({ "value": [good(), "odd"] }),
            Cause::Undecodable,
            "value[1]",
        ),
        (
            json!({ "value": [good()], "nextLink": 7 }),
            Cause::PagingBroken,
            "link is no text",
        ),
    ] {
        let server = listing(ok(list.clone()));
        let provider = AzureProvider::to_stand_in(&server.url, &settings())
            .await
            .unwrap();
        assert_eq!(provider.accounts(), [scope()], "{list}");
        for (named, is_told) in [(Vec::new(), true), (vec![ACCOUNT.into()], false)] {
            let run = Run::new(&settings(), CancellationToken::new(), None);
            let filter = ScopeFilter {
                accounts: named,
                ..ScopeFilter::default()
            };
            provider.discover(&filter, &run).await.unwrap();
            let context = CollectContext {
                scope: scope(),
                as_of: "2026-11-22T12:02:00Z".parse().unwrap(),
                prior: Vec::new(),
                settings: Arc::new(settings()),
                run,
            };
            let collectors = provider.collectors().iter();
            let account = collectors
                .into_iter()
                .find(|one| one.spec().name == "account");
            let mut out = Batch::in_memory();
            account.unwrap().collect(&context, &mut out).await.unwrap();
            // Who names what to audit does not miss what nobody named.
            let gap = out.gap().filter(|_| is_told).cloned();
            assert_eq!(out.gap().is_some(), is_told, "{list}");
            if let Some(gap) = gap {
                assert_eq!(gap.cause, cause, "{list}");
                assert!(gap.detail.contains(what), "{gap:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_list_without_subscriptions_says_why_and_what_to_do() {
    let error = refused(ok(json!({ "value": [] }))).await;
    assert!(matches!(error, AzureAuthError::NoSubscription));
    for odd in [
        say(200, "", ""),
        ok(json!({})),
        ok(json!({ "value": null })),
        ok(json!({ "value": [{ "displayName": "no id" }] })),
    ] {
        let error = refused(odd).await;
        assert_eq!(error.unreachable().unwrap().cause, Cause::Undecodable);
        let text = error.to_string();
        assert!(
            text.starts_with("failed to read the list of subscriptions"),
            "{text}"
        );
        assert!(!error.help().contains("Reader") && error.help().contains("proxy"));
    }
}

#[tokio::test]
async fn who_may_not_list_subscriptions_is_signed_in_and_lacks_a_role() {
    let denied = refused(error(403, "AuthorizationFailed", "")).await;
    let text = denied.to_string();
    assert!(
        text.contains("sign-in worked") && text.contains("AuthorizationFailed"),
        "{text}"
    );
    assert!(denied.help().contains("Reader"), "{}", denied.help());
    let expired = refused(error(401, "InvalidAuthenticationToken", "")).await;
    let help = expired.help();
    assert!(help.contains("sign in again"), "{help}");
}
