//! `orch doctor`: may the credentials do what an audit does, and if not, what is missing?

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use orch_collect::{Charge, CollectorSpec, DiscoverError, Operation, Selection};
use orch_model::{Call, CallOutcome, Cause, Gap, Outcome, Provider, Reach, Read, Scope, Text};
use orch_snapshot::Partial;
use rust_decimal::Decimal;

use crate::exit::{Exit, ExitCode, some_of};
use crate::live::{Live, Narrowed};
use crate::setup::{Chosen, Setup};
use crate::watch::Watch;
use crate::{AppError, Mistake};

/// A look at credentials and permissions as asked for.
#[derive(Debug, Clone, Default)]
pub struct DoctorRequest {
    /// Options and configuration.
    pub setup: Setup,
    /// Whether calls that cost money are made too.
    pub charged: bool,
}

/// What was found.
#[derive(Debug)]
pub struct Diagnosis {
    clouds: Vec<Narrowed>,
    rows: Vec<Row>,
}

/// One collector in one scope.
#[derive(Debug)]
struct Row {
    provider: Provider,
    collector: &'static str,
    scope: Scope,
    answer: Answer,
    /// Operations that were not called, and why.
    notes: Vec<String>,
}

/// What a collector was told.
#[derive(Debug, PartialEq)]
enum Answer {
    /// It may.
    Fine,
    /// Some of its calls failed.
    Failed(BTreeMap<Cause, Vec<Text>>),
    /// It could not go on although no call was refused.
    Broken(Gap),
    /// It was not asked.
    NotAsked(String),
}

/// Columns that an answer has at least before the columns beside it wrap too.
const ANSWER: usize = 30;

/// Tries patiently enough for a slow service, not for one that is down.
const MOST_ATTEMPTS: u32 = 3;

/// Asks each collector of one scope with each of its calls once. What is asked is what the collectors declare
/// and call: there is no list of permissions beside that.
///
/// # Errors
/// When no cloud is named or lets us in.
pub fn doctor(request: &DoctorRequest, watch: &Watch) -> Result<Diagnosis, AppError> {
    let Chosen { options, config } = Chosen::of(&request.setup)?;
    let providers = options.providers.as_deref().ok_or_else(|| {
        AppError::usage(Mistake::new(
            "no provider is named",
            "type `orch doctor --provider aws`",
        ))
    })?;
    let mut settings = config.collect;
    settings.once = true;
    settings.max_attempts = settings.max_attempts.min(MOST_ATTEMPTS);
    if !request.charged {
        settings.max_api_cost = Decimal::ZERO;
    }
    let mut live = Live::connect(providers, &options, settings, watch)?;
    let clouds = live.narrow(
        options
            .accounts
            .as_ref()
            .is_some_and(|named| !named.is_empty()),
    );
    let plan = live.plan(|_| Ok(Selection::all()), watch)?;
    let dir = crate::pipeline::temporary()?;
    let partial = Partial::create(&dir.path().join("doctor"), &plan)?;
    let collected = live.collect(&plan, &partial, &[])?;
    if let Some(gap) = collected.aborted {
        return Err(AppError::Discover(DiscoverError::Credentials {
            what: gap.to_string(),
            help: "get new credentials and run again".to_owned(),
        }));
    }
    if collected.cancelled {
        return Err(AppError::Stopped);
    }
    let calls = partial.calls()?;
    let reads: BTreeMap<(&Scope, &str), &Read> = plan
        .excluded
        .iter()
        .chain(&collected.reads)
        .map(|read| ((&read.scope, read.collector.as_str()), read))
        .collect();
    let mut rows = Vec::new();
    for cloud in &clouds {
        for scope in &cloud.scopes {
            let specs = live.specs().filter(|(of, spec)| {
                *of == cloud.provider && (spec.reach == Reach::Global) == scope.is_global()
            });
            for (provider, spec) in specs {
                let read = reads.get(&(scope, spec.name)).copied();
                let told = Told {
                    spec,
                    scope,
                    calls: &calls,
                    charged: request.charged,
                };
                let (answer, notes) = told.answer(read);
                rows.push(Row {
                    provider,
                    collector: spec.name,
                    scope: scope.clone(),
                    answer,
                    notes,
                });
            }
        }
    }
    Ok(Diagnosis { clouds, rows })
}

