//! How fast rules are brought to verdicts: beside the `cel` interpreter, on one core, and on a large estate.
//!
//! `cargo bench -p orch-cost --bench engine`. An evaluation is one rule brought to a verdict on a resource of
//! its kind whose `when` is true; taking the resource in is part of it on both sides.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot be made has no result"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};

use cel::{Context, Program as CelProgram};
use divan::Bencher;
use divan::counter::ItemsCount;
use orch_engine::facts::Memo;
use orch_engine::lang::{Frame, Program, Roots, Want, compile};
use orch_engine::slots::{Asked, Intake, Layout};
use orch_engine::value::Value;
use orch_engine::{
    Catalog, Evaluation, Fact, FactSpec, Facts, Inventory, Settings, Unseen, Verdict, answers,
    evaluate,
};
use orch_model::kind::FirewallRule;
use orch_model::{Body, Field, Kind, Resource, Snapshot};
use orch_snapshot::{Form, Needs};
use orch_testkit::{builder, multiply};

fn main() {
    divan::main();
}

/// What rules of a firewall ask of its own fields.
const EXPRESSIONS: [&str; 8] = [
    "resource.is_default && size(resource.ingress) + size(resource.egress) > 0",
    "resource.ingress.exists(r, r.protocol == 'tcp' && r.from_port != null && r.from_port <= 22 && r.to_port != null && r.to_port >= 22)",
    "resource.ingress.exists(r, r.protocol == 'all')",
    "size(resource.ingress) + size(resource.egress) > 50",
    "resource.ingress.exists(r, size(r.blocks) > 0 && r.description == null)",
    "!resource.is_default && resource.name.startsWith('default')",
    "resource.egress.all(r, r.protocol == 'tcp')",
    "resource.region in ['us-east-1', 'eu-west-1'] && resource.ingress.exists(r, '0.0.0.0/0' in r.blocks)",
];

/// A group with four rules for arriving traffic.
fn group() -> Resource {
    let scope = builder::scope("eu-west-1");
    let rules = [22, 80, 443, 8080].map(|port| FirewallRule {
        description: Field::None,
        ..builder::tcp(port, &["10.0.0.0/8", "192.168.0.0/16"])
    });
    builder::firewall(&scope, "sg-0123456789abcdef0", rules.into())
}

fn ours() -> (Vec<Program>, Intake) {
    let mut layout = Layout::new(
        orch_engine::lang::Type::of_kind(Kind::NetworkFirewall),
        no_facts(),
    );
    let params = BTreeMap::new();
    let roots = Roots {
        params: &params,
        key: None,
    };
    let programs = EXPRESSIONS
        .map(|source| {
            compile(source, &roots, &mut layout, Want::Bool)
                .unwrap_or_else(|errors| panic!("{source}: {errors:#?}"))
        })
        .into();
    (programs, layout.intake())
}

fn no_facts() -> orch_engine::lang::Type {
    orch_engine::lang::Type::structure("facts", [])
}

#[divan::bench]
fn eight_expressions_ours(bencher: Bencher) {
    let (programs, intake) = ours();
    let resource = group();
    let unread = |_: &str| None;
    let mut slots = Vec::new();
    bencher
        .counter(ItemsCount::new(EXPRESSIONS.len()))
        .bench_local(|| {
            intake.fill(black_box(&resource), &unread, &mut slots);
            let frame = Frame {
                resource: &slots,
                facts: &[],
                key: &Value::Null,
                now: builder::as_of(),
            };
            programs
                .iter()
                .filter(|program| program.holds(&frame).expect("everything was read"))
                .count()
        });
}

#[divan::bench]
fn eight_expressions_cel(bencher: Bencher) {
    let programs = EXPRESSIONS.map(|source| CelProgram::compile(source).expect("it parses"));
    let resource = group();
    let env = Arc::new(cel::Env::stdlib());
    let answers = |resource: &Resource| {
        let mut context = Context::with_env(Arc::clone(&env));
        context.add_variable_from_value(
            "resource",
            cel::to_value(Flat::of(resource)).expect("a value"),
        );
        programs
            .iter()
            .filter(|program| truth(program.execute(&context)))
            .count()
    };
    bencher
        .counter(ItemsCount::new(EXPRESSIONS.len()))
        .bench_local(|| answers(black_box(&resource)));
}

/// What an expression is; one that cannot be answered would make the comparison worthless.
fn truth(answer: cel::ResolveResult) -> bool {
    match answer {
        Ok(cel::Value::Bool(truth)) => truth,
        other => panic!("the interpreter says {other:?}"),
    }
}

/// A firewall as expressions see it, for the interpreter.
#[derive(serde::Serialize)]
struct Flat<'r> {
    name: &'r str,
    region: &'r str,
    #[serde(flatten)]
    body: &'r orch_model::kind::NetworkFirewall,
}

impl<'r> Flat<'r> {
    fn of(resource: &'r Resource) -> Self {
        let Body::NetworkFirewall(body) = &resource.body else {
            panic!("the group is a firewall");
        };
        Self {
            name: &resource.name,
            region: &resource.scope.region,
            body,
        }
    }
}

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn catalog(of: impl Fn(Box<dyn Fact>) -> Box<dyn Fact>) -> Catalog {
    let facts: Facts = orch_engine::facts::facts()
        .into_iter()
        .chain(orch_cost::facts::facts(
            orch_cost::catalog::Catalogue::embedded(),
        ))
        .map(of)
        .collect::<Vec<_>>()
        .into();
    Catalog::builtin(facts).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| catalog(|fact| fact));
