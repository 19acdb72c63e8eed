//! Who has a task in the plan of a request without being chosen by its words.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::Library;
use crate::analysis::{Analysis, is_cloud};
use crate::pattern::{CLOUD, ORCHESTRATOR};
use crate::plan::draft::left_out;

/// A specialist that the words do not choose, and that has a task of the pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Beside {
    /// Its id.
    pub id: String,
    /// Its tasks, and which of them cannot be left out.
    pub reasons: Vec<String>,
}

/// Those of an analysis, by id. `taking_part` are those whose own tasks are in the plan because they were asked for.
pub(crate) fn besides(
    library: &Library,
    analysis: &Analysis,
    taking_part: &BTreeSet<String>,
) -> Vec<Beside> {
    let pattern = analysis.pattern.as_ref();
    let Some(pattern) = pattern.and_then(|id| library.patterns.get(id)) else {
        return Vec::new();
    };
    let chosen: BTreeSet<&str> = analysis
        .specialists
        .iter()
        .map(|one| one.id.as_str())
        .collect();
    let ruled_out: BTreeSet<String> = analysis.ruled_out.iter().cloned().collect();
    let has_cloud = chosen.iter().any(|id| is_cloud(library, id));
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for task in pattern.tasks() {
        let owner = task.owner.as_str();
        let is_other = [CLOUD, ORCHESTRATOR].contains(&owner)
            || chosen.contains(owner)
            || ruled_out.contains(owner);
        if is_other || left_out(task, has_cloud, taking_part, &ruled_out).is_some() {
            continue;
        }
        let reason = match &task.cannot_skip {
            Some(item) => format!("`{item}` cannot be left out"),
            None => format!("`{}` is a task of the pattern", task.title),
        };
        found.entry(owner.to_owned()).or_default().push(reason);
    }
    let found = found.into_iter();
    found.map(|(id, reasons)| Beside { id, reasons }).collect()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::analyse;
    use crate::plan::{Ask, propose};

    #[test]
    fn whoever_has_a_task_of_the_plan_is_named() {
        let library = Library::built_in().unwrap();
        let limits = BTreeMap::new();
        let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let mut patterns = BTreeSet::new();
        for request in [
            "lift and shift 40 VMs from on-prem vmware to aws",
            "migrate our on-prem shop to GKE with Terraform and GitHub Actions by March",
            "migrate our on-prem shop to Azure, without terraform",
            "set up a k8s cluster on AWS w/ CI",
            "build new prod env on aws from nothing, no kubernetes pls",
            "run the shop on aws and azure at the same time, active/active",
            "modernize our legacy monolith on aws with managed databases and security",
        ] {
            let analysis = analyse(&library, request);
            let ask = Ask {
                request,
                name: None,
                pattern: None,
                clouds: &[],
                start: day,
                target: None,
                today: day,
                limits: &limits,
                run: None,
            };
            let project = propose(&library, &ask).unwrap();
            let owners = project.tasks.iter().map(|task| task.owner.as_str());
            let owners: BTreeSet<&str> = owners.filter(|owner| *owner != ORCHESTRATOR).collect();
            let chosen = analysis.specialists.iter().map(|one| one.id.as_str());
            let besides = analysis.besides.iter().map(|one| one.id.as_str());
            let besides: BTreeSet<&str> = besides.collect();
            assert!(besides.is_subset(&owners), "{request}: {besides:?}");
            let told: BTreeSet<&str> = chosen.chain(besides).collect();
            assert!(owners.is_subset(&told), "{request}: {owners:?}");
            patterns.extend(analysis.pattern);
        }
        assert_eq!(patterns.len(), 5, "{patterns:?}");
        let analysis = analyse(&library, "lift and shift 40 VMs from on-prem vmware to aws");
        let besides: Vec<&str> = analysis.besides.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(besides, ["cicd", "terraform"]);
        assert_eq!(
            analysis.besides[1].reasons,
            ["`infrastructure as code` cannot be left out"]
        );
        assert!(
            analyse(&library, "one ALB on aws returns 502s")
                .besides
                .is_empty()
        );
    }
}
