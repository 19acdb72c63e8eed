//! A provider that does what a test tells it to, in virtual time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use orch_collect::{
    Batch, Charge, CloudProvider, CollectContext, CollectError, CollectSettings, Collector,
    CollectorSpec, DiscoverError, Discovery, Estimate, Operation, Pages, Run, ScopeFilter, current,
};
use orch_model::{Call, CallOutcome, Dataset, Gap, Kind, Provider, Reach, Resource, Scope, Text};
use orch_snapshot::Item;
use rust_decimal::Decimal;
use tokio::time::Instant;

/// One step of a scripted collector.
#[derive(Debug, Clone)]
pub enum Step {
    /// Makes a call that brings these items.
    Page(Vec<Item>),
    /// Makes a call that hands out this page token.
    Token(&'static str),
    /// Lets time pass.
    Wait(Duration),
    /// Never comes back.
    Hang,
    /// A call that never comes back by itself.
    HangingCall,
    /// Makes a charged call that brings nothing.
    Charged(Decimal),
    /// Notes a gap and goes on.
    NotRead(Gap),
    /// Fails.
    Fail(Gap),
    /// Fails because the credentials do not hold any longer.
    Abort,
    /// Has an error in its code.
    Panic,
}

/// What a scripted collector did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Since the provider was made.
    pub at: Duration,
    /// Where.
    pub scope: Scope,
    /// Which.
    pub collector: &'static str,
    /// What.
    pub what: Happened,
}

/// What an [`Event`] is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It began, and was given so many resources of others.
    Started(usize),
    /// It made a call.
    Called,
    /// It ended, by itself or not.
    Ended,
}

/// What happened, in order.
#[derive(Debug, Clone)]
pub struct Log {
    start: Instant,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Log {
    fn add(&self, scope: &Scope, collector: &'static str, what: Happened) {
        let event = Event {
            at: self.start.elapsed(),
            scope: scope.clone(),
            collector,
            what,
        };
        self.locked().push(event);
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything so far.
    pub fn events(&self) -> Vec<Event> {
        self.locked().clone()
    }

    /// The calls of one collector in one scope.
    pub fn calls(&self, scope: &Scope, collector: &str) -> usize {
        let call = |event: &&Event| {
            event.what == Happened::Called && event.scope == *scope && event.collector == collector
        };
        self.locked().iter().filter(call).count()
    }

    /// The most collectors that ran at one time, of those `of` chooses.
    pub fn most_at_once(&self, of: impl Fn(&Event) -> bool) -> usize {
        let (mut now, mut most) = (0_usize, 0);
        for event in self.locked().iter().filter(|event| of(event)) {
            match event.what {
                Happened::Started(_) => now += 1,
                Happened::Ended => now -= 1,
                Happened::Called => {}
            }
            most = most.max(now);
        }
        most
    }
}

/// A collector that follows a script in each scope.
#[derive(Debug, Clone)]
pub struct FakeCollector {
    spec: CollectorSpec,
    scripts: BTreeMap<Text, Vec<Step>>,
    log: Option<Log>,
}

impl FakeCollector {
    /// A collector of one kind that runs in regions and does nothing yet.
    pub fn new(name: &'static str, service: &'static str, datasets: &'static [Dataset]) -> Self {
        let spec = CollectorSpec {
            name,
            service,
            datasets,
            reach: Reach::PerRegion,
            after: &[],
            operations: &[Operation {
                name: "fake:List",
                charge: Charge::Free,
            }],
        };
        Self {
            spec,
            scripts: BTreeMap::new(),
            log: None,
        }
    }

    /// A collector of instances.
    pub fn instances(name: &'static str) -> Self {
        Self::new(name, "ec2", &[Dataset::Kind(Kind::ComputeInstance)])
    }

    /// Runs it once per account.
    #[must_use]
    pub fn global(mut self) -> Self {
        self.spec.reach = Reach::Global;
        self
    }

    /// Lets it come after others.
    #[must_use]
    pub fn after(mut self, names: &'static [&'static str]) -> Self {
        self.spec.after = names;
        self
    }

    /// Makes its calls cost money.
    #[must_use]
    pub fn charged(mut self) -> Self {
        self.spec.operations = &[Operation {
            name: "fake:GetMetricData",
            charge: Charge::PerRequest("0.01"),
        }];
        self
    }

    /// What it does in one region; `*` is every region without a script of its own.
    #[must_use]
    pub fn script(mut self, region: &str, steps: Vec<Step>) -> Self {
        self.scripts.insert(region.into(), steps);
        self
    }

    fn steps(&self, scope: &Scope) -> &[Step] {
        let steps = self
            .scripts
            .get(&scope.region)
            .or_else(|| self.scripts.get("*"));
        steps.map(Vec::as_slice).unwrap_or_default()
    }

    fn called(&self, ctx: &CollectContext, items: usize, charge_usd: Decimal) {
        if let Some(log) = &self.log {
            log.add(&ctx.scope, self.spec.name, Happened::Called);
        }
        // As an SDK's interceptor would: it only has what the task carries.
        let (scope, collector) = current().unzip();
        ctx.run.record(Call {
            at: ctx.as_of,
            scope,
            collector,
            operation: self.spec.operations[0].name.into(),
            attempts: 1,
            outcome: CallOutcome::Ok,
            items: items as u64,
            page: None,
            charge_usd,
        });
    }
}

/// Tells the log of the end, however it comes.
struct Ending<'a>(&'a FakeCollector, &'a Scope);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if let Some(log) = &self.0.log {
            log.add(self.1, self.0.spec.name, Happened::Ended);
        }
    }
}

