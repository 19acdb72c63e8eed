//! Google Cloud as the scheduler sees it: one set of credentials, its projects and its collectors.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use orch_collect::{
    CloudProvider, CollectSettings, Collector, DiscoverError, Discovery, Run, ScopeFilter,
};
use orch_model::kind::RegionStatus;
use orch_model::{GLOBAL_REGION, Gap, Provider, Scope, Text};

use tokio::sync::OnceCell;

use crate::auth::{self, GcpOptions};
use crate::auth_error::GcpAuthError;
use crate::client::Client;
use crate::collect::{Lines, collectors};
use crate::discover::{self, Projects};
use crate::page::Found;
use crate::regions;

pub(crate) use crate::discover::DISCOVERY;

/// What discovery found out about a project.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    /// As Resource Manager tells it; why it does not, where it was named by the user alone.
    pub(crate) told: Result<Found<discover::Told>, Gap>,
    /// Its regions; why not, where they were not told.
    pub(crate) regions: Result<Vec<RegionStatus>, Gap>,
}

/// What the collectors share.
#[derive(Debug)]
pub(crate) struct Gcp {
    pub(crate) client: Client,
    pub(crate) options: GcpOptions,
    /// What the user selected, kept from discovery.
    filter: Mutex<ScopeFilter>,
    projects: Mutex<Projects>,
    /// The billing lines of all projects, asked for once in a run, and why they may not be all.
    pub(crate) costs: OnceCell<Result<(Lines, Option<Gap>), Gap>>,
}

impl Gcp {
    pub(crate) fn new(client: Client, options: GcpOptions) -> Self {
        Self {
            client,
            options,
            filter: Mutex::default(),
            projects: Mutex::default(),
            costs: OnceCell::new(),
        }
    }

    /// Whether what lies in this region is to be kept.
    pub(crate) fn keeps(&self, region: &str) -> bool {
        let filter = locked(&self.filter);
        region == GLOBAL_REGION || left_out(&filter, region).is_none()
    }

    /// What discovery found out about a project.
    pub(crate) fn project(&self, id: &str) -> Option<Project> {
        locked(&self.projects).by_id.get(id).cloned()
    }

    /// The projects of the run.
    pub(crate) fn projects(&self) -> Vec<Text> {
        locked(&self.projects).by_id.keys().cloned().collect()
    }

    /// Why there may be more projects than are read.
    pub(crate) fn untold_projects(&self) -> Option<Gap> {
        locked(&self.projects).gap.clone()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The option that leaves a region out.
fn left_out(filter: &ScopeFilter, region: &str) -> Option<&'static str> {
    if filter.exclude_regions.iter().any(|left| left == region) {
        Some("--exclude-region")
    } else if !filter.regions.is_empty() && !filter.regions.iter().any(|only| only == region) {
        Some("--regions")
    } else {
        None
    }
}

/// Google Cloud, seen with one set of credentials.
pub struct GcpProvider {
    gcp: Arc<Gcp>,
    collectors: Vec<Box<dyn Collector>>,
}

impl std::fmt::Debug for GcpProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GcpProvider").finish_non_exhaustive()
    }
}

impl GcpProvider {
    /// Finds credentials and gets a first token with them. Nothing else is called.
    ///
    /// # Errors
    /// When there are no credentials or they do not hold; [`GcpAuthError::help`] says what to do.
    pub async fn connect(
        options: &GcpOptions,
        settings: &CollectSettings,
    ) -> Result<Self, GcpAuthError> {
        let client = auth::connect(options, settings).await?;
        Ok(Self::over(Gcp::new(client, options.clone())))
    }

    pub(crate) fn over(gcp: Gcp) -> Self {
        let gcp = Arc::new(gcp);
        Self {
            collectors: collectors(&gcp),
            gcp,
        }
    }
}

#[async_trait]
impl CloudProvider for GcpProvider {
    fn provider(&self) -> Provider {
        Provider::Gcp
    }

    fn collectors(&self) -> &[Box<dyn Collector>] {
        &self.collectors
    }

    async fn discover(&self, filter: &ScopeFilter, run: &Run) -> Result<Discovery, DiscoverError> {
        let own = auth::own_project(|name| std::env::var(name).ok());
        let projects = discover::projects(&self.gcp, own, filter, run).await?;
        let discovery = select(&projects.by_id, filter)?;
        *locked(&self.gcp.filter) = filter.clone();
        *locked(&self.gcp.projects) = projects;
        Ok(discovery)
    }
}

/// A project's scope for what has no region.
pub(crate) fn global(project: &str) -> Scope {
    Scope::new(Provider::Gcp, "gcp", project, GLOBAL_REGION)
}

