//! `orch catalog show`: which price tables there are, as of when and from where.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::AppError;
use crate::catalog::{CLOUDS, prices};
use crate::setup::{Chosen, Setup};

/// The tables of the catalogue.
#[derive(Debug)]
pub struct CatalogueShown(Vec<Vec<String>>);

impl CatalogueShown {
    /// Writes them in columns.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, width: usize, out: &mut dyn Write) -> io::Result<()> {
        orch_report::grid(&self.0, &[2], &[0, 1, 2, 3, 4], width, out)
    }
}

/// The tables that a run with this setup uses: those of the user first.
///
/// # Errors
/// A configuration or a table that cannot be read.
pub fn catalog_show(setup: &Setup, dir: Option<PathBuf>) -> Result<CatalogueShown, AppError> {
    let chosen = Chosen::of(setup)?;
    let prices = prices(dir.as_deref().or(chosen.options.catalog.as_deref()))?;
    let wanted = chosen.options.providers.as_deref();
    let mut rows = vec![
        [
            "CLOUD",
            "TABLE",
            "FIGURES",
            "AS OF",
            "PUBLISHED",
            "WHAT AND FROM WHERE",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    for provider in CLOUDS {
        if wanted.is_some_and(|wanted| !wanted.contains(&provider)) {
            continue;
        }
        for listing in prices.listings(provider) {
            let origin = listing.origin;
            rows.push(vec![
                provider.to_string(),
                match (listing.own, listing.region) {
                    (true, Some(region)) => region.to_owned(),
                    _ => "built in".to_owned(),
                },
                listing.figures.to_string(),
                origin.as_of.to_owned(),
                match origin.derived {
                    true => "derived".to_owned(),
                    false => "yes".to_owned(),
                },
                format!("{}; {}", origin.what, origin.source),
            ]);
        }
    }
    Ok(CatalogueShown(rows))
}
