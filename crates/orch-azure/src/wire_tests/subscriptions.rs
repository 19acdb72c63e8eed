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
    let connected =
        AzureProvider::to_stand_in(&server.url, &AzureOptions::default(), &settings()).await;
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
        let provider =
            AzureProvider::to_stand_in(&server.url, &AzureOptions::default(), &settings())
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

const OUTSIDE: &str = "22222222-2222-3333-4444-555555555555";
const UNSEEN: &str = "99999999-2222-3333-4444-555555555555";
const GONE: &str = "44444444-2222-3333-4444-555555555555";
const DESCENDANTS: &str = "/providers/Microsoft.Management/managementGroups/shop-prod/descendants";

fn of_group() -> AzureOptions {
    AzureOptions {
        management_group: Some("shop-prod".to_owned()),
        ..AzureOptions::default()
    }
}

/// A subscription as the list of descendants tells it.
fn held(id: &str) -> Value {
    json!({ "id": format!("/subscriptions/{id}"), "type": "/subscriptions", "name": id,
            "properties": { "displayName": id, "parent": { "id": "/x" } } })
}

/// A server with three subscriptions, one of which is being deleted, and what a management group holds.
fn holding(descendants: impl Fn(&str, &Asked) -> Answer + Send + Sync + 'static) -> Loopback {
    server(move |base, asked, _| match asked.path.as_str() {
        "/subscriptions" => ok(json!({ "value": [
            good(),
            { "subscriptionId": OUTSIDE, "state": "Enabled" },
            { "subscriptionId": GONE, "state": "Deleted" },
        ] })),
        DESCENDANTS => descendants(base, asked),
        "/providers/Microsoft.ResourceGraph/resources" => ok(json!({ "data": [] })),
        _ => ok(json!({ "value": [] })),
    })
}

async fn connected(server: &Loopback) -> Result<AzureProvider, AzureAuthError> {
    AzureProvider::to_stand_in(&server.url, &of_group(), &settings()).await
}

/// What an audit of everything makes of a subscription.
async fn told(provider: &AzureProvider, scope: Scope) -> Result<Batch, CollectError> {
    let run = Run::new(&settings(), CancellationToken::new(), None);
    let everything = ScopeFilter::default();
    provider.discover(&everything, &run).await.unwrap();
    let context = CollectContext {
        scope,
        as_of: "2026-11-22T12:02:00Z".parse().unwrap(),
        prior: Vec::new(),
        settings: Arc::new(settings()),
        run,
    };
    let mut collectors = provider.collectors().iter();
    let account = collectors.find(|one| one.spec().name == "account");
    let mut out = Batch::in_memory();
    account.unwrap().collect(&context, &mut out).await?;
    Ok(out)
}

#[tokio::test]
async fn a_management_group_is_read_to_its_end_and_what_it_hides_is_not_left_out() {
    let server = holding(|base, asked| {
        if asked.target().contains("skiptoken") {
            let name = ACCOUNT.to_uppercase();
            let kind = "microsoft.management/managementGroups/subscriptions";
            return ok(json!({ "value": [{ "type": kind, "name": name }, held(GONE)] }));
        }
        let group = json!({ "type": "Microsoft.Management/managementGroups", "name": "below" });
        let link = format!("{base}{DESCENDANTS}?api-version=2020-05-01&%24skiptoken=2");
        ok(json!({ "value": [group, held(UNSEEN)], "nextLink": link }))
    });
    let provider = connected(&server).await.unwrap();
    let unseen = Scope::new(Provider::Azure, "azure", UNSEEN, GLOBAL_REGION);
    assert_eq!(provider.accounts(), [scope(), unseen.clone()]);
    assert_eq!(told(&provider, scope()).await.unwrap().gap(), None);
    let gap = told(&provider, unseen.clone()).await.unwrap_err();
    assert_eq!(gap.recorded().cause, Cause::Denied);
    assert!(gap.recorded().detail.contains(UNSEEN), "{gap}");
    // Where the subscriptions have resources is asked only of those that are seen: of others it is refused.
    let asked = server.asked();
    let graph = asked.iter().find(|one| one.body.contains("summarize"));
    let body: Value = serde_json::from_str(&graph.unwrap().body).unwrap();
    assert_eq!(body["subscriptions"], json!([ACCOUNT]));

    let run = Run::new(&settings(), CancellationToken::new(), None);
    let of = |account: &str| ScopeFilter {
        accounts: vec![account.into()],
        ..ScopeFilter::default()
    };
    let discovery = provider.discover(&of(UNSEEN), &run).await.unwrap();
    assert_eq!(discovery.scopes, [unseen]);
    let error = provider.discover(&of(OUTSIDE), &run).await.unwrap_err();
    let help = error.help();
    assert!(
        help.contains("management group `shop-prod`") && help.contains(ACCOUNT),
        "{help}"
    );
}

