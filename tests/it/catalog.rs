//! `orch catalog`: the clouds' price lists come over the wire into tables of the user's own, and reports use them.

use std::fs;
use std::path::Path;

use orch_testkit::cli::Run;
use orch_testkit::loopback::{Answer, Asked, Loopback, say};
use serde_json::Value;

use crate::{offline, project, run};

fn fixture(name: &str) -> String {
    let path = project("fixtures/prices").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn page(name: &str) -> Answer {
    say(200, "", &fixture(name))
}

/// What stands behind a name in the query.
fn asked_for(asked: &Asked, name: &str) -> String {
    let pairs = asked.pairs();
    let found = pairs.into_iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value).unwrap_or_default()
}

/// The price lists of all clouds, as the fixtures have them.
fn lists(asked: &Asked) -> Answer {
    let path = asked.path.as_str();
    if let Some(rest) = path.strip_prefix("/offers/v1.0/aws/") {
        let parts: Vec<&str> = rest.split('/').collect();
        return match parts[..] {
            [offer, "current", "region_index.json"] => page(&format!("aws/{offer}.regions.json")),
            [offer, _, region, "index.csv"] => page(&format!("aws/{offer}.{region}.csv")),
            _ => say(404, "", ""),
        };
    }
    if path == "/api/retail/prices" {
        let filter = asked_for(asked, "$filter");
        return match asked_for(asked, "$skip").as_str() {
            "100" => page("azure/westeurope.2.json"),
            _ if filter.contains("'Global'") => page("azure/Global.1.json"),
            _ if filter.contains("'westeurope'") => page("azure/westeurope.1.json"),
            _ => say(200, "", "{\"Items\":[],\"NextPageLink\":null}"),
        };
    }
    let skus = path
        .strip_prefix("/host/cloudbilling.googleapis.com/v1/services/")
        .and_then(|rest| rest.strip_suffix("/skus"));
    match (skus, asked_for(asked, "pageToken").as_str()) {
        (Some(service), "second") => page(&format!("gcp/{service}.2.json")),
        (Some(service), _) => page(&format!("gcp/{service}.1.json")),
        (None, _) => say(404, "", ""),
    }
}

fn server(answer: impl Fn(&Asked, usize) -> Option<Answer> + Send + Sync + 'static) -> Loopback {
    Loopback::start(move |_, asked, turn| answer(asked, turn).unwrap_or_else(|| lists(asked)))
        .expect("a server")
}

fn catalog(home: &Path, server: &Loopback, args: &[&str]) -> Run {
    let cli = offline(home)
        .args(["catalog"])
        .args(args)
        .env("AWS_ENDPOINT_URL_PRICING", server.url.as_str())
        .env("ORCH_AZURE_ENDPOINT_URL", server.url.as_str())
        .env("ORCH_GCP_ENDPOINT_URL", server.url.as_str())
        .redact(server.url.as_str(), "URL");
    run(cli)
}

fn table(home: &Path, name: &str) -> String {
    let path = home.join(".local/share/orch/catalog").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

const EAST: [&str; 5] = ["update", "--provider", "aws", "--regions", "us-east-1"];

#[test]
fn the_price_lists_become_tables_of_the_users_own() {
    let home = tempfile::tempdir().expect("a home");
    let server = server(|_, _| None);
    let aws = catalog(home.path(), &server, &EAST);
    insta::assert_snapshot!("aws", aws);
    let more = ["update", "--provider", "azure", "--regions", "westeurope"];
    insta::assert_snapshot!("azure", catalog(home.path(), &server, &more));
    insta::assert_snapshot!(
        "gcp",
        catalog(home.path(), &server, &["update", "--provider", "gcp"])
    );
    let read = table(home.path(), "aws/us-east-1.csv");
    assert!(
        read.contains("us-east-1,instance.m5.xlarge,hour,0.192,2026-11-18,"),
        "{read}"
    );
    assert!(
        read.contains("us-east-1,balancer.application,hour,0.0225,"),
        "{read}"
    );
    assert!(table(home.path(), "azure/everywhere.csv").contains("*,gateway.nat,hour,0.045,"));
    assert!(
        table(home.path(), "gcp/us-east1.csv")
            .contains("us-east1,instance.e2-medium,hour,0.03350571,")
    );
    let own = home.path().join(".local/share/orch/catalog");
    let names: Vec<String> = fs::read_dir(&own)
        .expect("the folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert!(
        names.iter().all(|name| !name.ends_with(".partial")),
        "{names:?}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| {
            fs::metadata(path)
                .expect("it is there")
                .permissions()
                .mode()
                & 0o777
        };
        assert_eq!(mode(&own), 0o700);
        assert_eq!(mode(&own.join("aws/us-east-1.csv")), 0o600);
    }
    // Nobody was told who asks.
    for asked in server.asked() {
        assert!(
            !asked.headers.contains("authorization: aws"),
            "{}",
            asked.headers
        );
    }
    let shown = catalog(home.path(), &server, &["show", "--provider", "aws"]);
    assert!(
        shown.stdout.contains("us-east-1") && shown.stdout.contains("2026-11-18"),
        "{shown}"
    );
    assert!(shown.stdout.contains("built in"), "{shown}");
    // The same list gives the same bytes.
    catalog(home.path(), &server, &EAST);
    assert_eq!(table(home.path(), "aws/us-east-1.csv"), read);
}

