//! Reads a cloud. The asynchronous half of the program lives and ends here.

use std::path::Path;
use std::sync::Arc;

use orch_collect::{
    CloudProvider, CollectSettings, Collected, Discovery, Estimated, Run, ScopeFilter, Selection,
};
use orch_model::{Provider, Read};
use orch_snapshot::{Partial, Plan};
use tokio::runtime::Runtime;

use crate::AppError;
use crate::options::Options;
use crate::watch::Watch;

/// A cloud that let us in, and its regions.
pub(crate) struct Live {
    runtime: Runtime,
    provider: Box<dyn CloudProvider>,
    discovery: Discovery,
    settings: Arc<CollectSettings>,
    run: Run,
}

impl Live {
    /// Connects and finds out which regions there are.
    pub(crate) fn connect(
        provider: Provider,
        options: &Options,
        settings: CollectSettings,
        watch: &Watch,
    ) -> Result<Self, AppError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| AppError::Internal(format!("no runtime: {error}")))?;
        let run = Run::new(&settings, watch.cancel.clone(), watch.events.clone());
        let filter = ScopeFilter {
            accounts: Vec::new(),
            regions: options.regions.clone().unwrap_or_default(),
            exclude_regions: options.exclude_regions.clone().unwrap_or_default(),
        };
        let (provider, discovery) = runtime.block_on(async {
            let found = async {
                let provider = connect(provider, options, &settings).await?;
                let discovery = provider.discover(&filter, &run).await?;
                Ok((provider, discovery))
            };
            tokio::select! {
                found = found => found,
                () = watch.cancel.cancelled() => Err(AppError::Stopped),
            }
        })?;
        Ok(Self {
            runtime,
            provider,
            discovery,
            settings: Arc::new(settings),
            run,
        })
    }

    /// What is to be read, where, and what of it is left out.
    pub(crate) fn plan(&self, selection: &Selection, watch: &Watch) -> Result<Plan, AppError> {
        let provider = self.provider.as_ref();
        Ok(orch_collect::plan(
            provider,
            &self.discovery,
            selection,
            watch.now,
            &self.settings,
        )?)
    }

    /// Whether a plan is of the account that let us in.
    pub(crate) fn is_account_of(&self, plan: &Plan) -> bool {
        match (plan.scopes.first(), self.discovery.scopes.first()) {
            (Some(planned), Some(found)) => planned.same_account(found),
            _ => false,
        }
    }

    /// Reads what the plan names and `done` does not.
    pub(crate) fn collect(
        &self,
        plan: &Plan,
        partial: &Partial,
        done: &[Read],
    ) -> Result<Collected, AppError> {
        let provider = self.provider.as_ref();
        let collected =
            orch_collect::collect(provider, plan, partial, done, &self.settings, &self.run);
        Ok(self.runtime.block_on(collected)?)
    }

    /// The collectors that others come after, without those that cost money.
    pub(crate) fn free_before_charged(&self) -> Result<Selection, AppError> {
        let specs = || {
            self.provider
                .collectors()
                .iter()
                .map(|collector| collector.spec())
        };
        let charged: Vec<&str> = specs()
            .filter(|spec| spec.is_charged())
            .map(|spec| spec.name)
            .collect();
        let needed = orch_collect::with_dependencies(self.provider.as_ref(), &charged)?;
        let free = specs().filter(|spec| !spec.is_charged() && needed.contains(spec.name));
        Ok(Selection::of(free.map(|spec| spec.name), "--plan"))
    }

    /// What the collectors of a plan would do.
    pub(crate) fn estimates(
        &self,
        wanted: &Plan,
        partial: &Partial,
    ) -> Result<Vec<Estimated>, AppError> {
        Ok(orch_collect::estimates(
            self.provider.as_ref(),
            wanted,
            partial,
            &self.settings,
        )?)
    }
}

/// Reads everything a selection needs, to become a snapshot at `out`.
pub(crate) fn take(
    live: &Live,
    selection: &Selection,
    out: &Path,
    watch: &Watch,
) -> Result<(Collected, Partial), AppError> {
    let plan = live.plan(selection, watch)?;
    let partial = Partial::create(out, &plan)?;
    let collected = live.collect(&plan, &partial, &[])?;
    Ok((collected, partial))
}

#[cfg(feature = "aws")]
async fn connect(
    provider: Provider,
    options: &Options,
    settings: &CollectSettings,
) -> Result<Box<dyn CloudProvider>, AppError> {
    use orch_collect::DiscoverError;

    use crate::Mistake;

    match provider {
        Provider::Aws => {
            let aws = orch_aws::AwsOptions {
                profile: options.profile.clone(),
                role: options.role.clone(),
                external_id: options.external_id.clone(),
                region_hint: options
                    .regions
                    .as_ref()
                    .and_then(|regions| regions.first())
                    .map(ToString::to_string),
            };
            let connected = orch_aws::AwsProvider::connect(&aws, settings).await;
            let connected = connected.map_err(|error| {
                // Nobody answered: that says nothing about the credentials.
                if let orch_aws::AwsAuthError::Unreachable { gap } = &error {
                    let (gap, help) = (gap.clone(), error.help());
                    return AppError::Discover(DiscoverError::Provider { gap, help });
                }
                let mistake = Mistake::new(error.to_string(), error.help());
                if error.is_usage() {
                    AppError::usage(mistake)
                } else {
                    AppError::Credentials(mistake)
                }
            })?;
            Ok(Box::new(connected))
        }
        other => Err(AppError::NotBuilt(other)),
    }
}

#[cfg(not(feature = "aws"))]
async fn connect(
    provider: Provider,
    _: &Options,
    _: &CollectSettings,
) -> Result<Box<dyn CloudProvider>, AppError> {
    Err(AppError::NotBuilt(provider))
}
