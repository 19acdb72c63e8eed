//! Large inventories, made by multiplying a small one.

use std::collections::BTreeSet;
use std::sync::Arc;

use orch_model::{Digest, Kind, Resource, Series, Snapshot, Uid};

/// Kinds of which an account does not have more when it grows.
const SINGLE: [Kind; 2] = [Kind::CloudAccount, Kind::ComputeInstanceType];

/// A snapshot of at least `resources` resources, made of copies of `base` that only refer to themselves.
/// The first copy is `base`.
///
/// # Panics
/// When `base` has nothing to copy, or a copy cannot be read back: both are errors of the test.
pub fn multiply(base: &Snapshot, resources: usize) -> Snapshot {
    let (single, many): (Vec<&Resource>, Vec<&Resource>) = base
        .resources
        .iter()
        .partition(|resource| SINGLE.contains(&resource.kind()));
    assert!(!many.is_empty(), "a snapshot to multiply has resources");
    let copies = resources
        .saturating_sub(single.len())
        .div_ceil(many.len())
        .max(1);
    let uids: BTreeSet<&str> = many.iter().map(|resource| resource.uid.as_str()).collect();
    let templates: Vec<Template> = many
        .iter()
        .map(|resource| Template::of(resource, &uids))
        .collect();

    let mut snapshot = base.clone();
    snapshot
        .resources
        .reserve_exact(templates.len() * (copies - 1));
    snapshot
        .series
        .reserve_exact(base.series.len() * (copies - 1));
    for copy in 1..copies {
        let suffix = suffix(copy);
        snapshot
            .resources
            .extend(templates.iter().map(|template| template.copy(&suffix)));
        for digest in &base.series {
            let uid = Uid::new(format!("{}{suffix}", digest.uid));
            snapshot.series.push(Digest {
                uid,
                ..digest.clone()
            });
        }
    }
    snapshot.resources.sort_by(|a, b| a.uid.cmp(&b.uid));
    snapshot
        .series
        .sort_by(|a, b| (&a.uid, a.metric, a.statistic).cmp(&(&b.uid, b.metric, b.statistic)));
    snapshot
}

/// The points of a snapshot that [`multiply`] made of `copies` copies.
pub fn multiply_series(base: &[Series], copies: usize) -> impl Iterator<Item = Series> {
    let base: Arc<[Series]> = base.into();
    (0..copies).flat_map(move |copy| {
        let (base, suffix) = (Arc::clone(&base), suffix(copy));
        (0..base.len()).map(move |place| {
            let series = &base[place];
            Series {
                uid: Uid::new(format!("{}{suffix}", series.uid)),
                ..series.clone()
            }
        })
    })
}

/// What tells a copy's uids from those of the base.
fn suffix(copy: usize) -> String {
    if copy == 0 {
        String::new()
    } else {
        format!("-{copy:05}")
    }
}

/// A resource as JSON, cut behind every uid in it.
struct Template(Vec<String>);

impl Template {
    fn of(resource: &Resource, uids: &BTreeSet<&str>) -> Self {
        let text = serde_json::to_string(resource).unwrap_or_default();
        let mut parts = vec![String::new()];
        // A uid is always a whole string, so its closing quote is the place of the suffix.
        for piece in text.split_inclusive('"') {
            let inner = piece.strip_suffix('"').unwrap_or(piece);
            if let Some(part) = parts.last_mut() {
                part.push_str(inner);
            }
            if uids.contains(inner) {
                parts.push(String::new());
            }
            if let Some(part) = parts.last_mut().filter(|_| piece.len() > inner.len()) {
                part.push('"');
            }
        }
        Self(parts)
    }

    fn copy(&self, suffix: &str) -> Resource {
        let text = self.0.join(suffix);
        match serde_json::from_str(&text) {
            Ok(resource) => resource,
            Err(error) => unreachable!("a copy of a resource is one: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use orch_model::Metric;

    use super::*;
    use crate::builder::{SnapshotBuilder, account, instance, scope, series, volume};

    #[test]
    fn copies_refer_to_themselves() {
        let region = scope("eu-west-1");
        let one = instance(&region, "i-1");
        let disk = volume(&region, "vol-1", Some(&one.uid));
        let base = SnapshotBuilder::new()
            .scope(&region)
            .resource(account())
            .resource(one.clone())
            .resource(disk)
            .series(&series(&one.uid, Metric::Cpu, vec![Some(1.0)]))
            .build();
        let large = multiply(&base, 100);
        assert!(
            (100..103).contains(&large.resources.len()),
            "{}",
            large.resources.len()
        );
        assert!(
            large
                .resources
                .windows(2)
                .all(|pair| pair[0].uid < pair[1].uid)
        );
        assert_eq!(large.series.len(), 50);
        for resource in &large.resources {
            for link in &resource.links {
                assert!(large.resources.iter().any(|other| other.uid == link.to));
                assert_eq!(
                    resource.uid.as_str().len() - link.to.as_str().len(),
                    "volume/vol-1".len() - "instance/i-1".len()
                );
            }
        }
    }
}
