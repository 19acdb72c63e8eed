//! Who the program is on Azure, told by TLS as it is outside: at the real addresses, with the credentials of the
//! environment, to servers with a root of our own.

use std::path::Path;

use orch_testkit::cli::{Cli, Run};
use orch_testkit::loopback::{Asked, Loopback, ok};
use orch_testkit::replay::Cloud;
use orch_testkit::tls::{Front, identity};
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

/// `orch audit` with a service principal in the environment, told by what this variable holds, and no word of a
/// stand-in.
fn by_principal(home: &Path, front: &Front, (variable, value): (&str, &str)) -> Run {
    Cli::new(env!("CARGO_BIN_EXE_orch"), home)
        .env("AZURE_TENANT_ID", DIRECTORY)
        .env("AZURE_CLIENT_ID", CLIENT)
        .env(variable, value)
        .env("HTTPS_PROXY", &front.url)
        .env("SSL_CERT_FILE", home.join("root.pem"))
        .args(["-vv", "audit", "--provider", "azure"])
        .args(["--format", "json", "--save", "kept"])
        .run()
        .expect("orch runs")
}

/// Signs in and audits: one token is asked for, goes along with every request, and the findings are those of a
/// stand-in. Nothing that `secrets` finds in the question for the token is told to anybody else.
fn signs_in(home: &Path, by: (&str, &str), secrets: impl Fn(&Asked) -> Vec<String>) -> Asked {
    let (tokens, replay) = (token_server(), replay(Cloud::Azure, estate(Cloud::Azure)));
    let front = Front::start(&[
        ("login.microsoftonline.com", &tokens.url),
        ("management.azure.com", replay.url()),
    ])
    .expect("it listens");
    std::fs::write(home.join("root.pem"), &front.root).expect("the root is written");
    let run = by_principal(home, &front, by);
    let report: Value = serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("no report: {error}\n{run}"));

    let mut asked = tokens.asked();
    assert_eq!(asked.len(), 1, "one token is enough: {asked:?}");
    let asked = asked.remove(0);
    assert_eq!(asked.path, format!("/{DIRECTORY}/oauth2/v2.0/token"));
    for part in [
        "grant_type=client_credentials",
        "scope=https%3A%2F%2Fmanagement.azure.com%2F.default",
        CLIENT,
    ] {
        assert!(asked.body.contains(part), "{part}: {}", asked.body);
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
    let kept = snapshot(home, "kept");
    let resources = serde_json::to_string(&kept.resources).expect("it is JSON");
    let ledger = serde_json::to_string(&kept.ledger).expect("it is JSON");
    let mut secrets = secrets(&asked);
    secrets.push("canary-".to_owned());
    for secret in &secrets {
        for told in [&run.stdout, &run.stderr, &resources, &ledger] {
            assert!(!told.contains(secret), "{secret}: {run}");
        }
    }
    asked
}

#[test]
fn a_service_principal_signs_in_and_its_token_goes_along() {
    let home = tempfile::tempdir().expect("a folder");
    let none = |_: &Asked| Vec::new();
    let asked = signs_in(home.path(), ("AZURE_CLIENT_SECRET", SECRET), none);
    assert!(asked.body.contains(SECRET), "{}", asked.body);
}

#[test]
fn a_certificate_signs_in_and_its_key_stays_here() {
    let home = tempfile::tempdir().expect("a folder");
    let pem = identity().expect("a certificate is made");
    let path = home.path().join("identity.pem");
    std::fs::write(&path, &pem).expect("the certificate is written");
    let path = path.to_str().expect("a path is text");
    // What is signed lets in for minutes whoever holds it.
    let assertion = |asked: &Asked| {
        let fields = asked.body.split('&');
        let mut found = fields.filter_map(|field| field.strip_prefix("client_assertion="));
        found.next().expect("it is signed").to_owned()
    };
    let key: Vec<String> = {
        let (_, key) = pem
            .split_once("-----BEGIN PRIVATE KEY-----")
            .expect("a key is in it");
        let lines = key.lines().filter(|line| line.len() > 40);
        lines.map(str::to_owned).collect()
    };
    assert!(key.len() > 10, "{}", key.len());
    let secrets = |asked: &Asked| {
        let mut secrets = key.clone();
        secrets.push(assertion(asked));
        secrets
    };
    let by = ("AZURE_CLIENT_CERTIFICATE_PATH", path);
    let asked = signs_in(home.path(), by, secrets);
    let kind =
        "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    assert!(asked.body.contains(kind), "{}", asked.body);
    assert_eq!(assertion(&asked).split('.').count(), 3, "{}", asked.body);
    assert!(!asked.body.contains("client_secret"), "{}", asked.body);
    assert!(!key.iter().any(|line| asked.body.contains(line.as_str())));
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
    let run = by_principal(home.path(), &front, ("AZURE_CLIENT_SECRET", SECRET));
    assert_eq!(run.code, Some(3), "{run}");
    assert!(!run.stderr.contains(SECRET), "{run}");
    assert!(tokens.asked().is_empty(), "{:?}", tokens.asked());
}
