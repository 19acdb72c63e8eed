//! Reads a cloud. The asynchronous half of the program lives and ends here.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use orch_collect::{
    CloudProvider, CollectSettings, Collected, CollectorSpec, DiscoverError, Discovery, Estimated,
    Run, ScopeFilter, Selection,
};
use orch_model::{Provider, Read, Scope, Text};
use orch_snapshot::{Partial, Plan};
use tokio::runtime::Runtime;

use crate::options::Options;
use crate::watch::Watch;
use crate::{AppError, Mistake, clouds};

/// Clouds that let us in, each with its scopes.
pub(crate) struct Live {
    runtime: Runtime,
    clouds: Vec<Cloud>,
    settings: Arc<CollectSettings>,
    run: Run,
}

struct Cloud {
    provider: Box<dyn CloudProvider>,
    discovery: Discovery,
}

/// What of one cloud is asked, out of how much.
#[derive(Debug)]
pub(crate) struct Narrowed {
    pub(crate) provider: Provider,
    /// Accounts that the credentials see.
    pub(crate) accounts: usize,
    /// What is left.
    pub(crate) scopes: Vec<Scope>,
}

impl Live {
    /// Connects to all of the clouds at once and finds out which scopes there are. One that does not let us in
    /// ends it: who asked for three clouds should not take two for all.
    pub(crate) fn connect(
        providers: &[Provider],
        options: &Options,
        settings: CollectSettings,
        watch: &Watch,
    ) -> Result<Self, AppError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| AppError::Internal(format!("no runtime: {error}")))?;
        let run = Run::new(&settings, watch.cancel.clone(), watch.events.clone());
        let several = providers.len() > 1;
        let found = runtime.block_on(async {
            let found = providers.iter().map(|provider| async {
                let filter = filter(*provider, options, several)?;
                let provider = clouds::connect(*provider, options, &settings).await?;
                let (discovery, unknown) =
                    discover(provider.as_ref(), filter, &run, several).await?;
                let cloud = Cloud {
                    provider,
                    discovery,
                };
                Ok((cloud, unknown))
            });
            tokio::select! {
                found = futures::future::try_join_all(found) => found,
                () = watch.cancel.cancelled() => Err(AppError::Stopped),
            }
        })?;
        let (clouds, unknown): (Vec<Cloud>, Vec<Unknown>) = found.into_iter().unzip();
        if let Some(error) = of_no_cloud(unknown) {
            return Err(error.into());
        }
        Ok(Self {
            runtime,
            clouds,
            settings: Arc::new(settings),
            run,
        })
    }

    /// What is to be read, where, and what of it is left out. Each cloud has a selection of its own.
    pub(crate) fn plan(
        &self,
        selection: impl Fn(Provider) -> Result<Selection, AppError>,
        watch: &Watch,
    ) -> Result<Plan, AppError> {
        let plans = self
            .clouds
            .iter()
            .map(|cloud| {
                let provider = cloud.provider.as_ref();
                let selection = selection(provider.provider())?;
                Ok(orch_collect::plan(
                    provider,
                    &cloud.discovery,
                    &selection,
                    watch.now,
                    &self.settings,
                )?)
            })
            .collect::<Result<Vec<_>, AppError>>()?;
        orch_collect::join(plans).ok_or(AppError::NothingToAudit)
    }

    /// Whether a plan is of the accounts that let us in.
    pub(crate) fn is_account_of(&self, plan: &Plan) -> bool {
        let found = || self.clouds.iter().flat_map(|cloud| &cloud.discovery.scopes);
        let known = |planned: &Scope| found().any(|scope| scope.same_account(planned));
        !plan.scopes.is_empty() && plan.scopes.iter().all(known)
    }

    /// Reads what the plan names and `done` does not.
    pub(crate) fn collect(
        &self,
        plan: &Plan,
        partial: &Partial,
        done: &[Read],
    ) -> Result<Collected, AppError> {
        let providers: Vec<&dyn CloudProvider> = self.providers().collect();
        let collected =
            orch_collect::collect(&providers, plan, partial, done, &self.settings, &self.run);
        Ok(self.runtime.block_on(collected)?)
    }

    /// Leaves one account of each cloud and one region of it, unless the accounts were named; tells how many
    /// accounts and regions there are.
    pub(crate) fn narrow(&mut self, accounts_named: bool) -> Vec<Narrowed> {
        let narrowed = |cloud: &mut Cloud| {
            let scopes = std::mem::take(&mut cloud.discovery.scopes);
            cloud.discovery.excluded.clear();
            let mut accounts: Vec<Scope> = scopes.iter().map(Scope::global).collect();
            // One in which there is something comes first: there every permission shows.
            let is_bare = |account: &Scope| {
                let own = |scope: &&Scope| scope.same_account(account) && !scope.is_global();
                !scopes.iter().any(|scope| own(&scope))
            };
            accounts.sort_unstable();
            accounts.dedup();
            accounts.sort_by_cached_key(is_bare);
            let seen = accounts.len();
            if !accounts_named {
                accounts.truncate(1);
            }
            let home = cloud.provider.home_region();
            for account in &accounts {
                let own = || scopes.iter().filter(|scope| scope.same_account(account));
                let regions = || own().filter(|scope| !scope.is_global());
                let at_home = regions().find(|scope| Some(scope.region.as_str()) == home);
                let region = at_home.or_else(|| regions().next());
                let global = own().find(|scope| scope.is_global());
                let chosen = global.into_iter().chain(region).cloned();
                cloud.discovery.scopes.extend(chosen);
            }
            Narrowed {
                provider: cloud.provider.provider(),
                accounts: seen,
                scopes: cloud.discovery.scopes.clone(),
            }
        };
        self.clouds.iter_mut().map(narrowed).collect()
    }

    /// What the collectors of a cloud are.
    pub(crate) fn specs(&self) -> impl Iterator<Item = (Provider, &CollectorSpec)> {
        self.providers().flat_map(|provider| {
            let of = provider.provider();
            let collectors = provider.collectors().iter();
            collectors.map(move |collector| (of, collector.spec()))
        })
    }

    fn providers(&self) -> impl Iterator<Item = &dyn CloudProvider> {
        self.clouds.iter().map(|cloud| cloud.provider.as_ref())
    }

    /// The collectors that others come after, without those that cost money.
    pub(crate) fn free_before_charged(&self, of: Provider) -> Result<Selection, AppError> {
        let mut free = Vec::new();
        for provider in self
            .providers()
            .filter(|provider| provider.provider() == of)
        {
            let specs = || {
                provider
                    .collectors()
                    .iter()
                    .map(|collector| collector.spec())
            };
            let charged: Vec<&str> = specs()
                .filter(|spec| spec.is_charged())
                .map(|spec| spec.name)
                .collect();
            let needed = orch_collect::with_dependencies(provider, &charged)?;
            let wanted = specs().filter(|spec| !spec.is_charged() && needed.contains(spec.name));
            free.extend(wanted.map(|spec| spec.name));
        }
        Ok(Selection::of(free, "--plan"))
    }

    /// What the collectors of a plan would do.
    pub(crate) fn estimates(
        &self,
        wanted: &Plan,
        partial: &Partial,
    ) -> Result<Vec<Estimated>, AppError> {
        let mut estimates = Vec::new();
        for provider in self.providers() {
            let settings = &self.settings;
            estimates.extend(orch_collect::estimates(
                provider, wanted, partial, settings,
            )?);
        }
        Ok(estimates)
    }
}