#[test]
fn an_update_that_broke_off_goes_on_where_it_stopped() {
    let home = tempfile::tempdir().expect("a home");
    let denied = |asked: &Asked| asked.path.contains("/AmazonVPC/2");
    let broken = server(move |asked, _| {
        denied(asked).then(|| say(403, "", "<Error><Code>AccessDenied</Code></Error>"))
    });
    let first = catalog(home.path(), &broken, &EAST);
    assert_eq!(first.code, Some(3), "{first}");
    assert!(
        first.stderr.contains("pricelist:GetOfferFile AccessDenied"),
        "{first}"
    );
    assert!(
        first.stderr.contains("it goes on where it stopped"),
        "{first}"
    );
    assert!(
        !home.path().join(".local/share/orch/catalog/aws").exists(),
        "nothing half-made"
    );
    let whole = server(|_, _| None);
    let second = catalog(home.path(), &whole, &EAST);
    assert_eq!(second.code, Some(0), "{second}");
    let files = |server: &Loopback| -> Vec<String> {
        let asked = server.asked().into_iter().map(|asked| asked.path);
        let files = asked.filter(|path| path.ends_with(".csv"));
        files
            .filter_map(|path| path.split('/').nth(4).map(str::to_owned))
            .collect()
    };
    let (before, after) = (files(&broken), files(&whole));
    assert!(
        before.len() > 1 && after.len() + before.len() == 5,
        "{before:?} {after:?}"
    );
    assert!(
        after
            .iter()
            .all(|offer| offer == "AmazonVPC" || !before.contains(offer))
    );
}

#[test]
fn what_goes_wrong_on_the_way_is_tried_again() {
    let home = tempfile::tempdir().expect("a home");
    let trouble = server(|asked, turn| match (turn, asked.path.as_str()) {
        (0, _) => Some(say(503, "retry-after: 0\r\n", "")),
        (2, _) => Some(Answer::HangUp),
        (_, path) if path.ends_with("AmazonEC2/20261118205955/us-east-1/index.csv") && turn < 8 => {
            Some(Answer::Half {
                status: 200,
                body: fixture("aws/AmazonEC2.us-east-1.csv"),
            })
        }
        _ => None,
    });
    let run = catalog(home.path(), &trouble, &EAST);
    assert_eq!(run.code, Some(0), "{run}");
    let calm = tempfile::tempdir().expect("a home");
    catalog(calm.path(), &server(|_, _| None), &EAST);
    let name = "aws/us-east-1.csv";
    assert_eq!(
        table(home.path(), name),
        table(calm.path(), name),
        "half a list is none"
    );
}

#[test]
fn what_keeps_a_list_away_says_what_to_do() {
    let home = tempfile::tempdir().expect("a home");
    let busy = server(|_, _| Some(say(429, "retry-after: 0\r\n", "")));
    let proxy = server(|_, _| Some(say(200, "", "<html>Sign in</html>")));
    for (server, words) in [(busy, "wait some minutes"), (proxy, "no proxy answers")] {
        for provider in ["aws", "azure", "gcp"] {
            let run = catalog(home.path(), &server, &["update", "--provider", provider]);
            assert_eq!(run.code, Some(3), "{run}");
            assert!(run.stderr.contains(words), "{run}");
        }
    }
    let own = home.path().join(".local/share/orch/catalog");
    for provider in ["aws", "azure", "gcp"] {
        assert!(!own.join(provider).exists(), "no table of it");
    }
}

