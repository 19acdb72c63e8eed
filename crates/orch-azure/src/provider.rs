//! Azure as the scheduler sees it: one set of credentials, its subscriptions, their locations, and collectors.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use orch_collect::{
    Batch, CloudProvider, CollectError, CollectSettings, Collector, DiscoverError, Discovery, Run,
    ScopeFilter,
};
use orch_model::{Cause, GLOBAL_REGION, Gap, Provider, Resource, Scope, Text};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use crate::auth::{self, AzureOptions, Connected};
use crate::auth_error::{self, AzureAuthError};
use crate::call::Caller;
use crate::client::Client;
use crate::collect::{Lookup, Source, collectors, look};
use crate::error::Failure;
use crate::graph;
use crate::names;
use crate::node::{Malformed, Node};
use crate::select::{self, Kept};
use crate::subscriptions::{self, Found, Subscription};
#[cfg(test)]
use crate::subscriptions::{DESCENDANTS, SUBSCRIPTIONS};

/// Where there is something, in one question for all subscriptions.
const LOCATIONS: Source =
    graph::question("Resources | summarize count() by subscriptionId, location");

/// The same, where Resource Graph may not be asked.
const RESOURCES: Source = Source::get(
    "Microsoft.Resources/subscriptions/resources/read",
    "/subscriptions/{subscription}/resources",
    "2021-04-01",
);

/// Every request that is made before a collector runs, each with its path as the list of operations has it.
#[cfg(test)]
pub(crate) fn sources() -> [(String, Source); 4] {
    let group = format!("{}/{{group}}", names::GROUPS);
    [
        (SUBSCRIPTIONS.pattern(""), SUBSCRIPTIONS),
        (DESCENDANTS.pattern(&group), DESCENDANTS),
        (LOCATIONS.pattern(""), LOCATIONS),
        (RESOURCES.pattern(""), RESOURCES),
    ]
}

/// A list that several collectors look things up in.
type Shared = Arc<OnceCell<Arc<Lookup>>>;

/// What the collectors share.
#[derive(Debug)]
pub(crate) struct Azure {
    pub(crate) client: Client,
    pub(crate) subscriptions: Vec<Subscription>,
    /// Those of a management group that the credentials do not see.
    unseen: Vec<Text>,
    /// Why they may not be all.
    lacking: Option<Gap>,
    /// Whether the user named those that are read.
    named: AtomicBool,
    /// The locations that are read.
    kept: Mutex<Kept>,
    shared: Mutex<HashMap<(Text, &'static str), Shared>>,
    /// What discovery found, by subscription.
    regions: Mutex<BTreeMap<Text, BTreeSet<Text>>>,
}

impl Azure {
    pub(crate) fn new(client: Client, subscriptions: Vec<Subscription>) -> Self {
        Self {
            client,
            subscriptions,
            unseen: Vec::new(),
            lacking: None,
            named: AtomicBool::new(false),
            kept: Mutex::default(),
            shared: Mutex::default(),
            regions: Mutex::default(),
        }
    }

    /// What is to be read of what was found.
    fn of(client: Client, found: Found) -> Self {
        Self {
            unseen: found.unseen,
            lacking: found.gap,
            ..Self::new(client, found.subscriptions)
        }
    }

    /// Whether a subscription is told by its management group alone.
    pub(crate) fn is_unseen(&self, account: &str) -> bool {
        self.unseen.iter().any(|id| id == account)
    }

    /// Why subscriptions may be missing, where the user wants all of them.
    pub(crate) fn untold_subscriptions(&self) -> Option<&Gap> {
        let gap = self.lacking.as_ref();
        gap.filter(|_| !self.named.load(Ordering::Relaxed))
    }

    /// Hands a resource over, unless the user left its location out.
    pub(crate) fn push(&self, resource: Resource, out: &mut Batch) {
        let left_out = locked(&self.kept).left_out(&resource.scope.region);
        if left_out.is_none() {
            out.push(resource);
        }
    }

