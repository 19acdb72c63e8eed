//! `orch cost --focus` of a bucket: what goes over the wire, what is left on the disk, and what goes wrong.

use std::fs;
use std::path::Path;

use orch_testkit::cli::Run;
use orch_testkit::loopback::{Answer, Asked, Loopback, say};

use crate::{offline, run};

const FOCUS: &str = "\
ProviderName,BillingAccountId,SubAccountId,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,RegionId,BillingCurrency,BilledCost,EffectiveCost,Tags
AWS,1,2,2024-09-01T00:00:00Z,2024-09-02T00:00:00Z,Usage,Compute,eu-west-1,USD,1.50,1.20,{}
";
const MORE: &str = "\
ProviderName,BillingAccountId,SubAccountId,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,RegionId,BillingCurrency,BilledCost,EffectiveCost,Tags
AWS,1,2,2024-09-02T00:00:00Z,2024-09-03T00:00:00Z,Usage,Compute,eu-west-1,USD,2.25,2,{}
";

/// The bucket `bills` of each cloud: two billing files below `2024/`, on two pages, and a readme.
fn buckets(asked: &Asked) -> Answer {
    let pairs = asked.pairs();
    let of = |name: &str| {
        pairs
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.as_str())
    };
    let path = asked.path.replace("%2F", "/");
    if asked.body.contains("Action=GetCallerIdentity") {
        return say(
            200,
            "",
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
             <Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>A</UserId><Account>123456789012</Account>\
             </GetCallerIdentityResult></GetCallerIdentityResponse>",
        );
    }
    if path.ends_with("2024/a.csv") {
        return say(200, "", FOCUS);
    }
    if path.ends_with("2024/deep/b.csv") {
        return say(200, "", MORE);
    }
    let gcs = "/host/storage.googleapis.com/storage/v1/b/bills/o";
    let other = !"2024/".starts_with(of("prefix"));
    match (path.as_str(), of("prefix")) {
        ("/bills", _) if other && of("comp") == "list" => say(
            200,
            "",
            "<EnumerationResults><Blobs/><NextMarker/></EnumerationResults>",
        ),
        ("/bills", _) if other => say(
            200,
            "",
            "<ListBucketResult><Name>bills</Name></ListBucketResult>",
        ),
        (path, _) if other && path == gcs => say(200, "", "{}"),
        ("/bills", _) if of("comp") == "list" && of("marker").is_empty() => say(
            200,
            "",
            "\u{feff}<?xml version=\"1.0\"?><EnumerationResults><Blobs><Blob><Name>2024/a.csv</Name><Properties>\
             <Content-Length>12</Content-Length></Properties></Blob></Blobs><NextMarker>m</NextMarker></EnumerationResults>",
        ),
        ("/bills", _) if of("comp") == "list" => say(
            200,
            "",
            "<EnumerationResults><Blobs><Blob><Name>2024/deep/b.csv</Name><Properties><Content-Length>12</Content-Length>\
             </Properties></Blob><Blob><Name>2024/readme.txt</Name><Properties><Content-Length>1</Content-Length>\
             </Properties></Blob></Blobs><NextMarker /></EnumerationResults>",
        ),
        ("/bills", _) if of("continuation-token").is_empty() => say(
            200,
            "",
            "<ListBucketResult><Name>bills</Name><NextContinuationToken>t/1=</NextContinuationToken>\
             <Contents><Key>2024/a.csv</Key><Size>12</Size></Contents></ListBucketResult>",
        ),
        ("/bills", _) => say(
            200,
            "",
            "<ListBucketResult><Name>bills</Name><Contents><Key>2024/deep/b.csv</Key><Size>12</Size></Contents>\
             <Contents><Key>2024/readme.txt</Key><Size>1</Size></Contents></ListBucketResult>",
        ),
        (path, _) if path == gcs => match of("pageToken") {
            "" => say(
                200,
                "",
                r#"{"items":[{"name":"2024/a.csv","size":"12"}],"nextPageToken":"t"}"#,
            ),
            _ => say(
                200,
                "",
                r#"{"items":[{"name":"2024/deep/b.csv","size":"12"},{"name":"2024/readme.txt","size":"1"}]}"#,
            ),
        },
        (path, _) if path.starts_with("/host/") => say(
            404,
            "",
            r#"{"error":{"code":404,"errors":[{"reason":"notFound"}]}}"#,
        ),
        _ if of("comp") == "list" => say(404, "", "<Error><Code>ContainerNotFound</Code></Error>"),
        _ => say(404, "", "<Error><Code>NoSuchBucket</Code></Error>"),
    }
}

fn server(answer: impl Fn(&Asked, usize) -> Option<Answer> + Send + Sync + 'static) -> Loopback {
    Loopback::start(move |_, asked, turn| answer(asked, turn).unwrap_or_else(|| buckets(asked)))
        .expect("a server")
}

fn cost(home: &Path, server: &Loopback, address: &str) -> Run {
    let temporary = home.join("tmp");
    fs::create_dir_all(&temporary).expect("a folder");
    let cli = offline(home)
        .args(["cost", "--format", "csv", "--focus", address])
        .env("TMPDIR", temporary.as_os_str())
        .env("AWS_ENDPOINT_URL", server.url.as_str())
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "hunter2secret")
        .env("AWS_REGION", "eu-west-1")
        .env("ORCH_AZURE_ENDPOINT_URL", server.url.as_str())
        .env("ORCH_GCP_ENDPOINT_URL", server.url.as_str())
        .redact(server.url.as_str(), "URL");
    let run = run(cli);
    let left: Vec<_> = fs::read_dir(&temporary).expect("the folder").collect();
    assert!(left.is_empty(), "{left:?}\n{run}");
    assert!(
        !run.stderr.contains("hunter2") && !run.stdout.contains("hunter2"),
        "{run}"
    );
    run
}