#[test]
fn a_list_that_leads_in_circles_ends() {
    let home = tempfile::tempdir().expect("a home");
    let circle = server(|asked, _| {
        let is_skus = asked.path.ends_with("6F81-5844-456A/skus");
        is_skus.then(|| page("gcp/6F81-5844-456A.1.json"))
    });
    let run = catalog(home.path(), &circle, &["update", "--provider", "gcp"]);
    assert_eq!(run.code, Some(3), "{run}");
    assert!(run.stderr.contains("repeated a page token"), "{run}");
}

#[test]
fn mistakes_are_told_with_the_next_step() {
    let home = tempfile::tempdir().expect("a home");
    let server = server(|_, _| None);
    for (args, code, wrong) in [
        (
            &["update", "--provider", "aws,gcp"][..],
            2,
            "one cloud are fetched at a time",
        ),
        (
            &["update", "--provider", "aws", "--regions", "mars-1"],
            2,
            "mars-1",
        ),
        (
            &["update", "--provider", "gcp", "--regions", "mars-1"],
            2,
            "mars-1",
        ),
        (&["show", "--dir", "nowhere"], 4, "nowhere"),
    ] {
        let run = catalog(home.path(), &server, args);
        assert_eq!(run.code, Some(code), "{run}");
        assert!(run.stderr.contains(wrong), "{run}");
    }
    let cli = offline(home.path())
        .args(["catalog", "update", "--provider", "gcp"])
        .env("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere.json");
    let run = run(cli);
    assert_eq!(run.code, Some(5), "{run}");
    assert!(
        run.stderr.contains("gcloud auth application-default login"),
        "{run}"
    );
}

const OWN: &str = "\
# What: list prices of us-east-1
# As of: 2026-11-18
# Derived: no
# Origin: a list of our own
# Licence: facts
region,item,unit,usd,as_of,source
us-east-1,instance.m5.2xlarge,hour,0.4,2026-11-18,\"our own\"
us-east-1,instance.r5a.xlarge,hour,0.2,2026-11-18,\"our own\"
";

/// search-1 is an m5.2xlarge: (0.4 − 0.2) × 730 = 146.00, where the built-in tables say 115.34.
#[test]
fn reports_use_the_tables_and_say_so() {
    let home = tempfile::tempdir().expect("a home");
    fs::create_dir_all(home.path().join("prices/aws")).expect("a folder");
    let file = home.path().join("prices/aws/us-east-1.csv");
    fs::write(&file, OWN).expect("a table");
    let rightsize = |more: &[&str]| {
        let cli = offline(home.path())
            .args(["rightsize", "--format", "json", "--snapshot"])
            .args([project("fixtures/estates/demo")])
            .args(more);
        run(cli)
    };
    let own = rightsize(&["--catalog", "prices"]);
    let report: Value = serde_json::from_str(&own.stdout).unwrap_or_else(|_| panic!("{own}"));
    let of_search = |report: &Value| {
        let all = report["recommendations"]
            .as_array()
            .expect("a list")
            .clone();
        all.into_iter()
            .find(|one| one["name"] == "search-1")
            .expect("search-1")
    };
    assert_eq!(of_search(&report)["saving"], "146.00");
    let catalogue = report["catalogue"].to_string();
    assert!(
        catalogue.contains("a list of our own") && catalogue.contains("2026-11-18"),
        "{catalogue}"
    );
    assert_eq!(own.stdout, rightsize(&["--catalog", "prices"]).stdout);
    let built_in: Value = serde_json::from_str(&rightsize(&[]).stdout).expect("JSON");
    assert_eq!(of_search(&built_in)["saving"], "115.34");
    // The configuration names it too, for audits as well.
    fs::write(
        home.path().join("orch.toml"),
        "[catalog]\ndir = \"prices\"\n",
    )
    .expect("the configuration");
    assert_eq!(rightsize(&[]).stdout, own.stdout);
    let audit = || {
        let cli = offline(home.path())
            .args(["audit", "--format", "json", "--snapshot"])
            .args([project("fixtures/estates/demo")]);
        run(cli)
    };
    let audited = audit();
    assert!(audited.stdout.contains("our own"), "{}", audited.stderr);
    // A damaged table is an error, and never another price.
    fs::write(&file, OWN.replace("0.4", "cheap")).expect("a table");
    let damaged = audit();
    assert_eq!(damaged.code, Some(4), "{damaged}");
    assert!(damaged.stderr.contains("line 7: not a price"), "{damaged}");
    assert!(
        damaged
            .stderr
            .contains("orch catalog update --provider aws"),
        "{damaged}"
    );
}
