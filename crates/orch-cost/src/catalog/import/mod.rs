//! How the clouds' own price lists become rows of the catalogue: one row a region and item, nothing rounded.
//!
//! An importer reads what a cloud sent and puts down what it understands; everything else is counted with its
//! reason. A price that stands there twice with two amounts is none: nobody could say which one holds.

mod aws;
mod azure;
mod gcp;

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};

use orch_model::Provider;
use rust_decimal::Decimal;

pub use aws::AWS_OFFERS;
pub use azure::AZURE_SERVICES;
pub use gcp::GCP_SERVICES;

use super::{EVERY_REGION, UNITS, is_price};

/// Why something of a price list is no row: a few words, the same for all of its kind.
pub type Skipped = BTreeMap<String, u64>;

/// What was made of price lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    rows: BTreeMap<(String, String), Listed>,
    /// What was left out, and how often.
    pub skipped: Skipped,
}

/// A price as a list has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed {
    unit: &'static str,
    /// None where the list has two.
    usd: Option<Decimal>,
    as_of: String,
    source: String,
}

/// What keeps a price list from being read.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It broke off, or the disk did.
    #[error("read the price list: {0}")]
    Io(#[from] io::Error),
    /// It is not what this cloud sends.
    #[error("understand the price list: {0}")]
    Form(&'static str),
}

/// Reads one page or file of a cloud's price list. `today` is the day on which it was fetched, for lists that do not say as
/// of when they are.
///
/// # Errors
/// When it is no such list. What of it was read before stays.
pub fn import(
    provider: Provider,
    list: impl BufRead,
    today: &str,
    into: &mut Imported,
) -> Result<(), ImportError> {
    match provider {
        Provider::Aws => aws::read(list, into),
        Provider::Azure => azure::read(list, today, into),
        Provider::Gcp => gcp::read(list, today, into),
    }
}

impl Imported {
    fn skip(&mut self, why: &str) {
        match self.skipped.get_mut(why) {
            Some(count) => *count += 1,
            None => {
                self.skipped.insert(why.to_owned(), 1);
            }
        }
    }

    /// Puts a price down.
    fn add(
        &mut self,
        region: &str,
        item: String,
        unit: &'static str,
        usd: Decimal,
        (as_of, source): (&str, &str),
    ) {
        if usd <= Decimal::ZERO {
            return self.skip("free, or for another way to pay");
        }
        if !is_price(usd) {
            return self.skip("more than anything costs");
        }
        let plain = |text: &str| !text.is_empty() && text.chars().all(is_plain);
        if !(plain(&item) && (region == EVERY_REGION || plain(region))) {
            return self.skip("a name that no region or item has");
        }
        let listed = Listed {
            unit,
            usd: Some(usd.normalize()),
            as_of: as_of.to_owned(),
            source: source.to_owned(),
        };
        let place = (region.to_owned(), item);
        let Some(known) = self.rows.get_mut(&place) else {
            self.rows.insert(place, listed);
            return;
        };
        if known.usd.is_some() && (known.usd, known.unit) != (listed.usd, listed.unit) {
            known.usd = None;
            self.skip("two prices for one thing");
        }
    }

    /// Adds what was made of another page.
    pub fn join(&mut self, other: Self) {
        for (why, count) in other.skipped {
            *self.skipped.entry(why).or_default() += count;
        }
        for ((region, item), listed) in other.rows {
            let place = (region, item);
            match self.rows.get_mut(&place) {
                None => {
                    self.rows.insert(place, listed);
                }
                Some(known) => {
                    let same = (known.usd, known.unit) == (listed.usd, listed.unit);
                    if known.usd.is_some() && !same {
                        known.usd = None;
                        self.skip("two prices for one thing");
                    }
                }
            }
        }
    }

    /// Turns what is priced by its parts into prices of whole things, once everything is read.
    #[must_use]
    pub fn composed(mut self, provider: Provider) -> Self {
        if provider == Provider::Gcp {
            gcp::compose(&mut self);
        }
        self
    }

    /// How many prices there are.
    pub fn len(&self) -> usize {
        self.rows.values().filter(|row| row.usd.is_some()).count()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many prices a region has.
    pub fn count(&self, region: &str) -> usize {
        self.of(region).count()
    }

    /// The regions that have a price, `*` for every region.
    pub fn regions(&self) -> Vec<&str> {
        let priced = self.rows.iter().filter(|(_, row)| row.usd.is_some());
        let mut regions: Vec<&str> = priced.map(|((region, _), _)| region.as_str()).collect();
        regions.dedup();
        regions
    }

    /// The oldest and the newest date of the prices of a region.
    fn dates<'a>(&'a self, region: &'a str) -> Option<(&'a str, &'a str)> {
        let dates = || self.of(region).map(|(_, row)| row.as_of.as_str());
        Some((dates().min()?, dates().max()?))
    }

    fn of<'a>(&'a self, region: &'a str) -> impl Iterator<Item = (&'a str, &'a Listed)> {
        let own = self
            .rows
            .range((region.to_owned(), String::new())..)
            .take_while(move |((of, _), _)| of == region);
        own.filter(|(_, row)| row.usd.is_some())
            .map(|((_, item), row)| (item.as_str(), row))
    }

    /// Writes the table of a region, in the form of the catalogue's own.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, provider: Provider, region: &str, mut out: impl Write) -> io::Result<()> {
        let (oldest, newest) = self.dates(region).unwrap_or_default();
        let as_of = if oldest == newest {
            newest.to_owned()
        } else {
            format!("{oldest} to {newest}")
        };
        let origin = origin(provider);
        write!(
            out,
            "# What: list prices of {region}, US dollars a unit; instances are Linux, on demand, shared tenancy\n\
             # As of: {as_of}\n# Derived: no\n# Origin: {origin}\n# Licence: facts, fetched by the user\n{COLUMNS}\n"
        )?;
        for (item, row) in self.of(region) {
            let usd = row.usd.unwrap_or_default();
            let (unit, as_of, source) = (row.unit, &row.as_of, &row.source);
            writeln!(out, "{region},{item},{unit},{usd},{as_of},\"{source}\"")?;
        }
        Ok(())
    }

    /// Writes everything, what has two prices too, so that [`Imported::read_back`] gives the same again.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn keep(&self, mut out: impl Write) -> io::Result<()> {
        for (why, count) in &self.skipped {
            writeln!(out, "# {count} {why}")?;
        }
        for ((region, item), row) in &self.rows {
            let usd = row.usd.map(|usd| usd.to_string()).unwrap_or_default();
            let (unit, as_of, source) = (row.unit, &row.as_of, &row.source);
            writeln!(out, "{region},{item},{unit},{usd},{as_of},\"{source}\"")?;
        }
        Ok(())
    }

    /// What [`Imported::keep`] wrote.
    ///
    /// # Errors
    /// When it cannot be read or is something else.
    pub fn read_back(from: impl BufRead) -> Result<Self, ImportError> {
        let mut imported = Self::default();
        for line in from.lines() {
            let line = line?;
            let broken = || ImportError::Form("what an earlier run kept is damaged");
            if let Some(skipped) = line.strip_prefix("# ") {
                let (count, why) = skipped.split_once(' ').ok_or_else(broken)?;
                let count = count.parse().map_err(|_| broken())?;
                imported.skipped.insert(why.to_owned(), count);
                continue;
            }
            let [region, item, unit, usd, as_of, source] =
                super::table::columns(&line).ok_or_else(broken)?;
            let unit = UNITS.into_iter().find(|known| *known == unit);
            let usd = match usd {
                "" => None,
                usd => Some(usd.parse().map_err(|_| broken())?),
            };
            let listed = Listed {
                unit: unit.ok_or_else(broken)?,
                usd,
                as_of: as_of.to_owned(),
                source: source.to_owned(),
            };
            let place = (region.to_owned(), item.to_owned());
            imported.rows.insert(place, listed);
        }
        Ok(imported)
    }
}

/// The line of column names.
pub(super) const COLUMNS: &str = "region,item,unit,usd,as_of,source";

/// Names of regions, types and engines: nothing that a table of commas and lines could not hold.
fn is_plain(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '.' | '-' | '_')
}

/// What of a sentence may stand in the last, quoted cell of a row.
fn plain_words(text: &str) -> String {
    text.chars()
        .filter(|char| is_plain(*char) || matches!(char, ' ' | ':' | '/' | ','))
        .take(120)
        .collect()
}

/// Where the prices of a cloud stand.
fn origin(provider: Provider) -> &'static str {
    match provider {
        Provider::Aws => "AWS Price List, bulk offer files (pricing.us-east-1.amazonaws.com)",
        Provider::Azure => "Azure Retail Prices API (prices.azure.com)",
        Provider::Gcp => {
            "Google Cloud Billing Catalog (cloudbilling.googleapis.com); machine types are the sum of their processors and memory"
        }
    }
}

/// A number of a JSON answer as it is written there: an amount of money is never rounded.
fn exact(number: &serde_json::Number) -> Option<Decimal> {
    let text = number.to_string();
    text.parse()
        .or_else(|_| Decimal::from_scientific(&text))
        .ok()
}

#[cfg(test)]
mod tests;