    /// A list that several collectors look things up in, read once in a run.
    ///
    /// # Errors
    /// When the credentials do not hold any longer.
    pub(crate) async fn shared(
        &self,
        caller: &Caller,
        account: &str,
        source: &Source,
    ) -> Result<Arc<Lookup>, CollectError> {
        let cell = locked(&self.shared)
            .entry((Text::new(account), source.path))
            .or_default()
            .clone();
        let read = async || {
            look(&self.client, caller, account, source)
                .await
                .map(Arc::new)
        };
        cell.get_or_try_init(read).await.cloned()
    }

    /// Finds out where the subscriptions have resources.
    async fn find_regions(&self, run: &Run, scopes: &[Scope]) -> Result<(), Failure> {
        // A question about no subscription would be one about all of them.
        if scopes.is_empty() {
            return Ok(());
        }
        let caller = Caller::discovery(run, None);
        let found = match self.ask_graph(&caller, scopes).await {
            Ok(found) => found,
            Err(failure) if failure.cause == Cause::AuthExpired => return Err(failure),
            Err(failure) => {
                tracing::debug!("no answer of Resource Graph: {failure}");
                self.ask_lists(run, scopes).await?
            }
        };
        locked(&self.regions).extend(found);
        Ok(())
    }

    async fn ask_graph(
        &self,
        caller: &Caller,
        scopes: &[Scope],
    ) -> Result<BTreeMap<Text, BTreeSet<Text>>, Failure> {
        let ids: Vec<&str> = scopes.iter().map(|scope| scope.account.as_str()).collect();
        // A subscription without resources is in no row.
        let mut found: BTreeMap<Text, BTreeSet<Text>> = ids
            .iter()
            .map(|id| (Text::new(id), BTreeSet::new()))
            .collect();
        let (rows, failure) = graph::rows(&self.client, caller, &ids, &LOCATIONS).await;
        if let Some(failure) = failure {
            return Err(failure);
        }
        for row in &rows {
            let row = Node::of(row);
            let of = |member| {
                let undecodable =
                    |Malformed(place)| Failure::undecodable(LOCATIONS.operation, place);
                row.text(member).map_err(undecodable)
            };
            let id = of("subscriptionId")?
                .unwrap_or_default()
                .to_ascii_lowercase();
            if let Some(regions) = found.get_mut(id.as_str()) {
                regions.extend(of("location")?.map(names::region));
            }
        }
        Ok(found)
    }

    /// The locations from the lists of resources; a subscription whose list cannot be read is left out.
    async fn ask_lists(
        &self,
        run: &Run,
        scopes: &[Scope],
    ) -> Result<BTreeMap<Text, BTreeSet<Text>>, Failure> {
        let mut found = BTreeMap::new();
        for scope in scopes {
            let caller = Caller::discovery(run, Some(scope.clone()));
            let lookup = look(&self.client, &caller, &scope.account, &RESOURCES).await;
            let lookup = lookup.map_err(|error| {
                let gap = error.recorded();
                Failure::new(RESOURCES.operation, gap.cause, gap.detail.clone())
            })?;
            if let Some(regions) = lookup.texts("location") {
                let regions = regions.map(names::region).collect();
                found.insert(scope.account.clone(), regions);
            }
        }
        Ok(found)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Azure, seen with one set of credentials.
pub struct AzureProvider {
    azure: Arc<Azure>,
    partition: &'static str,
    /// The management group whose subscriptions are read; without one all that are seen.
    group: Option<String>,
    collectors: Vec<Box<dyn Collector>>,
    /// The calls made to connect, until a run takes them over.
    connecting: Run,
}

impl std::fmt::Debug for AzureProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AzureProvider")
            .field("partition", &self.partition)
            .finish_non_exhaustive()
    }
}

impl AzureProvider {
    /// Finds credentials and asks which subscriptions they see. Nothing else is called.
    ///
    /// # Errors
    /// When there are no credentials or they do not hold; [`AzureAuthError::help`] says what to do.
    pub async fn connect(
        options: &AzureOptions,
        settings: &CollectSettings,
    ) -> Result<Self, AzureAuthError> {
        let connected = auth::connect(options, settings).await?;
        Self::with(connected, options, settings).await
    }

