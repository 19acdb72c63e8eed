//! A real process, really killed: at no time is there a snapshot that loads and is not whole.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use orch_collect::{
    CloudProvider as _, CollectSettings, Run, ScopeFilter, Selection, collect, plan,
};
use orch_snapshot::{Form, Needs, Partial, load};
use orch_testkit::builder::{self, as_of, instance};
use orch_testkit::conformance::assert_same;
use orch_testkit::fake_provider::{FakeCollector, FakeProvider, Step};
use tokio_util::sync::CancellationToken;

use crate::stage::run;

/// Tells the child where to collect to.
const OUT: &str = "ORCH_TEST_KILL_OUT";

fn provider() -> FakeProvider {
    let scopes: Vec<_> = (0..4)
        .map(|n| builder::scope(&format!("region-{n}")))
        .collect();
    let pause = || Step::Wait(Duration::from_millis(2));
    let mut collector = FakeCollector::instances("ec2.instances");
    for scope in &scopes {
        let ids = 0..40;
        let page = |id| Step::Page(vec![instance(scope, &format!("i-{id}")).into()]);
        let steps = ids.flat_map(|id| [page(id), pause()]).collect();
        collector = collector.script(&scope.region, steps);
    }
    let after = FakeCollector::new("cw.cpu", "cloudwatch", &[]).after(&["ec2.instances"]);
    FakeProvider::new(scopes, vec![collector, after.script("*", vec![pause()])])
}

/// Collects, taking up what an earlier process left.
async fn collect_to(out: &Path) -> FakeProvider {
    let provider = provider();
    let settings = Arc::new(CollectSettings::default());
    let run = Run::new(&settings, CancellationToken::new(), None);
    let left = out.with_extension("partial");
    let (partial, plan, done) = if left.join("plan.json").exists() {
        Partial::resume(&left).unwrap()
    } else {
        let discovery = provider
            .discover(&ScopeFilter::default(), &run)
            .await
            .unwrap();
        let plan = plan(&provider, &discovery, &Selection::all(), as_of(), &settings).unwrap();
        (Partial::create(out, &plan).unwrap(), plan, Vec::new())
    };
    collect(&[&provider], &plan, &partial, &done, &settings, &run)
        .await
        .unwrap();
    for read in &done {
        assert_eq!(provider.log().calls(&read.scope, &read.collector), 0);
    }
    drop(run);
    partial.seal(Form::Compressed).unwrap();
    provider
}

/// Does nothing unless the test below starts it.
#[tokio::test]
async fn child() {
    if let Some(out) = std::env::var_os(OUT) {
        collect_to(Path::new(&out)).await;
    }
}

#[tokio::test]
async fn a_kill_leaves_a_whole_snapshot_or_one_to_resume() {
    let whole = run(&provider()).await.snapshot;
    let (mut resumed, mut finished) = (0, 0);
    for kill in 0..14 {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::child"])
            .env(OUT, &out)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(10 + 17 * kill));
        // On Unix this is SIGKILL.
        child.kill().unwrap();
        child.wait().unwrap();
        if out.exists() {
            finished += 1;
        } else {
            assert!(load(&out.with_extension("partial"), &Needs::ALL).is_err());
            resumed += 1;
            collect_to(&out).await;
        }
        assert_same(&whole, &load(&out, &Needs::ALL).unwrap());
    }
    assert!(resumed > 0, "some were killed in time; {finished} were not");
}