static DEMO: LazyLock<Snapshot> = LazyLock::new(|| {
    orch_snapshot::load(&project("fixtures/estates/demo"), &Needs(None))
        .unwrap_or_else(|error| panic!("{error}"))
});

/// How often `when` was true: the rules that passed or failed. Where something was not known it may have been
/// `when`, so those are not counted.
fn asked(evaluation: &Evaluation) -> u64 {
    evaluation
        .counts
        .values()
        .map(|counts| counts.pass + counts.fail)
        .sum()
}

fn threads(count: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new()
        .num_threads(count)
        .build()
        .expect("threads start")
}

/// What a fact said of a resource.
type Said = Result<Field<Value>, Unseen>;

/// A fact that is derived once for each resource of a snapshot and then at hand.
struct AtHand {
    fact: Box<dyn Fact>,
    /// Where the first resource lies in memory.
    first: usize,
    values: Box<[OnceLock<Said>]>,
}

impl Fact for AtHand {
    fn spec(&self) -> &FactSpec {
        self.fact.spec()
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        self.fact.derive(resource, inventory)
    }

    fn derive_asked<'s>(
        &self,
        resource: &'s Resource,
        inventory: &Inventory<'s>,
        asked: &Asked,
        memo: &mut Memo<'s>,
    ) -> Result<Field<Value>, Unseen> {
        let place = (std::ptr::from_ref(resource).addr() - self.first) / size_of::<Resource>();
        let derive = || self.fact.derive_asked(resource, inventory, asked, memo);
        self.values[place].get_or_init(derive).clone()
    }
}

/// Verdicts of the shipped catalogue on ten thousand resources of the demo's mix, on one core: resources are
/// taken in and facts derived, findings are not put together. The index of the snapshot is there before.
#[divan::bench(sample_count = 20)]
fn shipped_catalogue_verdicts(bencher: Bencher) {
    verdicts(bencher, &CATALOG, &multiply::multiply(&DEMO, 10_000));
}

/// The same with all facts derived before: what rules cost, taking resources in included.
#[divan::bench(sample_count = 20)]
fn shipped_catalogue_verdicts_facts_at_hand(bencher: Bencher) {
    let snapshot = multiply::multiply(&DEMO, 10_000);
    let resources = &snapshot.resources;
    let catalog = catalog(|fact| {
        Box::new(AtHand {
            fact,
            first: resources.as_ptr().addr(),
            values: resources.iter().map(|_| OnceLock::new()).collect(),
        })
    });
    verdicts(bencher, &catalog, &snapshot);
}

fn verdicts(bencher: Bencher, catalog: &Catalog, snapshot: &Snapshot) {
    let inventory = Inventory::new(snapshot);
    let settings = Settings::default();
    let asked = asked(&evaluate(&CATALOG, &inventory, &settings));
    bencher.counter(ItemsCount::new(asked)).bench_local(|| {
        let mut failed = 0_usize;
        answers(catalog, &inventory, &settings, |told| {
            failed += usize::from(told.verdict == Verdict::Fail);
        });
        black_box(failed)
    });
}

/// The same to the end: index, verdicts, sorted findings with their evidence, what is not known.
#[divan::bench(sample_count = 20)]
fn shipped_catalogue_findings(bencher: Bencher) {
    let snapshot = multiply::multiply(&DEMO, 10_000);
    let pool = threads(1);
    let ask = || evaluate(&CATALOG, &Inventory::new(&snapshot), &Settings::default());
    let asked = asked(&ask());
    bencher
        .counter(ItemsCount::new(asked))
        .bench_local(|| pool.install(|| black_box(ask().findings.len())));
}

/// A hundred thousand resources of the demo's mix, whole catalogue, two cores.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn hundred_thousand_from_memory(bencher: Bencher) {
    let snapshot = multiply::multiply(&DEMO, 100_000);
    let pool = threads(2);
    bencher
        .counter(ItemsCount::new(snapshot.resources.len()))
        .bench_local(|| {
            pool.install(|| {
                let inventory = Inventory::new(&snapshot);
                black_box(
                    evaluate(&CATALOG, &inventory, &Settings::default())
                        .findings
                        .len(),
                )
            })
        });
}

/// The same from a compressed snapshot on disk. It stays in the target folder, for measuring the program on it.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn hundred_thousand_from_disk(bencher: Bencher) {
    let folder = large();
    let pool = threads(2);
    bencher.bench_local(|| {
        pool.install(|| {
            let snapshot = orch_snapshot::load(&folder, &Needs(None)).expect("it loads");
            let inventory = Inventory::new(&snapshot);
            black_box(
                evaluate(&CATALOG, &inventory, &Settings::default())
                    .findings
                    .len(),
            )
        })
    });
}

/// The large estate in the target folder, written when it is missing.
fn large() -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| project("target"), PathBuf::from);
    let folder = target.join("bench-estate");
    if !folder.join("manifest.json").exists() {
        let snapshot = multiply::multiply(&DEMO, 100_000);
        let raw: Vec<_> = orch_snapshot::raw_series(&project("fixtures/estates/demo"))
            .expect("the demo has series")
            .collect::<Result<_, _>>()
            .expect("they read");
        let copies = snapshot.resources.len() / DEMO.resources.len();
        let series = multiply::multiply_series(&raw, copies.min(8));
        orch_snapshot::save(&snapshot, series, &folder, Form::Compressed).expect("it is written");
    }
    folder
}
