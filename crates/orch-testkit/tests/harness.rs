//! The harness does what tests rely on: sessions apart from each other, faults, permissions, the log, the fixture.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use orch_testkit::cli::Cli;
use orch_testkit::harness::{Action, Fault, Harness, Options, Session};

/// Asks EC2 by hand, as far as the harness looks: which key, which region, what.
fn ec2(session: &Session<'_>, region: &str, form: &str) -> (u16, String) {
    let address = session.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let key = session.key();
    write!(
        stream,
        "POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nAuthorization: AWS4-HMAC-SHA256 \
         Credential={key}/20260101/{region}/ec2/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n{form}",
        form.len(),
    )
    .unwrap();
    let mut told = String::new();
    // A reset counts as no answer at all.
    if stream.read_to_string(&mut told).is_err() || told.is_empty() {
        return (0, String::new());
    }
    let (head, body) = told.split_once("\r\n\r\n").unwrap();
    (
        head.split(' ').nth(1).unwrap().parse().unwrap(),
        body.to_owned(),
    )
}

const SUBNETS: &str = "Action=DescribeSubnets&Version=2016-11-15";

fn token(body: &str) -> Option<&str> {
    body.split("<nextToken>").nth(1)?.split('<').next()
}

#[test]
fn sessions_see_one_account_and_not_each_others_troubles() {
    let harness = Harness::start().unwrap();
    let whole = harness.session(&Options::default()).unwrap();
    let paged = harness
        .session(&Options {
            page_size: Some(4),
            ..Options::default()
        })
        .unwrap();

    let (status, body) = ec2(&whole, "us-east-1", SUBNETS);
    assert_eq!(
        (status, body.matches("<subnetId>").count(), token(&body)),
        (200, 6, None)
    );

    let (_, first) = ec2(&paged, "us-east-1", SUBNETS);
    assert_eq!(first.matches("<subnetId>").count(), 4);
    let next = format!("{SUBNETS}&NextToken={}", token(&first).unwrap());
    let (_, second) = ec2(&paged, "us-east-1", &next);
    assert_eq!(
        (second.matches("<subnetId>").count(), token(&second)),
        (2, None)
    );
    let (status, refused) = ec2(&paged, "us-east-1", &next);
    assert_eq!(status, 400);
    assert!(refused.contains("InvalidNextToken"));

    let limit = Fault::new(Action::error("RequestLimitExceeded"))
        .operation("DescribeSubnets")
        .region("eu-west-1");
    paged.fault(&limit.after(1).times(1)).unwrap();
    let statuses = || [(); 3].map(|()| ec2(&paged, "eu-west-1", SUBNETS).0);
    assert_eq!(statuses(), [200, 503, 200]);
    paged.fault(&Fault::new(Action::Reset)).unwrap();
    assert_eq!(ec2(&paged, "us-east-1", SUBNETS).0, 0);
    paged.heal().unwrap();
    paged.fault(&Fault::new(Action::RepeatToken)).unwrap();
    let (_, first) = ec2(&paged, "us-east-1", SUBNETS);
    let (_, again) = ec2(
        &paged,
        "us-east-1",
        &format!("{SUBNETS}&NextToken={}", token(&first).unwrap()),
    );
    assert_eq!(token(&first), token(&again));
    paged.heal().unwrap();

    paged.allow_only(Some(&["ec2:DescribeVpcs"])).unwrap();
    let (status, body) = ec2(&paged, "us-east-1", SUBNETS);
    assert!(status == 403 && body.contains("UnauthorizedOperation"));
    paged.allow_only(None).unwrap();
    assert_eq!(ec2(&paged, "us-east-1", SUBNETS).0, 200);
    assert_eq!(ec2(&paged, "me-south-1", SUBNETS).0, 401, "not opted in");

    assert_eq!(whole.requests().unwrap().len(), 1);
    let seen = paged.requests().unwrap();
    assert_eq!(seen.len(), 12);
    assert_eq!(seen[0].action, "ec2:DescribeSubnets");
    assert_eq!(
        (seen[4].status, seen[4].fault.as_deref()),
        (Some(503), Some("error"))
    );
    assert_eq!(seen[4].region, "eu-west-1");
}

#[test]
fn the_first_account_builds_with_everything_its_plan_expects() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/accounts/first");
    let harness = Harness::start().unwrap();
    let names: BTreeMap<String, String> =
        serde_json::from_str(&harness.seed(&fixture.join("build.py")).unwrap()).unwrap();
    let expected: BTreeMap<String, BTreeMap<String, serde_json::Value>> =
        serde_json::from_str(&std::fs::read_to_string(fixture.join("expected.json")).unwrap())
            .unwrap();
    let built: std::collections::BTreeSet<&String> = names.values().collect();
    assert_eq!(built.len(), names.len(), "two things of one name");
    for things in expected.values() {
        for thing in things.keys() {
            assert!(
                built.contains(thing),
                "{thing} is expected and was not built"
            );
        }
    }
    for region in ["us-east-1", "eu-west-1", "ap-southeast-2"] {
        let count = |kind: &str| {
            built
                .iter()
                .filter(|name| name.starts_with(&format!("{region}/{kind}/")))
                .count()
        };
        assert_eq!(count("instance"), 41);
        assert_eq!(count("security-group"), 60 + 5);
    }
}

#[test]
fn a_run_has_nothing_of_our_environment_and_hides_what_changes() {
    let home = tempfile::tempdir().unwrap();
    let run = Cli::new("/bin/sh", home.path())
        .env("ADDED", "yes")
        .args([
            "-c",
            "echo $ADDED $CARGO_MANIFEST_DIR $HOME; echo oops >&2; exit 3",
        ])
        .run()
        .unwrap();
    assert_eq!(
        run.to_string(),
        "exit: 3\n--- stdout\nyes [HOME]\n--- stderr\noops\n"
    );
}
