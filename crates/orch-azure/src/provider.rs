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
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use crate::auth::{self, AzureOptions, Connected};
use crate::auth_error::{self, AzureAuthError};
use crate::call::{Caller, elements, link};
use crate::client::Client;
use crate::collect::{Lookup, Source, collectors, look};
use crate::error::Failure;
use crate::graph;
use crate::names;
use crate::node::{Malformed, Node};
use crate::select::{self, Kept};

const SUBSCRIPTIONS: Source = Source::get(
    "Microsoft.Resources/subscriptions/read",
    "/subscriptions",
    "2022-12-01",
);

/// Where there is something, in one question for all subscriptions.
const LOCATIONS: Source =
    graph::question("Resources | summarize count() by subscriptionId, location");

/// The same, where Resource Graph may not be asked.
const RESOURCES: Source = Source::get(
    "Microsoft.Resources/subscriptions/resources/read",
    "/subscriptions/{subscription}/resources",
    "2021-04-01",
);

/// Every request that is made before a collector runs.
#[cfg(test)]
pub(crate) const SOURCES: [Source; 3] = [SUBSCRIPTIONS, LOCATIONS, RESOURCES];

/// A subscription as Azure describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) id: Text,
    pub(crate) value: Value,
}

/// A list that several collectors look things up in.
type Shared = Arc<OnceCell<Arc<Lookup>>>;

/// What the collectors share.
#[derive(Debug)]
pub(crate) struct Azure {
    pub(crate) client: Client,
    pub(crate) subscriptions: Vec<Subscription>,
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
            lacking: None,
            named: AtomicBool::new(false),
            kept: Mutex::default(),
            shared: Mutex::default(),
            regions: Mutex::default(),
        }
    }

    /// The same where not all subscriptions are told.
    fn lacking(self, gap: Option<Gap>) -> Self {
        Self {
            lacking: gap,
            ..self
        }
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
        Self::with(connected, options.cloud.partition(), settings).await
    }

    /// A provider of what a stand-in says, without a look at the environment.
    #[cfg(test)]
    pub(crate) async fn to_stand_in(
        url: &str,
        settings: &CollectSettings,
    ) -> Result<Self, AzureAuthError> {
        let connected = auth::stand_in(url, &AzureOptions::default(), settings)?;
        Self::with(connected, "azure", settings).await
    }

    /// Asks which subscriptions there are.
    async fn with(
        connected: Connected,
        partition: &'static str,
        settings: &CollectSettings,
    ) -> Result<Self, AzureAuthError> {
        let connecting = Run::new(settings, CancellationToken::new(), None);
        let client = connected.client;
        let caller = Caller::discovery(&connecting, None);
        let (found, gap) = subscriptions(&client, &caller)
            .await
            .map_err(|failure| auth_error::explain(&failure, connected.from))?;
        if found.is_empty() {
            return Err(match gap {
                Some(gap) => AzureAuthError::Unreadable { gap },
                None => AzureAuthError::NoSubscription,
            });
        }
        let azure = Arc::new(Azure::new(client, found).lacking(gap));
        let collectors = collectors(&azure);
        Ok(Self {
            azure,
            partition,
            collectors,
            connecting,
        })
    }

    /// The scopes of all subscriptions for what has no location.
    pub fn accounts(&self) -> Vec<Scope> {
        let ids = self.azure.subscriptions.iter();
        ids.map(|subscription| self.global(&subscription.id))
            .collect()
    }

    fn global(&self, id: &Text) -> Scope {
        Scope::new(Provider::Azure, self.partition, id.clone(), GLOBAL_REGION)
    }
}

/// The subscriptions that the credentials see, and why they may not be all of them.
async fn subscriptions(
    client: &Client,
    caller: &Caller,
) -> Result<(Vec<Subscription>, Option<Gap>), Failure> {
    let operation = SUBSCRIPTIONS.operation;
    let mut ask = Some(SUBSCRIPTIONS.ask(client, "", ""));
    let mut pages = orch_collect::Pages::new(operation);
    let (mut found, mut gap): (Vec<Subscription>, Option<Gap>) = (Vec::new(), None);
    while let Some(asked) = ask.take() {
        let answer = caller.call(client, &asked, None, |_| 1).await?;
        if answer.empty {
            break;
        }
        let listed = elements(&answer.body)
            .ok_or_else(|| Failure::undecodable(operation, "value is no list"))?;
        for (place, one) in listed.iter().enumerate() {
            match subscription(one) {
                Ok(one) => found.extend(one),
                Err(Malformed(what)) => {
                    let what = format!("value[{place}].{what}");
                    gap.get_or_insert(Failure::undecodable(operation, what).gap());
                }
            }
        }
        // Those that were told are audited, even if nobody can tell what comes after them.
        let next = link(operation, &answer.body, "nextLink").and_then(|link| {
            let repeated = |error: CollectError| {
                Failure::new(operation, error.recorded().cause, "repeated link")
            };
            let link = pages.follow(link).map_err(repeated)?;
            link.map(|link| asked.follow(client, &link)).transpose()
        });
        match next {
            Ok(next) => ask = next,
            Err(failure) => {
                gap.get_or_insert(failure.gap());
            }
        }
    }
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found.dedup_by(|one, other| one.id == other.id);
    Ok((found, gap))
}

/// One subscription; none if it is being deleted, for then it holds nothing that can be read.
fn subscription(told: &Value) -> Result<Option<Subscription>, Malformed> {
    let one = Node::of(told);
    let id = one.required("subscriptionId")?;
    // It becomes a part of addresses.
    if !id
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    {
        return Err(one.bad("subscriptionId"));
    }
    if one.text("state")? == Some("Deleted") {
        return Ok(None);
    }
    Ok(Some(Subscription {
        id: Text::from(id.to_ascii_lowercase()),
        value: told.clone(),
    }))
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
        let selected = select::accounts(&self.accounts(), filter)?;
        let named = !filter.accounts.is_empty();
        self.azure.named.store(named, Ordering::Relaxed);
        let answer = self.azure.find_regions(run, &selected).await;
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