const ADDRESSES: [&str; 3] = [
    "s3://bills/2024/",
    "gs://bills/2024/",
    "az://shop/bills/2024/",
];

#[test]
fn a_bill_in_a_bucket_is_the_bill_in_a_folder() {
    let home = tempfile::tempdir().expect("a home");
    let exports = home.path().join("exports/deep");
    fs::create_dir_all(&exports).expect("a folder");
    fs::write(home.path().join("exports/a.csv"), FOCUS).expect("a file");
    fs::write(exports.join("b.csv"), MORE).expect("a file");
    let local = run(offline(home.path()).args(["cost", "--format", "csv", "--focus", "exports"]));
    assert_eq!(local.code, Some(0), "{local}");
    for address in ADDRESSES {
        let server = server(|_, _| None);
        let remote = cost(home.path(), &server, address);
        assert_eq!(remote.code, Some(0), "{address} {remote}");
        assert_eq!(remote.stdout, local.stdout, "{address}");
        // Reads, and nothing else; the readme stays where it is.
        for asked in server.asked() {
            let signs_in = asked.body.contains("Action=GetCallerIdentity");
            assert!(
                asked.method == "GET" || signs_in,
                "{} {}",
                asked.method,
                asked.path
            );
            assert!(!asked.path.contains("readme"), "{}", asked.path);
        }
        if address.starts_with("s3") {
            let signed = |asked: &Asked| {
                asked.path.ends_with("a.csv") && asked.headers.contains("aws4-hmac-sha256")
            };
            assert!(
                server.asked().iter().any(signed),
                "S3 is asked with a signature"
            );
        }
    }
}

#[test]
fn one_file_is_named_by_its_name() {
    let home = tempfile::tempdir().expect("a home");
    let only = server(|asked, _| {
        let one = asked.path.ends_with("/o")
            && asked.pairs().iter().any(|(_, value)| value == "2024/bill");
        if asked.path.ends_with("bill") {
            return Some(say(200, "", FOCUS));
        }
        one.then(|| say(200, "", r#"{"items":[{"name":"2024/bill","size":"12"}]}"#))
    });
    let run = cost(home.path(), &only, "gs://bills/2024/bill");
    assert!(
        only.asked()
            .iter()
            .any(|asked| asked.path.ends_with("bill")),
        "{run}"
    );
}

#[test]
fn what_is_missing_denied_or_empty_is_told() {
    let home = tempfile::tempdir().expect("a home");
    let none = server(|_, _| None);
    for (address, code, words) in [
        ("s3://nowhere/x", 3, "there is no `nowhere`"),
        ("gs://nowhere/x", 3, "there is no `nowhere`"),
        ("az://shop/nowhere/x", 3, "there is no `nowhere`"),
        (
            "s3://bills/other/",
            4,
            "failed to find a file at s3://bills/other/",
        ),
        (
            "gs://bills/other/",
            4,
            "failed to find a file at gs://bills/other/",
        ),
        (
            "az://shop/bills/other/",
            4,
            "failed to find a file at az://shop/bills/other/",
        ),
        ("az://shop", 2, "names no bucket"),
    ] {
        let run = cost(home.path(), &none, address);
        assert_eq!(run.code, Some(code), "{address} {run}");
        assert!(run.stderr.contains(words), "{address} {run}");
    }
    let denied = server(|asked, _| {
        let signs_in = asked.body.contains("Action=GetCallerIdentity");
        let body = match asked.path.starts_with("/host/") {
            true => r#"{"error":{"code":403,"status":"PERMISSION_DENIED"}}"#,
            false => "<Error><Code>AccessDenied</Code><Message>secret words</Message></Error>",
        };
        (!signs_in).then(|| say(403, "", body))
    });
    for address in ADDRESSES {
        let run = cost(home.path(), &denied, address);
        assert_eq!(run.code, Some(3), "{address} {run}");
        assert!(
            run.stderr.contains("give the credentials"),
            "{address} {run}"
        );
        assert!(!run.stderr.contains("secret words"), "{run}");
    }
}

#[test]
fn what_breaks_off_is_fetched_again() {
    let home = tempfile::tempdir().expect("a home");
    for address in ADDRESSES {
        let calm = cost(home.path(), &server(|_, _| None), address);
        let trouble = server(|asked, turn| {
            let file = asked.path.replace("%2F", "/").ends_with("2024/a.csv");
            (file && turn < 5).then(|| Answer::Half {
                status: 200,
                body: FOCUS.to_owned(),
            })
        });
        let run = cost(home.path(), &trouble, address);
        assert_eq!(
            (run.code, &run.stdout),
            (Some(0), &calm.stdout),
            "{address} {run}"
        );
    }
}

/// A bucket of another region says where it is.
#[test]
fn a_bucket_elsewhere_is_asked_there() {
    let home = tempfile::tempdir().expect("a home");
    let elsewhere = server(|asked, _| {
        let here = asked.headers.contains("/eu-west-1/s3/");
        here.then(|| {
            let body = "<Error><Code>AuthorizationHeaderMalformed</Code></Error>";
            say(400, "x-amz-bucket-region: ap-south-2\r\n", body)
        })
    });
    let run = cost(home.path(), &elsewhere, "s3://bills/2024/");
    assert_eq!(run.code, Some(0), "{run}");
    let there = |asked: &Asked| asked.headers.contains("/ap-south-2/s3/");
    assert!(elsewhere.asked().iter().any(there));
}
