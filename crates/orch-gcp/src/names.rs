//! Identities and places of resources in one project.

use orch_model::{Scope, Text, Uid};

use crate::regions;

/// Composes the identities of one project.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    scope: &'a Scope,
}

impl<'a> Names<'a> {
    pub(crate) fn new(scope: &'a Scope) -> Self {
        Self { scope }
    }

    /// The project's id.
    pub(crate) fn project(&self) -> &'a str {
        &self.scope.account
    }

    /// The scope of a zone or region; that of the project for what is global or lies in several regions.
    pub(crate) fn at(&self, location: Option<&str>) -> Scope {
        match location.and_then(regions::of) {
            Some(region) => self.scope.in_region(region),
            None => self.scope.global(),
        }
    }

    /// The project itself.
    pub(crate) fn account(&self) -> Uid {
        Uid::new(format!(
            "//cloudresourcemanager.googleapis.com/projects/{}",
            self.project()
        ))
    }

    /// Something of a service in this project: `//compute.googleapis.com/projects/p/global/networks/n`.
    pub(crate) fn of(&self, service: &str, path: &str) -> Uid {
        Uid::new(format!(
            "//{service}.googleapis.com/projects/{}/{path}",
            self.project()
        ))
    }

    /// Something of Compute Engine by its zone or region (none: global), collection and name.
    pub(crate) fn compute(&self, location: Option<&str>, collection: &str, name: &str) -> Uid {
        let place = match location {
            Some(location) if regions::is_zone(location) => format!("zones/{location}"),
            Some(location) => format!("regions/{location}"),
            None => "global".to_owned(),
        };
        self.of("compute", &format!("{place}/{collection}/{name}"))
    }

    /// Something of Compute Engine by the address that another resource names it with, whole or from
    /// `projects/` or `zones/` on.
    pub(crate) fn link(&self, address: &str) -> Option<Uid> {
        let path = match address.split_once("/projects/") {
            Some((_, path)) => path,
            None => match address.strip_prefix("projects/") {
                Some(path) => path,
                None => {
                    let known = ["zones/", "regions/", "global/"];
                    let path = address.trim_start_matches('/');
                    return known
                        .iter()
                        .any(|start| path.starts_with(start))
                        .then(|| self.of("compute", path));
                }
            },
        };
        let whole = path.split('/').filter(|part| !part.is_empty()).count() >= 4;
        whole.then(|| Uid::new(format!("//compute.googleapis.com/projects/{path}")))
    }

    /// As [`Names::link`], none for an address that is missing.
    pub(crate) fn maybe(&self, address: Option<&Text>) -> Option<Uid> {
        address.and_then(|address| self.link(address))
    }
}

#[cfg(test)]
mod tests {
    use orch_model::{GLOBAL_REGION, Provider};

    use super::*;

    #[test]
    fn identities_carry_project_and_place() {
        let scope = Scope::new(Provider::Gcp, "gcp", "p-1", GLOBAL_REGION);
        let names = Names::new(&scope);
        assert_eq!(
            names
                .compute(Some("europe-west1-b"), "instances", "web")
                .as_str(),
            "//compute.googleapis.com/projects/p-1/zones/europe-west1-b/instances/web"
        );
        assert_eq!(
            names.compute(None, "networks", "default").as_str(),
            "//compute.googleapis.com/projects/p-1/global/networks/default"
        );
        for address in [
            "https://www.googleapis.com/compute/v1/projects/host/regions/europe-west1/subnetworks/s",
            "https://compute.googleapis.com/compute/beta/projects/host/regions/europe-west1/subnetworks/s",
            "projects/host/regions/europe-west1/subnetworks/s",
        ] {
            assert_eq!(
                names.link(address).unwrap().as_str(),
                "//compute.googleapis.com/projects/host/regions/europe-west1/subnetworks/s"
            );
        }
        assert_eq!(
            names
                .link("zones/us-east1-b/diskTypes/pd-ssd")
                .unwrap()
                .as_str(),
            "//compute.googleapis.com/projects/p-1/zones/us-east1-b/diskTypes/pd-ssd"
        );
        assert_eq!(names.link("nonsense"), None);
        assert_eq!(
            names.account().as_str(),
            "//cloudresourcemanager.googleapis.com/projects/p-1"
        );
    }

    #[test]
    fn what_lies_in_a_zone_belongs_to_its_region() {
        let scope = Scope::new(Provider::Gcp, "gcp", "p-1", GLOBAL_REGION);
        let at = |place: &str| Names::new(&scope).at(Some(place)).region.clone();
        assert_eq!(at("europe-west1-b"), "europe-west1");
        assert_eq!(at("US-EAST1"), "us-east1");
        assert_eq!([at("global"), at("EU"), at("nam4")], ["global"; 3]);
        assert!(Names::new(&scope).at(None).is_global());
    }
}
