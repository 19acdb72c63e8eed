//! The price catalogue of a run: what is built in, and the tables that the user fetched before it.

mod progress;
mod show;
mod update;

use std::path::{Path, PathBuf};
use std::{fs, io};

use orch_cost::catalog::{Catalogue, OwnTable, Prices};
use orch_model::Provider;

use crate::config::catalogue_dir;
use crate::output::read_text;
use crate::setup::regular;
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
    let own = || catalogue_dir().filter(|dir| dir.is_dir());
    match named.map(Path::to_path_buf).or_else(own) {
        Some(dir) => of_folder(&dir),
        None => Ok(Catalogue::embedded()),
    }
}

/// What lies in a folder, sorted; nothing where there is none. One that cannot be read is an error: nobody could say
/// which prices would have been in it.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, AppError> {
    let fail = |source| AppError::Read {
        path: folder.to_path_buf(),
        source,
    };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(fail)?,
    };
    let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(fail)?;
    paths.sort_unstable();
    Ok(paths)
}

fn of_folder(dir: &Path) -> Result<Prices, AppError> {
    // The folder itself was named, or is there.
    fs::read_dir(dir).map_err(|source| AppError::Read {
        path: dir.to_path_buf(),
        source,
    })?;
    let mut tables = Vec::new();
    let mut places = Vec::new();
    for provider in CLOUDS {
        let folder = dir.join(provider.as_str());
        let is_table = |path: &PathBuf| path.extension().is_some_and(|end| end == "csv");
        for path in listed(&folder)?.into_iter().filter(is_table) {
            regular(&path)?;
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