/// A collector with the calls that were made.
struct Told<'t> {
    spec: &'t CollectorSpec,
    scope: &'t Scope,
    calls: &'t [Call],
    charged: bool,
}

impl Told<'_> {
    /// What came of an operation: asked by the collector itself, else by another that looks things up in the
    /// same list.
    fn outcome(&self, operation: &Operation) -> Option<CallOutcome> {
        let here = || {
            self.calls.iter().filter(|call| {
                let scope = call.scope.as_ref();
                call.operation == operation.name
                    && scope.is_some_and(|scope| scope.same_account(self.scope))
            })
        };
        let own = here().find(|call| {
            call.scope.as_ref() == Some(self.scope)
                && call.collector.as_deref() == Some(self.spec.name)
        });
        own.or_else(|| here().next()).map(|call| call.outcome)
    }

    fn answer(&self, read: Option<&Read>) -> (Answer, Vec<String>) {
        if let Some(Outcome::Excluded(option)) = read.map(|read| &read.outcome) {
            return (Answer::NotAsked(format!("needs {option}")), Vec::new());
        }
        let mut failed: BTreeMap<Cause, Vec<Text>> = BTreeMap::new();
        let (mut charged, mut unused) = (Vec::new(), Vec::new());
        let mut asked = false;
        for operation in self.spec.operations {
            match self.outcome(operation) {
                Some(CallOutcome::Ok) => asked = true,
                Some(CallOutcome::Failed(cause)) => {
                    let failed = failed.entry(cause).or_default();
                    failed.push(Text::new_static(operation.name));
                }
                None if operation.charge != Charge::Free && !self.charged => {
                    charged.push(format!("{}, {}", operation.name, price(operation.charge)));
                }
                None => unused.push(operation.name),
            }
        }
        let mut notes = Vec::new();
        if !charged.is_empty() {
            notes.push(format!("{}: ask with --charged", charged.join("; ")));
        }
        if !failed.is_empty() {
            return (Answer::Failed(failed), notes);
        }
        // What it comes after stands in a row of its own.
        let gap = read.and_then(Read::gap);
        let gap = gap.filter(|gap| !matches!(gap.cause, Cause::Cancelled | Cause::BudgetReached));
        if let Some(gap) = gap {
            if !asked && !self.spec.after.is_empty() {
                let before = self.spec.after.join(", ");
                return (Answer::NotAsked(format!("needs {before}")), notes);
            }
            return (Answer::Broken(gap.clone()), notes);
        }
        if !asked && unused.is_empty() && !notes.is_empty() {
            return (Answer::NotAsked(notes.join("; ")), Vec::new());
        }
        if !unused.is_empty() {
            let why = format!("nothing that was read needs it: {}", unused.join(", "));
            if !asked {
                return (Answer::NotAsked(why), notes);
            }
            notes.push(format!("not asked, {why}"));
        }
        (Answer::Fine, notes)
    }
}

/// What a charged operation costs, in words.
fn price(charge: Charge) -> String {
    match charge {
        Charge::Free => "free".to_owned(),
        Charge::PerRequest(usd) => format!("{usd} USD a request"),
        Charge::PerThousand(usd) => format!("{usd} USD a thousand"),
    }
}

impl Answer {
    fn is_missing(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Broken(_))
    }

    fn words(&self) -> String {
        match self {
            Self::Fine => "ok".to_owned(),
            Self::NotAsked(why) => format!("not asked: {why}"),
            Self::Broken(gap) => gap.to_string(),
            Self::Failed(failed) => failed
                .iter()
                .map(|(cause, operations)| format!("{cause}: {}", operations.join(", ")))
                .collect::<Vec<_>>()
                .join("\n"),
        }
    }
}

