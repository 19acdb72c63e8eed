//! `orch cost`: the demo estate's bill, billing files, and what people type wrong.

use std::fs;
use std::path::Path;

use orch_testkit::cli::Run;
use serde_json::Value;

use crate::{offline, project, run};

fn cost(home: &Path, args: &[&str]) -> Run {
    run(offline(home).args(["cost"]).args(args))
}

fn demo(args: &[&str]) -> Run {
    let home = tempfile::tempdir().expect("a home");
    let estate = project("fixtures/estates/demo");
    let estate = estate.to_str().expect("a path of this project");
    cost(home.path(), &[&["--snapshot", estate], args].concat())
}

/// Computed by hand from the 752 lines of the estate's `costs.csv`, independently of the program:
///
/// 1. total: 15,936.0143, the sum of all lines
/// 2. usage without support: 14,674.0468
/// 3. support: 999.5975; tax: 412.3700; credits: −150.0000; 14,674.0468 + 999.5975 + 412.37 − 150 = 15,936.0143
/// 4. usage on closed days (21 October to 17 November, 28 days; the estate is of 20 November, 06:00): 13,840.4416
/// 5. daily average: 13,840.4416 ÷ 28 = 494.3015
/// 6. last seven closed days (11 to 17 November): 3,576.5804, a mean of 510.9401;
///    trend: (510.9401 − 494.3015) ÷ 494.3015 × 100 = 3.37 %
/// 7. November so far: 10,253.3819
/// 8. largest service: 5,790.8939, 41.84 % of 13,840.4416; the second: 2,320.1025, 16.76 %
/// 9. us-east-1: 7,651.0373, 55.28 %; without region: 2,360.8534, 17.06 %
/// 10. 1 November: 503.3406 of usage, 799.7199 in all; 17 November: 539.6332 and 575.1277
/// 11. AWS Lambda in us-east-1 cost 46.9829 on 17 November, after 14.87 to 16.93 on the seven days before: 31.64 above
///     an expectation of 15.34, 206 %
#[test]
fn the_bill_of_the_demo_estate() {
    insta::assert_snapshot!(demo(&[]));
}

#[test]
fn the_bill_by_service_and_region_as_markdown() {
    insta::assert_snapshot!(demo(&[
        "--group-by",
        "service,region",
        "--format",
        "markdown",
        "--top",
        "5"
    ]));
}

const FOCUS: &str = "\
ProviderName,BillingAccountId,SubAccountId,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,RegionId,BillingCurrency,BilledCost,EffectiveCost,Tags
AWS,1,2,2024-09-01T00:00:00Z,2024-09-02T00:00:00Z,Usage,=HYPERLINK(1),eu-west-1,USD,1.50,1.20,\"{\"\"team\"\": \"\"shop\"\"}\"
AWS,1,2,2024-09-02T00:00:00Z,2024-09-03T00:00:00Z,Usage,<b>|x,eu-west-1,USD,2.25,2,{}
AWS,1,2,2024-09-02T00:00:00Z,2024-09-03T00:00:00Z,Usage,Compute,eu-west-1,EUR,7,7,{}
AWS,1,2,2024-09-02T00:00:00Z,2024-09-03T00:00:00Z,Usage,Compute,eu-west-1,USD,many,7,{}
";

