use orch_model::Body;

use super::super::standin::{self, Read};
use super::*;

fn app<'r>(read: &'r Read, name: &str) -> &'r ComputeApp {
    assert!(read.is_whole(), "{read:?}");
    match &read.named(name).body {
        Body::ComputeApp(body) => body,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_site_is_read_with_its_configuration() {
    let read = standin::read("compute.apps", "apps").await;
    let shop = app(&read, "shop");
    assert_eq!((&*shop.purpose, shop.enabled), ("web", Field::Value(true)));
    assert_eq!(shop.runtime, Field::Value("python|3.12".into()));
    assert_eq!(shop.min_tls, Field::Value("1.2".into()));
    assert_eq!(shop.https_only, Field::Value(true));
    assert_eq!(shop.plain_ftp, Field::Value(false));
    assert_eq!(shop.http2, Field::Value(true));
    assert_eq!(shop.remote_debugging, Field::Value(false));
    assert_eq!(shop.signs_in, Field::Value(true));
    assert_eq!(shop.client_certificates, Field::Value(true));
    assert_eq!(shop.logging, Field::Value(true));
    assert_eq!(shop.vpc, Field::Value(true));
    assert_eq!(
        shop.identity,
        Field::Value("aaaaaaaa-0000-0000-0000-000000000001".into())
    );
}

#[tokio::test]
async fn a_function_that_lets_everybody_in_does_not_ask_who_they_are() {
    let read = standin::read("compute.apps", "apps").await;
    let jobs = app(&read, "jobs");
    assert_eq!(
        (&*jobs.purpose, jobs.enabled),
        ("function", Field::Value(false))
    );
    assert_eq!(jobs.signs_in, Field::Value(false));
    assert_eq!(jobs.client_certificates, Field::Value(false));
    assert_eq!(jobs.plain_ftp, Field::Value(true));
    assert_eq!(jobs.public_access, Field::Value(false));
    assert_eq!(jobs.identity, Field::None);
    assert_eq!(jobs.vpc, Field::Value(false));
    assert_eq!(jobs.logging, Field::Value(false));
    assert!(jobs.runtime.is_not_read());
}

#[tokio::test]
async fn connection_strings_are_not_kept() {
    let read = standin::read("compute.apps", "apps").await;
    let kept = serde_json::to_string(&read.resources).unwrap();
    assert!(!kept.contains("not to be kept") && !kept.contains("$shop"));
}
