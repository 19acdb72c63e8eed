//! Which projects there are: those of an organisation or a folder, those that the credentials show, or
//! those that the user names; and the regions of each.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt as _;
use orch_collect::{CollectError, DiscoverError, Disposition, Run, ScopeFilter};
use orch_model::kind::RegionStatus;
use orch_model::{Cause, Gap, Text};
use serde::Deserialize;

use crate::call::{Ask, Caller};
use crate::not_chosen::{NotChosen, is_project, no_project};
use crate::operations::{Api, get};
use crate::page::{Found, Shape, Whole};
use crate::provider::{Gcp, Project, global};

pub(crate) const SEARCH: Api = get(
    "resourcemanager.projects.get",
    "cloudresourcemanager.googleapis.com/v3/projects:search",
);
const PROJECTS: Api = get(
    "resourcemanager.projects.list",
    "cloudresourcemanager.googleapis.com/v3/projects",
);
const FOLDERS: Api = get(
    "resourcemanager.folders.list",
    "cloudresourcemanager.googleapis.com/v3/folders",
);
const REGIONS: Api = get(
    "compute.regions.list",
    "compute.googleapis.com/compute/v1/projects/{project}/regions",
);

/// The calls of discovery.
pub(crate) const DISCOVERY: [Api; 4] = [SEARCH, PROJECTS, FOLDERS, REGIONS];

/// Calls of discovery that run at the same time.
const AT_ONCE: usize = 8;

