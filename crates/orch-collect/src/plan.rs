//! Which collectors are to run where, and what they would cost.

use std::collections::{BTreeMap, BTreeSet};

use orch_model::{CollectorNote, Outcome, Reach, Read, Scope, Text, Time};
use orch_snapshot::{Partial, Plan, SnapshotError};

use crate::{
    CloudProvider, CollectFailure, CollectSettings, Collector, CollectorSpec, Discovery, Estimate,
};

/// The collectors a user wants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Their names; `None` is all. What they come after is added.
    pub collectors: Option<Vec<String>>,
    /// The option that says so, as typed: `--only security`. It stands in the reads of all others.
    pub option: String,
}

impl Selection {
    /// Every collector.
    pub fn all() -> Self {
        Self::default()
    }

    /// These collectors, chosen by `option`.
    pub fn of(
        collectors: impl IntoIterator<Item = impl Into<String>>,
        option: impl Into<String>,
    ) -> Self {
        let collectors = collectors.into_iter().map(Into::into).collect();
        Self {
            collectors: Some(collectors),
            option: option.into(),
        }
    }
}

/// The plan of a collection: everything the provider can read in the scopes found, and what of it the user
/// left out.
///
/// # Errors
/// When a collector is unknown, or comes after itself.
pub fn plan(
    provider: &dyn CloudProvider,
    discovery: &Discovery,
    selection: &Selection,
    as_of: Time,
    settings: &CollectSettings,
) -> Result<Plan, CollectFailure> {
    let all: Vec<&str> = provider
        .collectors()
        .iter()
        .map(|collector| collector.spec().name)
        .collect();
    // Also finds a circle when everything is selected.
    let known = with_dependencies(provider, &all)?;
    let chosen = match &selection.collectors {
        Some(names) => with_dependencies(
            provider,
            &names.iter().map(String::as_str).collect::<Vec<_>>(),
        )?,
        None => known,
    };

    let mut scopes = discovery.scopes.clone();
    scopes.sort_unstable();
    scopes.dedup();
    let mut excluded = Vec::new();
    for collector in provider.collectors() {
        let spec = collector.spec();
        let note = |(scope, why): (&Scope, &str)| Read {
            scope: scope.clone(),
            collector: spec.name.into(),
            datasets: spec.datasets.to_vec(),
            outcome: Outcome::Excluded(why.into()),
            count: 0,
        };
        let left_out = discovery
            .excluded
            .iter()
            .map(|(scope, why)| (scope, why.as_str()));
        excluded.extend(left_out.filter(|(scope, _)| runs_in(spec, scope)).map(note));
        let option = match chosen.contains(spec.name) {
            true => collector.needs(),
            false => Some(selection.option.as_str()),
        };
        if let Some(option) = option {
            let scopes = scopes.iter().filter(|scope| runs_in(spec, scope));
            excluded.extend(scopes.map(|scope| note((scope, option))));
        }
    }
    excluded.sort_unstable();
    let mut collectors: Vec<CollectorNote> = provider
        .collectors()
        .iter()
        .map(|collector| note(provider, collector.spec()))
        .collect();
    collectors.sort_unstable();
    Ok(Plan {
        as_of,
        scopes,
        collectors,
        excluded,
        settings: settings.for_plan(),
    })
}

/// The plan of a collection from several clouds at once; none where there is none.
pub fn join(plans: impl IntoIterator<Item = Plan>) -> Option<Plan> {
    plans.into_iter().reduce(|mut all, plan| {
        all.scopes.extend(plan.scopes);
        all.scopes.sort_unstable();
        all.collectors.extend(plan.collectors);
        all.collectors.sort_unstable();
        all.excluded.extend(plan.excluded);
        all.excluded.sort_unstable();
        all
    })
}

/// Collectors with all that they come after.
///
/// # Errors
/// When one is unknown, or comes after itself.
pub fn with_dependencies(
    provider: &dyn CloudProvider,
    names: &[&str],
) -> Result<BTreeSet<&'static str>, CollectFailure> {
    let specs: BTreeMap<&str, &CollectorSpec> = provider
        .collectors()
        .iter()
        .map(|collector| (collector.spec().name, collector.spec()))
        .collect();
    let mut found = BTreeSet::new();
    for name in names {
        add(&specs, name, &mut Vec::new(), &mut found)?;
    }
    Ok(found)
}

/// Adds a collector after those it comes after. `path` are the ones that led to it.
fn add<'s>(
    specs: &BTreeMap<&str, &'s CollectorSpec>,
    name: &str,
    path: &mut Vec<&'s str>,
    found: &mut BTreeSet<&'static str>,
) -> Result<(), CollectFailure> {
    let spec = specs
        .get(name)
        .copied()
        .ok_or_else(|| CollectFailure::UnknownCollector(name.to_owned()))?;
    if path.contains(&spec.name) {
        return Err(CollectFailure::Circular(name.to_owned()));
    }
    path.push(spec.name);
    for before in spec.after {
        add(specs, before, path, found)?;
    }
    path.pop();
    found.insert(spec.name);
    Ok(())
}

/// Whether a collector runs in a scope.
pub(crate) fn runs_in(spec: &CollectorSpec, scope: &Scope) -> bool {
    match spec.reach {
        Reach::Global => scope.is_global(),
        Reach::PerRegion => !scope.is_global(),
    }
}

fn note(provider: &dyn CloudProvider, spec: &CollectorSpec) -> CollectorNote {
    CollectorNote {
        name: Text::new_static(spec.name),
        provider: Some(provider.provider()),
        datasets: spec.datasets.to_vec(),
        reach: spec.reach,
    }
}

/// What one charged collector would do in one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimated {
    /// Where.
    pub scope: Scope,
    /// Which.
    pub collector: &'static str,
    /// The service it calls.
    pub service: &'static str,
    /// What it would do.
    pub estimate: Estimate,
}

/// What the collectors chosen in `wanted` would do, given what was read into `partial` by those they come
/// after. Ordered by scope and collector. Reads files: not for a tokio worker.
///
/// # Errors
/// When what was read cannot be read back.
pub fn estimates(
    provider: &dyn CloudProvider,
    wanted: &Plan,
    partial: &Partial,
    settings: &CollectSettings,
) -> Result<Vec<Estimated>, SnapshotError> {
    let left_out: BTreeSet<(&Scope, &str)> = wanted
        .excluded
        .iter()
        .map(|read| (&read.scope, read.collector.as_str()))
        .collect();
    let mut collectors: Vec<&dyn Collector> = provider
        .collectors()
        .iter()
        .map(|collector| &**collector)
        .collect();
    collectors.sort_by_key(|collector| collector.spec().name);
    let mut estimates = Vec::new();
    let of = provider.provider();
    for scope in wanted.scopes.iter().filter(|scope| scope.provider == of) {
        for collector in &collectors {
            let spec = collector.spec();
            if !runs_in(spec, scope) || left_out.contains(&(scope, spec.name)) {
                continue;
            }
            let mut prior = Vec::new();
            for before in spec.after {
                prior.extend(partial.resources(scope, before)?);
            }
            let estimate = collector.estimate(&prior, settings);
            let (collector, service) = (spec.name, spec.service);
            estimates.push(Estimated {
                scope: scope.clone(),
                collector,
                service,
                estimate,
            });
        }
    }
    Ok(estimates)
}
