//! Whether the manifest of a snapshot names everything that its files hold: it is what says how much should
//! have been read, so one that names less would hide what is missing.

use std::collections::BTreeSet;

use orch_model::{Dataset, Outcome, Reach, Resource, Scope};

use crate::layout::{Content, FileName, Manifest};
use crate::load::Parts;

/// Compares them.
///
/// # Errors
/// The first thing that a file holds and the manifest does not name.
pub(crate) fn agree(manifest: &Manifest, parts: &Parts) -> Result<(), String> {
    let datasets: BTreeSet<Dataset> = manifest
        .collectors
        .iter()
        .flat_map(|collector| collector.datasets.iter().copied())
        .collect();
    for entry in &manifest.files {
        // Points and billing lines of nobody's reading count as not collected, and no rule is asked of them.
        if let Content::Resources(kind) = entry.path.content
            && !datasets.contains(&Dataset::Kind(kind))
        {
            let file = entry.path;
            return Err(format!(
                "it lists `{file}`, but none of its collectors reads {kind}"
            ));
        }
    }
    let scopes: BTreeSet<&Scope> = manifest.scopes.iter().collect();
    let lacks = |scope: &Scope, content| {
        let file = FileName {
            content,
            compressed: false,
        };
        format!("its scopes lack `{scope}`, which `{file}` names")
    };
    // What the user left out was never to be read, and is not among the scopes and collectors.
    let made = parts
        .reads
        .iter()
        .filter(|read| !matches!(read.outcome, Outcome::Excluded(_)));
    for read in made {
        if !scopes.contains(&read.scope) {
            return Err(lacks(&read.scope, Content::Reads));
        }
        let named = |name: &str| manifest.collectors.iter().any(|known| known.name == name);
        if !named(&read.collector) {
            let collector = &read.collector;
            return Err(format!(
                "its collectors lack `{collector}`, of which `reads.jsonl` holds a read"
            ));
        }
    }
    // What reads a whole account finds things in regions too that were left out.
    let whole = |resource: &Resource| {
        scopes.contains(&resource.scope.global())
            && manifest.collectors.iter().any(|collector| {
                collector.reach == Reach::Global
                    && collector.datasets.contains(&Dataset::Kind(resource.kind()))
            })
    };
    // Neighbours mostly share their scope.
    let mut last = None;
    for resource in &parts.resources {
        let place = Some((resource.kind(), &resource.scope));
        if last != place && !scopes.contains(&resource.scope) && !whole(resource) {
            return Err(lacks(&resource.scope, Content::Resources(resource.kind())));
        }
        last = place;
    }
    Ok(())
}
