//! Who the program is on Azure, told by TLS as it is outside: at the real addresses, with the credentials of the
//! environment, to servers with a root of our own.

use std::path::Path;

use orch_testkit::cli::{Cli, Run};
use orch_testkit::loopback::{Loopback, ok};
use orch_testkit::replay::Cloud;
use orch_testkit::tls::Front;
use serde_json::{Value, json};

use super::{audit, estate, findings, replay, snapshot};

const DIRECTORY: &str = "22222222-0000-0000-0000-000000000000";
const CLIENT: &str = "33333333-0000-0000-0000-000000000000";
const SECRET: &str = "canary-client-secret";
const TOKEN: &str = "canary-access-token";

/// Where tokens come from.
fn token_server() -> Loopback {
    let token = json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": TOKEN });
    Loopback::start(move |_, _, _| ok(&token)).expect("it listens")
}

/// `orch audit` with a service principal in the environment, and no word of a stand-in.
fn by_principal(home: &Path, front: &Front) -> Run {
    Cli::new(env!("CARGO_BIN_EXE_orch"), home)
        .env("AZURE_TENANT_ID", DIRECTORY)
        .env("AZURE_CLIENT_ID", CLIENT)
        .env("AZURE_CLIENT_SECRET", SECRET)
        .env("HTTPS_PROXY", &front.url)
        .env("SSL_CERT_FILE", home.join("root.pem"))
        .args(["-vv", "audit", "--provider", "azure"])
        .args(["--format", "json", "--save", "kept"])
        .run()
        .expect("orch runs")
}

#[test]
fn a_service_principal_signs_in_and_its_token_goes_along() {
    let home = tempfile::tempdir().expect("a folder");
    let (tokens, replay) = (token_server(), replay(Cloud::Azure, estate(Cloud::Azure)));
    let front = Front::start(&[
        ("login.microsoftonline.com", &tokens.url),
        ("management.azure.com", replay.url()),
    ])
    .expect("it listens");
    std::fs::write(home.path().join("root.pem"), &front.root).expect("the root is written");
    let run = by_principal(home.path(), &front);
    let report: Value = serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("no report: {error}\n{run}"));

    let asked = tokens.asked();
    assert_eq!(asked.len(), 1, "one token is enough: {asked:?}");
    assert_eq!(asked[0].path, format!("/{DIRECTORY}/oauth2/v2.0/token"));
    for part in [
        "grant_type=client_credentials",
        "scope=https%3A%2F%2Fmanagement.azure.com%2F.default",
        CLIENT,
        SECRET,
    ] {
        assert!(asked[0].body.contains(part), "{part}: {}", asked[0].body);
    }
    let bearer = format!("bearer {TOKEN}");
    let requests = replay.asked();
    assert!(requests.len() > 50, "{}", requests.len());
    for request in &requests {
        assert_eq!(request.header("authorization"), Some(bearer.as_str()));
        assert_eq!(request.header("host"), Some("management.azure.com"));
    }
    let stand_in = tempfile::tempdir().expect("a folder");
    let (_, same) = audit(stand_in.path(), Cloud::Azure, &replay, "same", &[]);
    assert_eq!(findings(&report), findings(&same));
    assert!(
        !run.stdout.contains("canary-") && !run.stderr.contains("canary-"),
        "{run}"
    );
    let kept = snapshot(home.path(), "kept");
    for told in [
        serde_json::to_string(&kept.resources),
        serde_json::to_string(&kept.ledger),
    ] {
        assert!(!told.expect("it is JSON").contains("canary-"));
    }
}

#[test]
fn a_secret_is_told_to_nobody_whose_root_is_not_known() {
    let home = tempfile::tempdir().expect("a folder");
    let tokens = token_server();
    let servers = [
        ("login.microsoftonline.com", tokens.url.as_str()),
        ("management.azure.com", &tokens.url),
    ];
    let front = Front::start(&servers).expect("it listens");
    let other = Front::start(&servers).expect("it listens");
    std::fs::write(home.path().join("root.pem"), &other.root).expect("the root is written");
    let hasty = "[network]\nattempt_timeout = \"1s\"\ncall_timeout = \"3s\"\n";
    std::fs::write(home.path().join("orch.toml"), hasty).expect("the configuration is written");
    let run = by_principal(home.path(), &front);
    assert_eq!(run.code, Some(3), "{run}");
    assert!(!run.stderr.contains(SECRET), "{run}");
    assert!(tokens.asked().is_empty(), "{:?}", tokens.asked());
}