/// A project as Resource Manager tells it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Told {
    pub(crate) project_id: Option<Text>,
    pub(crate) display_name: Option<Text>,
    state: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Folder {
    state: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Region {
    status: Option<Text>,
}

/// The projects to read, with what is known about each.
#[derive(Debug, Default)]
pub(crate) struct Projects {
    pub(crate) by_id: BTreeMap<Text, Project>,
    /// Why they may not be all, where the user named none.
    pub(crate) gap: Option<Gap>,
}

/// Finds the projects to read.
pub(crate) async fn projects(
    gcp: &Gcp,
    own: Option<Text>,
    filter: &ScopeFilter,
    run: &Run,
) -> Result<Projects, DiscoverError> {
    if let Some(odd) = filter.accounts.iter().find(|named| !is_project(named)) {
        return Err(no_project(odd));
    }
    let caller = Caller::discovery(&gcp.client, run, None);
    let options = &gcp.options;
    let parent = match (&options.organization, &options.folder) {
        (_, Some(folder)) => Some(inside("folders", folder)),
        (Some(organization), None) => Some(inside("organizations", organization)),
        (None, None) => None,
    };
    let whole = match &parent {
        Some(parent) => below(&caller, parent).await,
        None => {
            let ask = Ask::new(SEARCH)
                .query("query", "state:ACTIVE")
                .query("pageSize", "500");
            caller.all(ask, Shape::Items("projects"), None).await
        }
    }
    .map_err(|error| fatal(error.recorded()))?;
    if let Some(gap) = whole
        .gap
        .as_ref()
        .filter(|gap| gap.cause == Cause::Cancelled)
    {
        return Err(fatal(gap));
    }
    let selected = choose(&whole, own.filter(|_| parent.is_none()), filter)
        .map_err(|unknown| unknown.told(parent.as_deref(), gcp.client.is_instead()))?;
    let asked = selected.into_iter().map(|(id, told)| async {
        let regions = regions(gcp, run, &id).await?;
        Ok::<_, CollectError>((id, Project { told, regions }))
    });
    let mut answers = futures::stream::iter(asked).buffer_unordered(AT_ONCE);
    let mut projects = Projects {
        by_id: BTreeMap::new(),
        gap: whole.gap.filter(|_| filter.accounts.is_empty()),
    };
    while let Some(answer) = answers.next().await {
        let (id, project) = answer.map_err(|error| fatal(error.recorded()))?;
        projects.by_id.insert(id, project);
    }
    Ok(projects)
}

/// `folders/1` of `1` or `folders/1`.
fn inside(collection: &str, id: &str) -> String {
    let number = id.rsplit('/').next().unwrap_or(id);
    format!("{collection}/{number}")
}

/// The projects below an organisation or folder, at any depth.
async fn below(caller: &Caller, parent: &str) -> Result<Whole<Told>, CollectError> {
    let mut whole = Whole::default();
    let mut seen = BTreeSet::from([parent.to_owned()]);
    let mut level = vec![parent.to_owned()];
    while !level.is_empty() {
        let asked = level.into_iter().map(|parent| async move {
            let ask = |api| {
                Ask::new(api)
                    .query("parent", parent.as_str())
                    .query("pageSize", "300")
            };
            let projects = caller.all::<Told>(ask(PROJECTS), Shape::Items("projects"), None);
            let folders = caller.all::<Folder>(ask(FOLDERS), Shape::Items("folders"), None);
            Ok::<_, CollectError>((projects.await?, folders.await?))
        });
        let mut answers = futures::stream::iter(asked).buffer_unordered(AT_ONCE);
        let mut next = Vec::new();
        while let Some(answer) = answers.next().await {
            let (projects, folders) = answer?;
            whole.add(projects);
            whole.gap = whole.gap.take().or(folders.gap);
            for folder in folders.found {
                let name = folder.base.full_name().to_owned();
                if is_active(folder.own.state.as_deref()) && seen.insert(name.clone()) {
                    next.push(name);
                }
            }
        }
        level = next;
    }
    Ok(whole)
}

/// What is being deleted is left out.
fn is_active(state: Option<&str>) -> bool {
    state.is_none_or(|state| state == "ACTIVE")
}

/// The projects found, and of them those that the user named.
fn choose(
    whole: &Whole<Told>,
    own: Option<Text>,
    filter: &ScopeFilter,
) -> Result<BTreeMap<Text, Result<Found<Told>, Gap>>, NotChosen> {
    let mut visible: BTreeMap<Text, Found<Told>> = whole
        .found
        .iter()
        .filter(|found| is_active(found.own.state.as_deref()))
        .filter_map(|found| Some((found.own.project_id.clone()?, found.clone())))
        .collect();
    if filter.accounts.is_empty() {
        if visible.is_empty() {
            // Its own reads tell what the credentials see of it.
            return match (own, whole.gap.clone()) {
                (Some(own), gap) => {
                    let gap = gap.unwrap_or_else(|| Gap::new(Cause::Denied, SEARCH.permission));
                    Ok(BTreeMap::from([(own, Err(gap))]))
                }
                (None, Some(gap)) => Err(NotChosen::Untold(gap)),
                (None, None) if whole.found.is_empty() => Err(NotChosen::Nothing),
                (None, None) => Err(NotChosen::AllGone),
            };
        }
        let all = visible.into_iter().map(|(id, found)| (id, Ok(found)));
        return Ok(all.collect());
    }
    let mut chosen = BTreeMap::new();
    for named in &filter.accounts {
        let id = match visible.contains_key(named) || chosen.contains_key(named) {
            true => Some(named.clone()),
            false => visible
                .iter()
                .find(|(_, found)| found.base.name() == *named)
                .map(|(id, _)| id.clone()),
        };
        match (id, &whole.gap) {
            (Some(id), _) => {
                if let Some(found) = visible.remove(&id) {
                    chosen.insert(id, Ok(found));
                }
            }
            // Where not all projects are told, those that are named are taken at their word.
            (None, Some(gap)) => {
                chosen.insert(named.clone(), Err(gap.clone()));
            }
            (None, None) => {
                let all = visible.into_keys().chain(chosen.into_keys()).collect();
                return Err(NotChosen::Invisible(named.clone(), all));
            }
        }
    }
    Ok(chosen)
}

/// What ends an audit before it begins.
fn fatal(gap: &Gap) -> DiscoverError {
    if gap.cause == Cause::AuthExpired {
        DiscoverError::Credentials {
            what: gap.to_string(),
            help: "run `gcloud auth application-default login`, and run again".to_owned(),
        }
    } else {
        DiscoverError::Provider {
            gap: gap.clone(),
            help: "run again".to_owned(),
        }
    }
}

/// The regions of a project.
async fn regions(
    gcp: &Gcp,
    run: &Run,
    project: &str,
) -> Result<Result<Vec<RegionStatus>, Gap>, CollectError> {
    let caller = Caller::discovery(&gcp.client, run, Some(global(project)));
    let ask = Ask::new(REGIONS)
        .with("project", project)
        .query("maxResults", "500");
    let whole = match caller
        .all::<Region>(ask, Shape::Items("items"), Some(500))
        .await
    {
        Ok(whole) => whole,
        // A project whose key was withdrawn is one gap; who we are was confirmed by the list of projects.
        Err(error) if error.disposition() == Disposition::Abort => return Err(error),
        Err(error) => return Ok(Err(error.recorded().clone())),
    };
    if let Some(gap) = whole.gap {
        return match gap.cause {
            Cause::Cancelled => Err(CollectError::gap(gap)),
            _ => Ok(Err(gap)),
        };
    }
    let mut regions: Vec<RegionStatus> = whole
        .found
        .into_iter()
        .map(|found| RegionStatus {
            name: found.base.name(),
            enabled: found.own.status.as_deref() != Some("DOWN"),
        })
        .filter(|region| !region.name.is_empty())
        .collect();
    regions.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Ok(regions))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::page::Read;

    fn whole(gap: Option<Gap>) -> Whole<Told> {
        let project = |number: u32, id: &str, state: &str| json!({"name": format!("projects/{number}"), "projectId": id, "state": state});
        let page = json!({"projects": [
            project(1, "p-1", "ACTIVE"),
            project(2, "p-2", "ACTIVE"),
            project(3, "p-3", "DELETE_REQUESTED"),
        ]});
        let mut whole = Read::of("x", page, Shape::Items("projects")).decoded();
        whole.gap = gap;
        whole
    }

    fn named(accounts: &[&str]) -> ScopeFilter {
        ScopeFilter {
            accounts: accounts.iter().map(Text::new).collect(),
            ..ScopeFilter::default()
        }
    }

    fn ids(chosen: &BTreeMap<Text, Result<Found<Told>, Gap>>) -> Vec<&str> {
        chosen.keys().map(Text::as_str).collect()
    }

    #[test]
    fn projects_being_deleted_are_left_out() {
        let chosen = choose(&whole(None), None, &named(&[])).unwrap();
        assert_eq!(ids(&chosen), ["p-1", "p-2"]);
    }

    #[test]
    fn projects_are_named_by_id_or_number_and_must_be_visible() {
        let chosen = choose(&whole(None), None, &named(&["p-2", "1", "p-2"])).unwrap();
        assert_eq!(ids(&chosen), ["p-1", "p-2"]);
        let error = choose(&whole(None), None, &named(&["p-1", "p-9"])).unwrap_err();
        let error = error.told(None, false);
        assert_eq!(
            error.to_string(),
            "failed to select accounts: the credentials see no account `p-9`"
        );
        assert_eq!(error.help(), "the projects are p-1, p-2");
    }

    #[test]
    fn a_whole_list_without_a_project_to_read_is_no_refusal() {
        let none = Whole::<Told>::default();
        let error = choose(&none, None, &named(&[])).unwrap_err();
        assert_eq!(error, NotChosen::Nothing);
        let mut gone = whole(None);
        gone.found
            .retain(|found| found.own.state.as_deref() != Some("ACTIVE"));
        let error = choose(&gone, None, &named(&[])).unwrap_err();
        assert_eq!(error, NotChosen::AllGone);
        // The project that the environment names is asked for what it holds.
        let chosen = choose(&none, Some("p-8".into()), &named(&[])).unwrap();
        assert_eq!(ids(&chosen), ["p-8"]);
    }

    #[test]
    fn without_the_list_the_named_or_own_project_is_read() {
        let gap = || {
            Some(Gap::new(
                Cause::Disabled,
                "resourcemanager.projects.get SERVICE_DISABLED",
            ))
        };
        let none = || Whole {
            gap: gap(),
            ..Whole::default()
        };
        let chosen = choose(&none(), None, &named(&["p-9"])).unwrap();
        assert!(chosen["p-9"].is_err());
        let chosen = choose(&none(), Some("p-8".into()), &named(&[])).unwrap();
        assert_eq!(ids(&chosen), ["p-8"]);
        assert!(choose(&none(), None, &named(&[])).is_err());
        // A list that broke off names some projects only.
        let chosen = choose(&whole(gap()), None, &named(&["p-1", "p-7"])).unwrap();
        assert_eq!(ids(&chosen), ["p-1", "p-7"]);
    }
}