#[tokio::test]
async fn an_odd_list_of_what_a_group_holds_is_audited_as_far_as_it_goes_with_a_gap() {
    let link = |base: &str| json!(format!("{base}{DESCENDANTS}?again"));
    for (odd, links, cause, what) in [
        (held(ACCOUNT), true, Cause::PagingBroken, "repeated"),
        (
            json!({ "type": "Microsoft.Management/new", "name": "x" }),
            false,
            Cause::Undecodable,
            "value[1].type",
        ),
        (
            json!({ "name": UNSEEN }),
            false,
            Cause::Undecodable,
            "value[1].type",
        ),
        (
            json!({ "type": "/subscriptions", "name": "../../x" }),
            false,
            Cause::Undecodable,
            "value[1].name",
        ),
        (
            json!({ "type": "/subscriptions", "name": "a".repeat(65) }),
            false,
            Cause::Undecodable,
            "value[1].name",
        ),
        (json!("odd"), false, Cause::Undecodable, "value[1]"),
    ] {
        let server = holding(move |base, _| {
            let link = if links { link(base) } else { Value::Null };
            ok(json!({ "value": [held(ACCOUNT), odd.clone()], "nextLink": link }))
        });
        let provider = connected(&server).await.unwrap();
        assert_eq!(provider.accounts(), [scope()], "{what}");
        let read = told(&provider, scope()).await.unwrap();
        let gap = read.gap().unwrap();
        assert_eq!(gap.cause, cause, "{what}");
        assert!(gap.detail.contains("descendants/read"), "{gap:?}");
        assert!(gap.detail.contains(what), "{gap:?}");
    }
}

#[tokio::test]
async fn a_group_that_cannot_be_audited_says_why_and_what_to_do() {
    for (status, code) in [(403, "AuthorizationFailed"), (404, "NotFound")] {
        let server = holding(move |_, _| error(status, code, ""));
        let refused = connected(&server).await.unwrap_err();
        let (text, help) = (refused.to_string(), refused.help());
        assert!(
            text.contains("`shop-prod`") && text.contains(code),
            "{text}"
        );
        assert!(
            help.contains("Microsoft.Management/managementGroups/descendants/read"),
            "{help}"
        );
        assert!(help.contains("display name") && !refused.is_usage());
    }
    let server = holding(|_, _| ok(json!({ "value": [] })));
    let empty = connected(&server).await.unwrap_err();
    assert!(empty.is_usage() && empty.to_string().contains("`shop-prod` holds none"));
    let server = holding(|_, _| ok(json!({ "value": [held(UNSEEN)] })));
    let unseen = connected(&server).await.unwrap_err();
    assert!(!unseen.is_usage() && unseen.help().contains(UNSEEN));
    let server = holding(|_, _| ok(json!({ "values": [] })));
    let odd = connected(&server).await.unwrap_err();
    assert_eq!(odd.unreachable().unwrap().cause, Cause::Undecodable);
}

#[tokio::test]
async fn no_id_of_a_group_leads_elsewhere() {
    let server = holding(|_, _| ok(json!({ "value": [held(ACCOUNT)] })));
    for id in ["..", "a/../../x", "a?b", "a#b", "", "a%2f..%2f"] {
        let odd = AzureOptions {
            management_group: Some(id.to_owned()),
            ..AzureOptions::default()
        };
        drop(AzureProvider::to_stand_in(&server.url, &odd, &settings()).await);
    }
    let groups = "/providers/Microsoft.Management/managementGroups/";
    for asked in server.asked() {
        let id = asked.path.strip_prefix(groups);
        let id = id.and_then(|rest| rest.strip_suffix("/descendants"));
        assert!(
            asked.path == "/subscriptions" || id.is_some_and(|id| !id.contains('/')),
            "{}",
            asked.target()
        );
        assert!(asked.path == "/subscriptions" || asked.query == "api-version=2020-05-01");
    }
}
