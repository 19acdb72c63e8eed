//! How many run at once, in which order, and for how long.

use orch_collect::{CollectSettings, Run};
use orch_model::{Cause, Outcome, Text};
use orch_testkit::builder;
use orch_testkit::fake_provider::{FakeCollector, FakeProvider, Happened, Step};
use tokio_util::sync::CancellationToken;

use crate::stage::{cause, outcome, page, read, run, run_with, seconds, south, wait, west};

fn leaked(name: String) -> &'static str {
    Box::leak(name.into_boxed_str())
}

#[tokio::test(start_paused = true)]
async fn both_limits_hold_and_are_used() {
    let scopes: Vec<_> = (0..6)
        .map(|n| builder::scope(&format!("region-{n}")))
        .collect();
    let mut collectors = Vec::new();
    for n in 0..5 {
        collectors.push(
            FakeCollector::instances(leaked(format!("ec2.c{n}"))).script("*", vec![wait(10)]),
        );
        let other = FakeCollector::new(leaked(format!("rds.c{n}")), "rds", &[]);
        collectors.push(other.script("*", vec![wait(10)]));
    }
    let provider = FakeProvider::new(scopes.clone(), collectors);
    let settings = CollectSettings {
        concurrency: 9,
        service_concurrency: 2,
        ..CollectSettings::default()
    };
    let collection = run_with(&provider, settings).await;
    assert_eq!(collection.snapshot.reads.len(), 60);
    assert!(
        collection
            .snapshot
            .reads
            .iter()
            .all(|read| read.outcome == Outcome::Complete)
    );
    let log = provider.log();
    assert_eq!(log.most_at_once(|_| true), 9);
    for scope in &scopes {
        let of = |service: &'static str| {
            log.most_at_once(|event| event.scope == *scope && event.collector.starts_with(service))
        };
        assert!(of("ec2") <= 2 && of("rds") <= 2);
    }
    assert_eq!(log.most_at_once(|event| event.scope == scopes[0]), 4);
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_nothing_is_a_limit_of_one() {
    let provider = FakeProvider::new(
        vec![west(), south()],
        vec![FakeCollector::instances("ec2.instances").script("*", vec![wait(1)])],
    );
    let settings = CollectSettings {
        concurrency: 0,
        service_concurrency: 0,
        ..CollectSettings::default()
    };
    run_with(&provider, settings).await;
    assert_eq!(provider.log().most_at_once(|_| true), 1);
}

#[tokio::test(start_paused = true)]
async fn what_comes_after_others_is_given_their_resources() {
    let provider = FakeProvider::new(
        vec![west(), south()],
        vec![
            FakeCollector::instances("z.first")
                .script("eu-west-1", vec![wait(5), page(&west(), &["i-1", "i-2"])])
                .script("eu-south-2", vec![page(&south(), &["i-3"])]),
            FakeCollector::new("m.second", "ec2", &[]).script("*", vec![wait(3)]),
            FakeCollector::new("a.third", "cloudwatch", &[]).after(&["z.first", "m.second"]),
        ],
    );
    run(&provider).await;
    let log = provider.log();
    let started: Vec<_> = log
        .events()
        .into_iter()
        .filter(|event| event.collector == "a.third")
        .filter_map(|event| match event.what {
            Happened::Started(prior) => Some((event.scope, prior, event.at)),
            _ => None,
        })
        .collect();
    // A region does not wait for another one.
    assert_eq!(started, [(south(), 1, seconds(3)), (west(), 2, seconds(5))]);
}

#[tokio::test(start_paused = true)]
async fn a_call_has_a_deadline() {
    let provider = FakeProvider::new(
        vec![west()],
        vec![
            FakeCollector::instances("ec2.instances")
                .script("*", vec![page(&west(), &["i-1"]), Step::HangingCall]),
        ],
    );
    let collection = run(&provider).await;
    let read = read(&collection, &west(), "ec2.instances");
    let Outcome::Partial(gap) = &read.outcome else {
        panic!("{read:?}")
    };
    assert_eq!(
        (gap.cause, gap.detail.as_str()),
        (Cause::TimedOut, "fake:List: no answer in 120 s")
    );
    assert_eq!(collection.snapshot.resources.len(), 1);
    assert_eq!(provider.log().events().last().unwrap().at, seconds(120));
}

#[tokio::test(start_paused = true)]
async fn a_scope_has_a_deadline_and_the_others_do_not_wait() {
    let hang = vec![page(&west(), &["i-1"]), Step::Hang];
    let provider = FakeProvider::new(
        vec![west(), south()],
        vec![
            FakeCollector::instances("ec2.hangs")
                .script("eu-west-1", hang)
                .script("eu-south-2", vec![wait(1)]),
            FakeCollector::instances("ec2.works").script("*", vec![wait(2)]),
            FakeCollector::new("cw.after", "cloudwatch", &[]).after(&["ec2.hangs"]),
            FakeCollector::new("cw.later", "cloudwatch", &[]).after(&["ec2.hangs", "cw.after"]),
        ],
    );
    let collection = run(&provider).await;
    assert_eq!(
        cause(&collection, &west(), "ec2.hangs"),
        Some(Cause::TimedOut)
    );
    assert_eq!(
        read(&collection, &west(), "ec2.hangs").count,
        1,
        "what was read is kept"
    );
    assert_eq!(
        outcome(&collection, &west(), "ec2.works"),
        Outcome::Complete
    );
    assert_eq!(
        cause(&collection, &west(), "cw.after"),
        Some(Cause::TimedOut)
    );
    assert_eq!(
        cause(&collection, &west(), "cw.later"),
        Some(Cause::TimedOut)
    );
    for name in ["ec2.hangs", "ec2.works", "cw.after", "cw.later"] {
        assert_eq!(
            outcome(&collection, &south(), name),
            Outcome::Complete,
            "{name}"
        );
    }
    let south_ended = provider
        .log()
        .events()
        .into_iter()
        .filter(|event| event.scope == south());
    assert!(south_ended.map(|event| event.at).max().unwrap() <= seconds(2));
    assert_eq!(provider.log().events().last().unwrap().at, seconds(600));
}

#[test]
fn where_every_call_is_made_once_a_collector_is_refused_the_second() {
    let (one, other): (Text, Text) = ("ec2.vpcs".into(), "ec2.subnets".into());
    let ask = |run: &Run, collector: Option<&Text>| {
        let answer = run.ask(Some(&west()), collector, "ec2:DescribeVpcs");
        answer.map_err(|gap| gap.cause)
    };
    let run = |once| {
        let settings = CollectSettings {
            once,
            ..CollectSettings::default()
        };
        Run::new(&settings, CancellationToken::new(), None)
    };
    let once = run(true);
    assert_eq!(ask(&once, Some(&one)), Ok(()));
    assert_eq!(ask(&once, Some(&one)), Err(Cause::Cancelled));
    // Another collector, another region, another call, and discovery.
    assert_eq!(ask(&once, Some(&other)), Ok(()));
    assert_eq!(
        once.ask(Some(&south()), Some(&one), "ec2:DescribeVpcs"),
        Ok(())
    );
    assert_eq!(
        once.ask(Some(&west()), Some(&one), "ec2:DescribeTags"),
        Ok(())
    );
    assert_eq!(ask(&once, None), Ok(()));
    assert_eq!(ask(&once, None), Ok(()));
    let often = run(false);
    assert_eq!(ask(&often, Some(&one)), Ok(()));
    assert_eq!(ask(&often, Some(&one)), Ok(()));
}