#[test]
fn billing_files_are_analysed_with_what_could_not_be_read() {
    let home = tempfile::tempdir().expect("a home");
    let exports = home.path().join("exports");
    fs::create_dir(&exports).expect("a directory");
    fs::write(exports.join("september.csv"), FOCUS).expect("a file");
    fs::write(exports.join("manifest.json"), "{}").expect("a file");
    let exports = exports.to_str().expect("a path");
    insta::assert_snapshot!(cost(
        home.path(),
        &["--focus", exports, "--group-by", "tag:team"]
    ));

    // Every format at once, for its owner only.
    let out = home.path().join("out");
    fs::create_dir(&out).expect("a directory");
    let run = cost(
        home.path(),
        &[
            "--focus",
            exports,
            "--output",
            out.to_str().expect("a path"),
        ],
    );
    assert_eq!(run.code, Some(3), "{run}");
    let csv = fs::read_to_string(out.join("cost-analysis.csv")).expect("the groups");
    let told = cost(home.path(), &["--focus", exports, "--format", "csv"]);
    assert!(told.stdout.contains("'=HYPERLINK(1)"), "{told}");
    assert_eq!(
        csv, told.stdout,
        "the same lines alone and beside the others"
    );
    let json = fs::read_to_string(out.join("cost-analysis.json")).expect("the analysis");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["bills"][1]["total"]["billed"], "3.75");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(out.join("cost-analysis.json"))
            .expect("the file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_budget_that_is_over_ends_with_1() {
    let home = tempfile::tempdir().expect("a home");
    let config = home.path().join("budgets.toml");
    fs::write(
        &config,
        "[[budget]]\nname = \"all\"\namount = 100\n\n[[budget]]\nname = \"one service\"\namount = 1000000\n\
         only = [\"service=AWS Lambda\"]\n",
    )
    .expect("a file");
    let estate = project("fixtures/estates/demo");
    let (estate, config) = (
        estate.to_str().expect("a path"),
        config.to_str().expect("a path"),
    );
    let over = |fail_on: &str| {
        cost(
            home.path(),
            &[
                "--snapshot",
                estate,
                "--config",
                config,
                "--fail-on",
                fail_on,
            ],
        )
    };
    let run = over("budget");
    assert_eq!(run.code, Some(1), "{run}");
    assert!(run.stderr.contains("over budget: all"), "{run}");
    assert!(run.stdout.contains("reached 80, 100 %"), "{run}");
    assert_eq!(over("never").code, Some(0));
}

#[test]
fn mistakes_are_told_with_the_next_step() {
    let home = tempfile::tempdir().expect("a home");
    let empty = home.path().join("empty");
    fs::create_dir(&empty).expect("a directory");
    let other = home.path().join("other.csv");
    fs::write(&other, "a,b\n1,2\n").expect("a file");
    let broken = home.path().join("broken.parquet");
    fs::write(&broken, "PAR1 and nothing more").expect("a file");
    let config = home.path().join("budgets.toml");
    fs::write(
        &config,
        "[[budget]]\nname = \"x\"\namount = -1\ncurrency = \"dollars\"\nonly = [\"team\"]\n",
    )
    .expect("a file");
    let path = |path: &Path| path.to_str().expect("a path").to_owned();
    let told = [
        vec![],
        vec!["--focus".to_owned(), "none.csv".into()],
        vec!["--focus".into(), path(&empty)],
        vec!["--focus".into(), path(&other)],
        vec!["--focus".into(), path(&broken)],
        vec![
            "--focus".into(),
            path(&other),
            "--group-by".into(),
            "sevice,tag:".into(),
            "--days".into(),
            "0".into(),
        ],
        vec![
            "--focus".into(),
            path(&other),
            "--format".into(),
            "jsn".into(),
            "--basis".into(),
            "amortised".into(),
        ],
        vec![
            "--focus".into(),
            path(&other),
            "--fail-on".into(),
            "budgets".into(),
        ],
        vec![
            "--focus".into(),
            path(&other),
            "--provider".into(),
            "aws".into(),
        ],
        vec![
            "--focus".into(),
            path(&other),
            "--config".into(),
            path(&config),
        ],
    ]
    .map(|args| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        cost(home.path(), &args).to_string()
    });
    let told = told.join("\n");
    insta::assert_snapshot!(told);
}

