//! Three clouds in one run: one report, one ranking, and what was read of each cloud.

use std::collections::BTreeSet;

use orch_testkit::cli::Cli;
use orch_testkit::replay::{Cloud, Replay};
use serde_json::Value;

use super::{live, replay};

/// The findings of a cloud in a report, by rule and resource.
fn of(report: &Value, provider: &str) -> BTreeSet<(String, String)> {
    let all = report["findings"].as_array().expect("findings");
    let mine = all
        .iter()
        .filter(|finding| finding["resource"]["provider"] == provider);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    mine.map(|finding| (text(&finding["rule"]), text(&finding["resource"]["uid"])))
        .collect()
}

#[test]
fn three_clouds_make_one_ranked_list() {
    let session = live::paged(None);
    let replays: Vec<Replay> = [Cloud::Azure, Cloud::Gcp]
        .map(|cloud| replay::replay(cloud, replay::estate(cloud)))
        .into();
    let home = tempfile::tempdir().expect("a folder");
    let orch = || {
        let cli = Cli::new(env!("CARGO_BIN_EXE_orch"), home.path()).session(&session);
        replays.iter().fold(cli, |cli, replay| {
            let (variable, url) = replay.env();
            cli.env(variable, url)
        })
    };
    let audit = |providers: &str, format: &str| {
        let run = orch()
            .args(["audit", "--provider", providers, "--format", format])
            .args(["--max-api-cost", "10"])
            .run()
            .expect("orch runs");
        assert!(!run.stderr.contains("panicked"), "{run}");
        run
    };
    let report = |providers: &str| -> Value {
        let run = audit(providers, "json");
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}\n{run}"))
    };
    let together = report("aws,azure,gcp");
    for provider in ["aws", "azure", "gcp"] {
        let alone = of(&report(provider), provider);
        assert!(alone.len() > 10, "{provider} has findings");
        assert_eq!(of(&together, provider), alone, "{provider}");
    }
    let ranks: Vec<f64> = together["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| {
            let total = &finding["rank"]["total"];
            let text = total.as_str().map(str::to_owned);
            text.unwrap_or_else(|| total.to_string())
                .parse()
                .expect("a number")
        })
        .collect();
    assert!(ranks.is_sorted_by(|one, next| one >= next));
    let summary = together["coverage"]["summary"].as_str().expect("a summary");
    for part in [
        "aws: ",
        "azure: ",
        "gcp: ",
        "subscriptions read",
        "projects read",
    ] {
        assert!(summary.contains(part), "{part} in {summary}");
    }
    let table = audit("aws,azure,gcp", "table").stdout;
    assert!(
        table.contains("azure: ") && table.contains("gcp: "),
        "{table}"
    );
}