/// What a user named and one cloud does not have, with what that cloud says of it.
type Unknown = BTreeMap<String, DiscoverError>;

/// The accounts and regions asked of one cloud. Where several are read an account is told by its form: AWS
/// numbers twelve digits, Azure gives GUIDs.
fn filter(provider: Provider, options: &Options, several: bool) -> Result<ScopeFilter, AppError> {
    let is_its_own = |account: &Text| {
        let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let guid = account.len() == 36 && account.split('-').count() == 5;
        match provider {
            Provider::Aws => digits,
            Provider::Azure => guid,
            Provider::Gcp => !digits && !guid,
        }
    };
    let named = options.accounts.as_deref().unwrap_or_default();
    let accounts: Vec<Text> = named
        .iter()
        .filter(|account| !several || is_its_own(account))
        .cloned()
        .collect();
    if accounts.is_empty() && !named.is_empty() {
        let message = format!("--accounts names no account of {provider}");
        let help = "name one of its accounts too, or leave the provider out";
        return Err(AppError::usage(Mistake::new(message, help)));
    }
    Ok(ScopeFilter {
        accounts,
        regions: options.regions.clone().unwrap_or_default(),
        exclude_regions: options.exclude_regions.clone().unwrap_or_default(),
    })
}

/// Finds the scopes of one cloud. Where several are read, a region that this one does not have may be
/// another's: it is left to the others and told.
async fn discover(
    provider: &dyn CloudProvider,
    mut filter: ScopeFilter,
    run: &Run,
    several: bool,
) -> Result<(Discovery, Unknown), AppError> {
    let named = !filter.regions.is_empty();
    let mut unknown = Unknown::new();
    loop {
        match provider.discover(&filter, run).await {
            Err(DiscoverError::UnknownRegion { region, help }) if several => {
                filter.regions.retain(|name| *name != region);
                filter.exclude_regions.retain(|name| *name != region);
                if named && filter.regions.is_empty() {
                    let message = format!("--regions names no region of {}", provider.provider());
                    let help = "name one of its regions too, or leave the provider out";
                    return Err(AppError::usage(Mistake::new(message, help)));
                }
                let error = DiscoverError::UnknownRegion {
                    region: region.clone(),
                    help,
                };
                if unknown.insert(region, error).is_some() {
                    return Err(AppError::Internal("a region was refused twice".to_owned()));
                }
            }
            found => return Ok((found?, unknown)),
        }
    }
}

/// What none of the clouds has.
fn of_no_cloud(unknown: Vec<Unknown>) -> Option<DiscoverError> {
    let mut clouds = unknown.into_iter();
    let first = clouds.next()?;
    let others: Vec<Unknown> = clouds.collect();
    let nowhere = |region: &String| others.iter().all(|cloud| cloud.contains_key(region));
    first
        .into_iter()
        .find_map(|(region, error)| nowhere(&region).then_some(error))
}

/// Reads everything a selection needs, to become a snapshot at `out`.
pub(crate) fn take(
    live: &Live,
    selection: impl Fn(Provider) -> Result<Selection, AppError>,
    out: &Path,
    watch: &Watch,
) -> Result<(Collected, Partial), AppError> {
    let plan = live.plan(selection, watch)?;
    let partial = Partial::create(out, &plan)?;
    let collected = live.collect(&plan, &partial, &[])?;
    Ok((collected, partial))
}