/// Fourteen days of m5 in us-east-1 and r6g in eu-west-1 on demand, as FOCUS by the hour.
fn hours() -> String {
    let mut text = "ProviderName,BillingAccountId,SubAccountId,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,RegionId,SkuMeter,PricingCategory,BillingCurrency,BilledCost,EffectiveCost,ListCost\n".to_owned();
    for at in 0..14 * 24 {
        let hour = |at: i32| format!("2026-11-{:02}T{:02}:00:00Z", 1 + at / 24, at % 24);
        for (region, meter, cost) in [
            ("us-east-1", "BoxUsage:m5.2xlarge", 2),
            ("eu-west-1", "EU-BoxUsage:r6g.xlarge", 1),
        ] {
            text.push_str(&format!(
                "AWS,9,111122223333,{},{},Usage,Amazon Elastic Compute Cloud,{region},{meter},Standard,USD,{cost},{cost},{cost}\n",
                hour(at),
                hour(at + 1),
            ));
        }
    }
    text
}

/// m5 is to be right-sized in the demo estate, r6g is not: advice speaks of 1 an hour, 0.70 at 30 % off, which saves
/// 1 × 0.3 × 730 = 219 a month.
#[test]
fn commitments_wait_for_right_sizing() {
    let home = tempfile::tempdir().expect("a home");
    let file = home.path().join("hours.csv");
    fs::write(&file, hours()).expect("a file");
    let estate = project("fixtures/estates/demo");
    let (file, estate) = (
        file.to_str().expect("a path"),
        estate.to_str().expect("a path"),
    );
    let asked = [
        "--focus",
        file,
        "--commitments",
        "--discount",
        "aws-compute-savings-plan=30",
    ];
    let run = cost(home.path(), &[&asked[..], &["--snapshot", estate]].concat());
    assert_eq!(run.code, Some(0), "{run}");
    assert!(
        run.stdout.contains("219.00  commit 0.7000 USD an hour"),
        "{run}"
    );
    assert!(
        run.stdout
            .contains("No commitment yet: delete → right-size → schedule → commit"),
        "{run}"
    );
    let done = cost(home.path(), &[&asked[..], &["--rightsized"]].concat());
    assert!(
        done.stdout.contains("657.00  commit 2.1000 USD an hour"),
        "{done}"
    );
    let out = home.path().join("out");
    fs::create_dir(&out).expect("a directory");
    let out_path = out.to_str().expect("a path");
    let all = [&asked[..], &["--rightsized", "--output", out_path]].concat();
    assert_eq!(cost(home.path(), &all).code, Some(0));
    let csv = fs::read_to_string(out.join("cost-commitments.csv")).expect("the hours");
    assert_eq!(csv.lines().count(), 1 + 14 * 24);
}

#[test]
fn lines_of_days_say_which_export_tells_commitments() {
    let told = demo(&["--commitments"]);
    assert!(told.stdout.contains("not known"), "{told}");
    assert!(told.stdout.contains("TIME_GRANULARITY"), "{told}");
}

#[test]
fn a_file_of_rates_makes_one_total() {
    let home = tempfile::tempdir().expect("a home");
    let (file, rates) = (home.path().join("two.csv"), home.path().join("rates.toml"));
    fs::write(&file, FOCUS).expect("a file");
    fs::write(
        &rates,
        "to = \"EUR\"\n[[rate]]\ndate = 2024-09-01\nfrom = \"USD\"\nrate = \"0.8\"\nsource = \"ECB\"\n",
    )
    .expect("a file");
    let (file, rates) = (
        file.to_str().expect("a path"),
        rates.to_str().expect("a path"),
    );
    // 1.50 + 2.25 = 3.75 USD are 3.00 EUR, and 7 EUR are there already.
    let run = cost(home.path(), &["--focus", file, "--rates", rates]);
    assert!(run.stdout.contains("3.75 USD"), "{run}");
    assert!(run.stdout.contains("10.00"), "{run}");
    assert!(run.stdout.contains("at 0.8 of 2024-09-01, ECB"), "{run}");
    fs::write(rates, "to = \"EUR\"\n").expect("a file");
    let run = cost(home.path(), &["--focus", file, "--rates", rates]);
    assert_eq!(run.code, Some(4), "{run}");
    assert!(run.stderr.contains("there is no rate"), "{run}");
}