impl Diagnosis {
    /// Writes it for people.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, width: usize, out: &mut dyn Write) -> io::Result<()> {
        for cloud in &self.clouds {
            let places: Vec<String> = cloud.scopes.iter().map(place).collect();
            let accounts = match cloud.accounts {
                1 => "1 account".to_owned(),
                several => format!("{several} accounts"),
            };
            let line = format!(
                "{}: the credentials hold and see {accounts}; asked in {}",
                cloud.provider,
                some_of(&places)
            );
            paragraph(&line, width, out)?;
        }
        writeln!(out)?;
        let mut rows = vec![["WHAT", "WHERE", "ANSWER"].map(str::to_owned).to_vec()];
        for row in &self.rows {
            let answer = std::iter::once(row.answer.words()).chain(row.notes.iter().cloned());
            rows.push(vec![
                row.collector.to_owned(),
                self.place(row),
                answer.collect::<Vec<_>>().join("\n"),
            ]);
        }
        let widest = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or_default()
        };
        let whole: &[usize] = match widest(0) + widest(1) + ANSWER <= width {
            true => &[0, 1],
            false => &[0],
        };
        orch_report::grid(&rows, &[], whole, width, out)?;
        for step in self.steps() {
            writeln!(out)?;
            for line in step.lines() {
                paragraph(line, width, out)?;
            }
        }
        Ok(())
    }

    /// Where a row was asked, in as few words as tell it from the others: the lines above name the accounts.
    fn place(&self, row: &Row) -> String {
        let of = self
            .clouds
            .iter()
            .find(|cloud| cloud.provider == row.provider);
        let scopes = of.map_or(&[][..], |cloud| &cloud.scopes);
        let several = !scopes.iter().all(|scope| scope.same_account(&row.scope));
        let words = [
            (self.clouds.len() > 1).then(|| row.provider.as_str()),
            several.then(|| row.scope.account.as_str()),
            Some(row.scope.region.as_str()),
        ];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// What to type next.
    fn steps(&self) -> Vec<String> {
        let mut steps = Vec::new();
        let mut causes: BTreeSet<Cause> = BTreeSet::new();
        for cloud in &self.clouds {
            let mut denied: BTreeSet<&str> = BTreeSet::new();
            for row in self
                .rows
                .iter()
                .filter(|row| row.provider == cloud.provider)
            {
                match &row.answer {
                    Answer::Failed(failed) => {
                        causes.extend(failed.keys().copied());
                        let names = failed.get(&Cause::Denied).into_iter().flatten();
                        denied.extend(names.map(Text::as_str));
                    }
                    Answer::Broken(gap) => _ = causes.insert(gap.cause),
                    Answer::Fine | Answer::NotAsked(_) => {}
                }
            }
            if !denied.is_empty() {
                let missing: Vec<String> =
                    denied.iter().map(|name| format!("\n  {name}")).collect();
                steps.push(format!(
                    "To be allowed on {}:{}\nType `orch permissions --provider {}` for the whole policy.",
                    cloud.provider,
                    missing.concat(),
                    cloud.provider
                ));
            }
        }
        if causes.contains(&Cause::Disabled) {
            steps.push(
                "What is disabled is turned off for the account or not offered there: turn it on, or audit \
                 with `--allow-gaps=disabled`."
                    .to_owned(),
            );
        }
        let garbled = |cause: &Cause| matches!(cause, Cause::Undecodable | Cause::PagingBroken);
        if causes.iter().any(garbled) {
            steps.push(
                "What was answered and not understood may be worth a report: run it again with -v."
                    .to_owned(),
            );
        }
        let silent =
            |cause: &Cause| !garbled(cause) && !matches!(cause, Cause::Denied | Cause::Disabled);
        if causes.iter().any(silent) {
            steps.push(
                "What did not answer may do so later: check the network and run it again."
                    .to_owned(),
            );
        }
        if steps.is_empty() {
            let names: Vec<&str> = self
                .clouds
                .iter()
                .map(|cloud| cloud.provider.as_str())
                .collect();
            steps.push(format!(
                "Nothing that was asked for is missing. Type `orch audit --provider {}`.",
                names.join(",")
            ));
        }
        steps
    }

    /// How the program ends.
    pub fn exit(&self) -> Exit {
        let missing: Vec<&str> = self
            .rows
            .iter()
            .filter(|row| row.answer.is_missing())
            .map(|row| row.collector)
            .collect();
        if missing.is_empty() {
            let fine = self.rows.iter().filter(|row| row.answer == Answer::Fine);
            let why = match (fine.count(), self.rows.len()) {
                (fine, all) if fine == all => format!("all of {all} collectors may read"),
                (fine, all) => {
                    format!("{fine} of {all} collectors may read, the rest was not asked")
                }
            };
            return Exit {
                code: ExitCode::Clean,
                why,
            };
        }
        Exit {
            code: ExitCode::Incomplete,
            why: format!(
                "something is missing for {} of {} collectors: {}",
                missing.len(),
                self.rows.len(),
                some_of(&missing)
            ),
        }
    }
}