/// Which regions of the projects to read, and why not the others.
fn select(
    projects: &BTreeMap<Text, Project>,
    filter: &ScopeFilter,
) -> Result<Discovery, DiscoverError> {
    let told = || {
        projects
            .values()
            .filter_map(|project| project.regions.as_ref().ok())
            .flatten()
            .map(|region| region.name.as_str())
    };
    for named in filter.regions.iter().chain(&filter.exclude_regions) {
        let known = regions::KNOWN.contains(&named.as_str()) && told().next().is_none();
        if !known && !told().any(|region| region == named) {
            return Err(unknown(named, told().chain(regions::KNOWN)));
        }
    }
    let mut discovery = Discovery::default();
    for (id, project) in projects {
        let global = global(id);
        discovery.scopes.push(global.clone());
        for region in project.regions.iter().flatten() {
            let scope = global.in_region(region.name.clone());
            let off = (!region.enabled).then_some("down");
            match left_out(filter, &region.name).or(off) {
                Some(why) => discovery.excluded.push((scope, Text::new_static(why))),
                None => discovery.scopes.push(scope),
            }
        }
    }
    // Only what is global would look like an audit that found nothing.
    if !discovery.excluded.is_empty() && discovery.scopes.len() == projects.len() {
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
        None if !filter.regions.is_empty() => "name other regions with --regions".to_owned(),
        None => "leave out fewer regions with --exclude-region".to_owned(),
    }
}

/// A region that there is not.
fn unknown<'a>(named: &str, known: impl Iterator<Item = &'a str> + Clone) -> DiscoverError {
    let help = match orch_collect::nearest(named, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let mut all: Vec<&str> = known.collect();
            all.sort_unstable();
            all.dedup();
            format!("the regions are {}", all.join(", "))
        }
    };
    DiscoverError::UnknownRegion {
        region: named.to_owned(),
        help,
    }
}

#[cfg(test)]
mod tests {
    use orch_model::Cause;

    use super::*;

    fn project(regions: Option<&[(&str, bool)]>) -> Project {
        let gap = || Gap::new(Cause::Disabled, "compute.regions.list SERVICE_DISABLED");
        let status = |(name, enabled): &(&str, bool)| RegionStatus {
            name: Text::new(name),
            enabled: *enabled,
        };
        Project {
            told: Err(gap()),
            regions: regions
                .map(|regions| regions.iter().map(status).collect())
                .ok_or_else(gap),
        }
    }

    fn two() -> BTreeMap<Text, Project> {
        let regions = [
            ("europe-west1", true),
            ("us-east1", true),
            ("us-west1", false),
        ];
        BTreeMap::from([
            ("p-1".into(), project(Some(&regions))),
            ("p-2".into(), project(None)),
        ])
    }

    fn filter(regions: &[&str], exclude: &[&str]) -> ScopeFilter {
        let texts = |names: &[&str]| names.iter().map(Text::new).collect();
        ScopeFilter {
            regions: texts(regions),
            exclude_regions: texts(exclude),
            ..ScopeFilter::default()
        }
    }

    fn texts(discovery: &Discovery) -> Vec<String> {
        discovery.scopes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_project_has_its_own_regions() {
        let discovery = select(&two(), &filter(&[], &[])).unwrap();
        assert_eq!(
            texts(&discovery),
            [
                "gcp:gcp:p-1:global",
                "gcp:gcp:p-1:europe-west1",
                "gcp:gcp:p-1:us-east1",
                "gcp:gcp:p-2:global"
            ]
        );
        assert_eq!(discovery.excluded[0].1, "down");
    }

    #[test]
    fn the_users_choice_is_kept_with_its_option() {
        let discovery = select(&two(), &filter(&["us-east1"], &[])).unwrap();
        assert_eq!(discovery.scopes.len(), 3);
        assert!(discovery.excluded.iter().all(|(_, why)| why == "--regions"));
        let discovery = select(&two(), &filter(&[], &["us-east1"])).unwrap();
        let why: Vec<&str> = discovery
            .excluded
            .iter()
            .map(|(_, why)| why.as_str())
            .collect();
        assert_eq!(why, ["--exclude-region", "down"]);
    }

    #[test]
    fn a_misspelt_region_is_an_error_with_its_neighbour() {
        let error = select(&two(), &filter(&["us-esat1"], &[])).unwrap_err();
        assert_eq!(error.help(), "did you mean `us-east1`?");
        // Where no project tells its regions, the published ones are known.
        let silent = BTreeMap::from([("p-2".into(), project(None))]);
        assert!(select(&silent, &filter(&["asia-east2"], &[])).is_ok());
        assert!(select(&silent, &filter(&["asia-esat2"], &[])).is_err());
    }

    #[test]
    fn without_a_region_left_there_is_nothing_to_audit() {
        let error = select(&two(), &filter(&["us-east1"], &["us-east1"])).unwrap_err();
        assert!(matches!(error, DiscoverError::NoRegion { .. }));
        let silent = BTreeMap::from([("p-2".into(), project(None))]);
        assert!(select(&silent, &filter(&[], &[])).is_ok());
    }
}
