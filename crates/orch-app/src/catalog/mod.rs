//! The price catalogue of a run: what is built in, and the tables that the user fetched before it.

mod progress;
mod show;
mod update;

use std::fs;
use std::path::Path;

use orch_cost::catalog::{Catalogue, OwnTable, Prices};
use orch_model::Provider;

use crate::config::catalogue_dir;
use crate::output::read_text;
use crate::{AppError, Mistake};

pub use show::{CatalogueShown, catalog_show};
pub use update::{CatalogueRequest, CatalogueUpdated, catalog_update};

/// The clouds, in the order in which they are told.
const CLOUDS: [Provider; 3] = [Provider::Aws, Provider::Azure, Provider::Gcp];

/// The file of what costs the same in every region.
const EVERYWHERE: &str = "everywhere";
const EVERY_REGION: &str = "*";

/// The prices of a run: the tables of the folder that was named, or else of the user's own if it is there, before
/// those that are built in.
pub(crate) fn prices(named: Option<&Path>) -> Result<Prices, AppError> {
    let own = match named {
        Some(dir) => {
            fs::read_dir(dir).map_err(|source| AppError::Read {
                path: dir.to_path_buf(),
                source,
            })?;
            Some(dir.to_path_buf())
        }
        None => catalogue_dir().filter(|dir| dir.is_dir()),
    };
    match own {
        Some(dir) => of_folder(&dir),
        None => Ok(Catalogue::embedded()),
    }
}

fn of_folder(dir: &Path) -> Result<Prices, AppError> {
    let mut tables = Vec::new();
    let mut places = Vec::new();
    for provider in CLOUDS {
        let folder = dir.join(provider.as_str());
        let Ok(entries) = fs::read_dir(&folder) else {
            continue;
        };
        let mut files: Vec<_> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|end| end == "csv") && path.is_file())
            .collect();
        files.sort_unstable();
        for path in files {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let region = match stem.as_ref() {
                EVERYWHERE => EVERY_REGION.to_owned(),
                region => region.to_owned(),
            };
            tables.push(OwnTable {
                provider,
                region,
                text: read_text(&path)?,
            });
            places.push((provider, path));
        }
    }
    tracing::info!(tables = tables.len(), dir = %dir.display(), "read price tables");
    Catalogue::with(tables).map_err(|error| {
        let Some((provider, path)) = places.get(error.table) else {
            return AppError::Internal(error.to_string());
        };
        AppError::Input(Mistake::new(
            format!("failed to read the prices of `{}`: {error}", path.display()),
            format!("run `orch catalog update --provider {provider}` again, or remove the file"),
        ))
    })
}
