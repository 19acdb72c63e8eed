//! AWS as the scheduler sees it: one set of credentials, its regions and its collectors.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_ec2::types::Region;
use futures::future::join_all;
use orch_collect::{
    CloudProvider, CollectError, CollectSettings, Collector, DiscoverError, Discovery, Run,
    ScopeFilter,
};
use orch_model::kind::RegionStatus;
use orch_model::{Cause, GLOBAL_REGION, Gap, Provider, Scope, Text};
use tokio_util::sync::CancellationToken;

use crate::auth::{self, AwsOptions};
use crate::auth_error::AwsAuthError;
use crate::call::Caller;
use crate::client::Clients;
use crate::collect::{Blocks, collectors};
use crate::error::Failure;
use crate::regions::{self, Partition};

/// The call that lists regions.
pub(crate) const DESCRIBE_REGIONS: &str = "ec2:DescribeRegions";

/// What the collectors share.
#[derive(Debug)]
pub(crate) struct Aws {
    pub(crate) clients: Clients,
    /// The region that is asked what does not depend on a region.
    home: String,
    /// What discovery found, for the collector of the account.
    regions: Mutex<Option<Result<Vec<RegionStatus>, Gap>>>,
    /// How regions keep the internet out, for the collectors of networks and subnets.
    pub(crate) blocks: Blocks,
}

impl Aws {
    pub(crate) fn new(clients: Clients, home: String) -> Self {
        Self {
            clients,
            home,
            regions: Mutex::new(None),
            blocks: Blocks::default(),
        }
    }

    /// The regions with the account's standing in each, asked for once in a run.
    pub(crate) async fn regions(&self, caller: &Caller) -> Result<Vec<RegionStatus>, CollectError> {
        if let Some(known) = self.known() {
            return known.map_err(CollectError::gap);
        }
        let answer = self.ask(caller).await;
        let known = match &answer {
            Ok(regions) => Ok(regions.clone()),
            Err(failure) => Err(failure.gap()),
        };
        *self.regions.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
        answer.map_err(CollectError::from)
    }

    fn known(&self) -> Option<Result<Vec<RegionStatus>, Gap>> {
        self.regions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether a region takes the account's credentials. One that it has not opted into takes nobody's; every other answer,
    /// a refusal too, comes after that.
    async fn is_enabled(&self, caller: &Caller, region: &str) -> bool {
        let request = self.clients.ec2(region).describe_regions().send();
        let answer = caller.call(DESCRIBE_REGIONS, request, |answer| answer.regions().len());
        match answer.await {
            Ok(_) => true,
            Err(failure) => failure.gap().cause != Cause::Disabled,
        }
    }

    async fn ask(&self, caller: &Caller) -> Result<Vec<RegionStatus>, Failure> {
        let client = self.clients.ec2(&self.home);
        let request = client.describe_regions().all_regions(true).send();
        let answer = caller
            .call(DESCRIBE_REGIONS, request, |answer| answer.regions().len())
            .await?;
        let mut regions: Vec<RegionStatus> = answer.regions().iter().filter_map(status).collect();
        regions.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(regions)
    }
}

/// One region of the list.
fn status(region: &Region) -> Option<RegionStatus> {
    let name = Text::new(region.region_name()?);
    // An answer without the status lists only what is enabled.
    let enabled = region
        .opt_in_status()
        .is_none_or(|status| status != "not-opted-in");
    Some(RegionStatus { name, enabled })
}

/// AWS, seen with one set of credentials.
pub struct AwsProvider {
    aws: Arc<Aws>,
    global: Scope,
    collectors: Vec<Box<dyn Collector>>,
    /// The calls made to connect, until a run takes them over.
    connecting: Run,
}

impl std::fmt::Debug for AwsProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AwsProvider")
            .field("global", &self.global)
            .finish_non_exhaustive()
    }
}

impl AwsProvider {
    /// Finds credentials and asks STS whose they are. Nothing else is called.
    ///
    /// # Errors
    /// When there are no credentials or they do not hold; [`AwsAuthError::help`] says what to do.
    pub async fn connect(
        options: &AwsOptions,
        settings: &CollectSettings,
    ) -> Result<Self, AwsAuthError> {
        let connecting = Run::new(settings, CancellationToken::new(), None);
        let (config, identity) = auth::connect(options, settings, &connecting).await?;
        let home = config.region().map_or_else(
            || regions::partition(&identity.partition).home.to_owned(),
            |region| region.as_ref().to_owned(),
        );
        let aws = Arc::new(Aws::new(Clients::new(config), home));
        let global = Scope::new(
            Provider::Aws,
            identity.partition,
            identity.account,
            GLOBAL_REGION,
        );
        let collectors = collectors(&aws);
        Ok(Self {
            aws,
            global,
            collectors,
            connecting,
        })
    }

    /// The account's scope for what has no region.
    pub fn account(&self) -> &Scope {
        &self.global
    }