#[async_trait]
impl Collector for FakeCollector {
    fn spec(&self) -> &CollectorSpec {
        &self.spec
    }

    fn estimate(&self, prior: &[Resource], settings: &CollectSettings) -> Estimate {
        let calls = prior.len() as u64;
        let usd = Decimal::from(calls) * Decimal::new(1, 2);
        let assumption = format!("over {} days", settings.metric_days);
        Estimate {
            calls,
            usd,
            counted: vec![(calls, "resources")],
            assumption,
        }
    }

    async fn collect(&self, ctx: &CollectContext, out: &mut Batch) -> Result<(), CollectError> {
        if let Some(log) = &self.log {
            log.add(
                &ctx.scope,
                self.spec.name,
                Happened::Started(ctx.prior.len()),
            );
        }
        let _ending = Ending(self, &ctx.scope);
        let mut pages = Pages::new(self.spec.operations[0].name);
        for step in self.steps(&ctx.scope) {
            match step {
                Step::Page(items) => {
                    self.called(ctx, items.len(), Decimal::ZERO);
                    for item in items {
                        out.push(item.clone());
                    }
                }
                Step::Token(token) => {
                    self.called(ctx, 0, Decimal::ZERO);
                    pages.follow(Some(token))?;
                }
                Step::Wait(time) => tokio::time::sleep(*time).await,
                Step::Hang => std::future::pending().await,
                Step::HangingCall => {
                    ctx.call(
                        "fake:List",
                        std::future::pending::<Result<(), CollectError>>(),
                    )
                    .await?;
                }
                Step::Charged(usd) => {
                    ctx.run.charge(&ctx.scope, *usd)?;
                    self.called(ctx, 0, *usd);
                }
                Step::NotRead(gap) => out.not_read(gap.clone()),
                Step::Fail(gap) => return Err(CollectError::gap(gap.clone())),
                Step::Abort => return Err(CollectError::abort("ExpiredToken")),
                #[expect(clippy::panic, reason = "a collector that panics is what is tried")]
                Step::Panic => panic!("a secret in an answer"),
            }
        }
        Ok(())
    }
}

/// A provider made of scripted collectors.
pub struct FakeProvider {
    collectors: Vec<Box<dyn Collector>>,
    discovery: Discovery,
    log: Log,
}

impl FakeProvider {
    /// A provider with these scopes.
    pub fn new(scopes: Vec<Scope>, collectors: Vec<FakeCollector>) -> Self {
        let log = Log {
            start: Instant::now(),
            events: Arc::default(),
        };
        let logged = |collector| -> Box<dyn Collector> {
            Box::new(FakeCollector {
                log: Some(log.clone()),
                ..collector
            })
        };
        let collectors = collectors.into_iter().map(logged).collect();
        Self {
            collectors,
            discovery: Discovery {
                scopes,
                excluded: Vec::new(),
            },
            log,
        }
    }

    /// Leaves a scope out.
    #[must_use]
    pub fn excluded(mut self, scope: Scope, why: &str) -> Self {
        self.discovery.excluded.push((scope, why.into()));
        self
    }

    /// What its collectors did.
    pub fn log(&self) -> &Log {
        &self.log
    }
}

#[async_trait]
impl CloudProvider for FakeProvider {
    fn provider(&self) -> Provider {
        Provider::Aws
    }

    fn collectors(&self) -> &[Box<dyn Collector>] {
        &self.collectors
    }

    async fn discover(&self, filter: &ScopeFilter, run: &Run) -> Result<Discovery, DiscoverError> {
        run.record(Call {
            at: crate::builder::as_of(),
            scope: None,
            collector: None,
            operation: "fake:WhoAmI".into(),
            attempts: 1,
            outcome: CallOutcome::Ok,
            items: 1,
            page: None,
            charge_usd: Decimal::ZERO,
        });
        let mut discovery = self.discovery.clone();
        let wanted = |scope: &Scope| {
            scope.is_global() || filter.regions.is_empty() || filter.regions.contains(&scope.region)
        };
        let left_out = discovery.scopes.extract_if(.., |scope| !wanted(scope));
        let left_out: Vec<_> = left_out.map(|scope| (scope, "--regions".into())).collect();
        discovery.excluded.extend(left_out);
        Ok(discovery)
    }
}