    /// A provider of what a stand-in says, without a look at the environment.
    #[cfg(test)]
    pub(crate) async fn to_stand_in(
        url: &str,
        options: &AzureOptions,
        settings: &CollectSettings,
    ) -> Result<Self, AzureAuthError> {
        let connected = auth::stand_in(url, options, settings)?;
        Self::with(connected, options, settings).await
    }

    /// Asks which subscriptions there are.
    async fn with(
        connected: Connected,
        options: &AzureOptions,
        settings: &CollectSettings,
    ) -> Result<Self, AzureAuthError> {
        let connecting = Run::new(settings, CancellationToken::new(), None);
        let client = connected.client;
        let caller = Caller::discovery(&connecting, None);
        let mut found = subscriptions::visible(&client, &caller)
            .await
            .map_err(|failure| auth_error::explain(&failure, connected.from))?;
        if found.subscriptions.is_empty() {
            return Err(match found.gap {
                Some(gap) => AzureAuthError::Unreadable { gap },
                None => AzureAuthError::NoSubscription,
            });
        }
        if let Some(group) = &options.management_group {
            let held = subscriptions::held(&client, &caller, group)
                .await
                .map_err(|failure| auth_error::explain_group(&failure, group, connected.from))?;
            found = found.within(held, group)?;
        }
        let azure = Arc::new(Azure::of(client, found));
        let collectors = collectors(&azure);
        Ok(Self {
            azure,
            partition: options.cloud.partition(),
            group: options.management_group.clone(),
            collectors,
            connecting,
        })
    }

    /// The scopes of all subscriptions for what has no location. What a management group holds is one of them,
    /// also where the credentials do not see it: then every read there says that it was refused.
    pub fn accounts(&self) -> Vec<Scope> {
        let seen = self.azure.subscriptions.iter().map(|one| &one.id);
        let mut scopes: Vec<Scope> = seen
            .chain(&self.azure.unseen)
            .map(|id| self.global(id))
            .collect();
        scopes.sort_unstable();
        scopes
    }

    fn global(&self, id: &Text) -> Scope {
        Scope::new(Provider::Azure, self.partition, id.clone(), GLOBAL_REGION)
    }
}

#[async_trait]
impl CloudProvider for AzureProvider {
    fn provider(&self) -> Provider {
        Provider::Azure
    }

    fn collectors(&self) -> &[Box<dyn Collector>] {
        &self.collectors
    }

    async fn discover(&self, filter: &ScopeFilter, run: &Run) -> Result<Discovery, DiscoverError> {
        for call in self.connecting.calls() {
            run.record(call);
        }
        let group = self.group.as_deref();
        let selected = select::accounts(&self.accounts(), group, filter)?;
        let is_seen = |scope: &&Scope| !self.azure.is_unseen(&scope.account);
        let seen: Vec<Scope> = selected.iter().filter(is_seen).cloned().collect();
        let named = !filter.accounts.is_empty();
        self.azure.named.store(named, Ordering::Relaxed);
        let answer = self.azure.find_regions(run, &seen).await;
        answer.map_err(|failure| DiscoverError::Credentials {
            what: failure.gap().to_string(),
            help: "sign in again, for example with `az login`, and run again".to_owned(),
        })?;
        if run.cancel().is_cancelled() {
            return Err(DiscoverError::Provider {
                gap: Gap::new(Cause::Cancelled, ""),
                help: "run again".to_owned(),
            });
        }
        let known = locked(&self.azure.regions).clone();
        let (discovery, kept) = select::regions(&selected, &known, self.partition, filter)?;
        *locked(&self.azure.kept) = kept;
        Ok(discovery)
    }
}