    /// Regions that could not be listed: whether the account has one that it may lack is asked of the region itself. One
    /// that the user named is read in any case.
    async fn tried(
        &self,
        known: Vec<RegionStatus>,
        filter: &ScopeFilter,
        run: &Run,
    ) -> Vec<RegionStatus> {
        let is_asked = |region: &RegionStatus| {
            !region.enabled
                && filter.regions.is_empty()
                && !filter.exclude_regions.contains(&region.name)
        };
        let tries = known.into_iter().map(|mut region| async move {
            if is_asked(&region) {
                let scope = self.global.in_region(region.name.clone());
                let caller = Caller::discovery(run, Some(scope));
                region.enabled = self.aws.is_enabled(&caller, &region.name).await;
            } else {
                region.enabled |= filter.regions.contains(&region.name);
            }
            region
        });
        join_all(tries).await
    }
}

#[async_trait]
impl CloudProvider for AwsProvider {
    fn provider(&self) -> Provider {
        Provider::Aws
    }

    fn collectors(&self) -> &[Box<dyn Collector>] {
        &self.collectors
    }

    fn home_region(&self) -> Option<&str> {
        Some(&self.aws.home)
    }

    async fn discover(&self, filter: &ScopeFilter, run: &Run) -> Result<Discovery, DiscoverError> {
        for call in self.connecting.calls() {
            run.record(call);
        }
        own_account(&self.global, filter)?;
        let caller = Caller::discovery(run, Some(self.global.clone()));
        let known = match self.aws.regions(&caller).await {
            Ok(regions) => regions,
            Err(error) => {
                let known = stand_in(error.recorded(), &self.global.partition)?;
                self.tried(known, filter, run).await
            }
        };
        select(&self.global, &known, filter)
    }
}

/// Whether the account that the credentials are of is among those asked for; they see no other.
fn own_account(global: &Scope, filter: &ScopeFilter) -> Result<(), DiscoverError> {
    let own = &global.account;
    match filter.accounts.iter().find(|account| *account != own) {
        Some(other) => Err(DiscoverError::UnknownAccount {
            account: other.to_string(),
            help: format!("the credentials are of {own}; take on a role of the other with --role"),
        }),
        None => Ok(()),
    }
}

/// The regions to go on with when they could not be listed; the collector of the account keeps the gap.
fn stand_in(gap: &Gap, partition: &str) -> Result<Vec<RegionStatus>, DiscoverError> {
    match gap.cause {
        Cause::AuthExpired => Err(DiscoverError::Credentials {
            what: gap.to_string(),
            help: "get new credentials and run again".to_owned(),
        }),
        Cause::Cancelled => Err(DiscoverError::Provider {
            gap: gap.clone(),
            help: "run again".to_owned(),
        }),
        _ => Ok(built_in(regions::partition(partition))),
    }
}

/// The partition's regions; enabled are those that every account has.
fn built_in(partition: &Partition) -> Vec<RegionStatus> {
    let always = partition.always.iter().map(|name| (*name, true));
    let opt_in = partition.opt_in.iter().map(|name| (*name, false));
    always
        .chain(opt_in)
        .map(|(name, enabled)| RegionStatus {
            name: Text::new_static(name),
            enabled,
        })
        .collect()
}

/// Which regions to read, and why not the others.
fn select(
    global: &Scope,
    known: &[RegionStatus],
    filter: &ScopeFilter,
) -> Result<Discovery, DiscoverError> {
    let by_name: BTreeMap<&str, bool> = known
        .iter()
        .map(|region| (region.name.as_str(), region.enabled))
        .collect();
    for named in filter.regions.iter().chain(&filter.exclude_regions) {
        if !by_name.contains_key(named.as_str()) {
            return Err(unknown(named, by_name.keys().copied()));
        }
    }
    let mut discovery = Discovery {
        scopes: vec![global.clone()],
        excluded: Vec::new(),
    };
    for (name, enabled) in by_name {
        let scope = global.in_region(name);
        let why = if filter.exclude_regions.iter().any(|region| region == name) {
            Some("--exclude-region")
        } else if !filter.regions.is_empty() && !filter.regions.iter().any(|region| region == name)
        {
            Some("--regions")
        } else if !enabled {
            Some("not opted in")
        } else {
            None
        };
        match why {
            Some(why) => discovery.excluded.push((scope, Text::new_static(why))),
            None => discovery.scopes.push(scope),
        }
    }
    // The account's global scope alone would look like an audit that found nothing.
    if discovery.scopes.len() == 1 {
        return Err(DiscoverError::NoRegion {
            help: none_left(filter),
        });
    }
    Ok(discovery)
}

/// What to do where every region is left out.
fn none_left(filter: &ScopeFilter) -> String {
    let both = |region: &&Text| filter.exclude_regions.contains(region);
    match filter.regions.iter().find(both) {
        Some(region) => {
            format!("take `{region}` out of --exclude-region, or name others with --regions")
        }
        None if !filter.regions.is_empty() => {
            "enable the region for the account, or name others with --regions".to_owned()
        }
        None => "leave out fewer regions with --exclude-region".to_owned(),
    }
}

