//! The regions of Google Cloud, for when no project may list them, and what their names tell.

use orch_model::Text;

/// As published in August 2026.
pub(crate) const KNOWN: [&str; 43] = [
    "africa-south1",
    "asia-east1",
    "asia-east2",
    "asia-northeast1",
    "asia-northeast2",
    "asia-northeast3",
    "asia-south1",
    "asia-south2",
    "asia-southeast1",
    "asia-southeast2",
    "asia-southeast3",
    "australia-southeast1",
    "australia-southeast2",
    "europe-central2",
    "europe-north1",
    "europe-north2",
    "europe-southwest1",
    "europe-west1",
    "europe-west10",
    "europe-west12",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "europe-west6",
    "europe-west8",
    "europe-west9",
    "me-central1",
    "me-central2",
    "me-west1",
    "northamerica-northeast1",
    "northamerica-northeast2",
    "northamerica-south1",
    "southamerica-east1",
    "southamerica-west1",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-south1",
    "us-west1",
    "us-west2",
    "us-west3",
    "us-west4",
];

/// The region of a zone or region; none for what lies in several: `eu`, `nam4`, `global`.
pub(crate) fn of(location: &str) -> Option<Text> {
    let location = location.to_ascii_lowercase();
    let region = match location.rsplit_once('-') {
        Some((region, zone)) if is_letter(zone) => region,
        _ => location.as_str(),
    };
    is_region(region).then(|| Text::new(region))
}

/// Whether a location is a zone: `europe-west1-b`.
pub(crate) fn is_zone(location: &str) -> bool {
    location
        .rsplit_once('-')
        .is_some_and(|(region, zone)| is_letter(zone) && is_region(region))
}

/// Zones end in a letter, rarely in two: `us-east1-b`, `us-central1-ai1a` of machine learning.
fn is_letter(zone: &str) -> bool {
    let starts = zone.starts_with(|first: char| first.is_ascii_lowercase());
    starts && zone.len() <= 4 && zone.ends_with(|last: char| last.is_ascii_lowercase())
}

/// A continent, a direction and a number: `europe-west1`.
fn is_region(name: &str) -> bool {
    name.split_once('-').is_some_and(|(continent, rest)| {
        let digits = rest.trim_start_matches(|char: char| char.is_ascii_lowercase());
        !continent.is_empty()
            && digits.len() < rest.len()
            && !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_is_told_from_its_zones() {
        assert!(KNOWN.is_sorted());
        for name in KNOWN {
            assert_eq!(of(name).as_deref(), Some(name));
            assert!(!is_zone(name));
            let zone = format!("{name}-b");
            assert_eq!(of(&zone).as_deref(), Some(name));
            assert!(is_zone(&zone));
        }
        assert_eq!(of("us-central1-ai1a").as_deref(), Some("us-central1"));
    }

    #[test]
    fn what_lies_in_several_regions_has_none() {
        for several in [
            "global",
            "us",
            "EU",
            "nam4",
            "eur4",
            "",
            "asia1",
            "northamerica",
        ] {
            assert_eq!(of(several), None, "{several}");
        }
    }
}