/// Writes one line, in as many as the width asks for.
fn paragraph(line: &str, width: usize, out: &mut dyn Write) -> io::Result<()> {
    if line.chars().count() > width {
        return orch_report::grid(&[vec![line.to_owned()]], &[], &[], width, out);
    }
    writeln!(out, "{}", orch_report::visible(line))
}

/// Where, in words.
fn place(scope: &Scope) -> String {
    if scope.is_global() {
        scope.account.to_string()
    } else {
        format!("{} {}", scope.account, scope.region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let scope = Scope::new(
            Provider::Azure,
            "azure",
            "11111111-2222-3333-4444-555555555555",
            "global",
        );
        let cloud = |provider, scopes: &[Scope]| Narrowed {
            provider,
            accounts: 2,
            scopes: scopes.to_vec(),
        };
        let row = |collector, scope: &Scope, answer| Row {
            provider: scope.provider,
            collector,
            scope: scope.clone(),
            answer,
            notes: vec!["not asked, nothing that was read needs it: a.long/name".to_owned()],
        };
        let denied = BTreeMap::from([
            (
                Cause::Denied,
                vec!["Microsoft.Network/virtualNetworks/read".into()],
            ),
            (Cause::Disabled, vec!["x".into()]),
        ]);
        let regional = scope.in_region("germanywestcentral");
        let other = Scope::new(
            Provider::Azure,
            "azure",
            "22222222-2222-3333-4444-555555555555",
            "global",
        );
        let rows = || {
            vec![
                row(
                    "network.application-gateways",
                    &scope,
                    Answer::Failed(denied.clone()),
                ),
                row("monitor.hourly", &regional, Answer::Fine),
            ]
        };
        for scopes in [
            vec![scope.clone(), regional.clone()],
            vec![scope.clone(), regional.clone(), other],
        ] {
            let diagnosis = Diagnosis {
                clouds: vec![cloud(Provider::Azure, &scopes)],
                rows: rows(),
            };
            let mut out = Vec::new();
            diagnosis.write(80, &mut out).unwrap();
            let text = String::from_utf8(out).unwrap();
            let widest = text.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(80), "{text}");
            // Nothing is lost in the lines that were cut.
            assert!(text.contains("`--allow-gaps=disabled`"), "{text}");
        }
    }

    #[test]
    fn a_row_names_what_tells_it_from_the_others() {
        let aws = Scope::new(Provider::Aws, "aws", "111122223333", "us-east-1");
        let gcp = Scope::new(Provider::Gcp, "gcp", "p-1", "global");
        let other = Scope::new(Provider::Gcp, "gcp", "p-2", "global");
        let cloud = |scopes: &[&Scope]| Narrowed {
            provider: scopes[0].provider,
            accounts: scopes.len(),
            scopes: scopes.iter().copied().cloned().collect(),
        };
        let place = |clouds: Vec<Narrowed>, scope: &Scope| {
            let row = Row {
                provider: scope.provider,
                collector: "account",
                scope: scope.clone(),
                answer: Answer::Fine,
                notes: Vec::new(),
            };
            Diagnosis {
                clouds,
                rows: Vec::new(),
            }
            .place(&row)
        };
        assert_eq!(place(vec![cloud(&[&aws])], &aws), "us-east-1");
        assert_eq!(place(vec![cloud(&[&gcp, &other])], &gcp), "p-1 global");
        let both = vec![cloud(&[&aws]), cloud(&[&gcp, &other])];
        assert_eq!(place(both, &other), "gcp p-2 global");
    }
}