/// A region that there is not.
fn unknown<'a>(named: &str, known: impl Iterator<Item = &'a str> + Clone) -> DiscoverError {
    let help = match orch_collect::nearest(named, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the regions are {}", known.collect::<Vec<_>>().join(", ")),
    };
    DiscoverError::UnknownRegion {
        region: named.to_owned(),
        help,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn global() -> Scope {
        Scope::new(Provider::Aws, "aws", "123456789012", GLOBAL_REGION)
    }

    fn known() -> Vec<RegionStatus> {
        [
            ("us-east-1", true),
            ("eu-west-1", true),
            ("ap-east-1", false),
        ]
        .map(|(name, enabled)| RegionStatus {
            name: name.into(),
            enabled,
        })
        .to_vec()
    }

    fn filter(regions: &[&str], exclude: &[&str]) -> ScopeFilter {
        let texts = |names: &[&str]| names.iter().map(Text::new).collect();
        ScopeFilter {
            accounts: Vec::new(),
            regions: texts(regions),
            exclude_regions: texts(exclude),
        }
    }

    fn regions_of(discovery: &Discovery) -> Vec<&str> {
        discovery
            .scopes
            .iter()
            .map(|scope| scope.region.as_str())
            .collect()
    }

    #[test]
    fn regions_not_opted_in_are_named_as_such() {
        let discovery = select(&global(), &known(), &filter(&[], &[])).unwrap();
        assert_eq!(regions_of(&discovery), ["global", "eu-west-1", "us-east-1"]);
        assert_eq!(
            discovery.excluded,
            [(global().in_region("ap-east-1"), "not opted in".into())]
        );
    }

    #[test]
    fn the_users_choice_is_kept_with_its_option() {
        let discovery = select(&global(), &known(), &filter(&["us-east-1"], &[])).unwrap();
        assert_eq!(regions_of(&discovery), ["global", "us-east-1"]);
        let why: Vec<&str> = discovery
            .excluded
            .iter()
            .map(|(_, why)| why.as_str())
            .collect();
        assert_eq!(why, ["--regions", "--regions"]);
        let discovery = select(&global(), &known(), &filter(&[], &["us-east-1"])).unwrap();
        assert_eq!(discovery.excluded[1].1, "--exclude-region");
    }

    #[test]
    fn without_a_region_left_there_is_nothing_to_audit() {
        let none = |regions: &[&str], exclude: &[&str]| {
            let error = select(&global(), &known(), &filter(regions, exclude)).unwrap_err();
            assert_eq!(
                error.to_string(),
                "failed to select regions: no region is left to audit"
            );
            error.help().to_owned()
        };
        assert_eq!(
            none(&["us-east-1"], &["us-east-1"]),
            "take `us-east-1` out of --exclude-region, or name others with --regions"
        );
        assert_eq!(
            none(&["ap-east-1"], &[]),
            "enable the region for the account, or name others with --regions"
        );
        assert_eq!(
            none(&[], &["us-east-1", "eu-west-1"]),
            "leave out fewer regions with --exclude-region"
        );
    }

    #[test]
    fn a_misspelt_region_is_an_error_with_its_neighbour() {
        let error = select(&global(), &known(), &filter(&["us-esat-1"], &[])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to select regions: there is no region `us-esat-1`"
        );
        assert_eq!(error.help(), "did you mean `us-east-1`?");
    }

    #[test]
    fn an_account_that_the_credentials_are_not_of_is_refused() {
        let filter = |accounts: &[&str]| ScopeFilter {
            accounts: accounts.iter().map(Text::new).collect(),
            ..ScopeFilter::default()
        };
        assert!(own_account(&global(), &filter(&[])).is_ok());
        assert!(own_account(&global(), &filter(&[global().account.as_str()])).is_ok());
        let error = own_account(&global(), &filter(&["999988887777"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to select accounts: the credentials see no account `999988887777`"
        );
        assert!(error.help().contains("--role"));
    }

    #[test]
    fn without_the_list_every_region_that_all_accounts_have_is_read() {
        let denied = Gap::new(Cause::Denied, "ec2:DescribeRegions UnauthorizedOperation");
        let regions = stand_in(&denied, "aws").unwrap();
        assert_eq!(regions.iter().filter(|region| region.enabled).count(), 17);
        let expired = Gap::new(Cause::AuthExpired, "ec2:DescribeRegions ExpiredToken");
        assert!(stand_in(&expired, "aws").is_err());
    }

    #[test]
    fn a_region_without_a_status_is_enabled() {
        let region = |status: Option<&str>| {
            let region = Region::builder()
                .region_name("x")
                .set_opt_in_status(status.map(Into::into));
            super::status(&region.build()).unwrap().enabled
        };
        assert_eq!(
            [
                None,
                Some("opted-in"),
                Some("opt-in-not-required"),
                Some("not-opted-in")
            ]
            .map(region),
            [true, true, true, false]
        );
    }
}
