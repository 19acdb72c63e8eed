//! How the tables of `catalog/` are made from a folder of dated figures.
//!
//! The folder holds plain comma-separated files without quotes; `catalog/README.md` says where they come from.
//! What is written is small and readable: one row a type for what it offers, and one row a region for what the
//! types cost there, in the order of the first line. Nothing is invented on the way: what a file does not say
//! stays empty, and rows that are known to be wrong are left out by a rule that stands here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::run::{Outcome, root};

/// A table that is written: where, and what its head says.
struct Table {
    file: &'static str,
    what: &'static str,
    as_of: &'static str,
    derived: bool,
    origin: &'static str,
    licence: &'static str,
}

const APACHE: &str = "Apache-2.0";

const AWS_TYPES: Table = Table {
    file: "aws/instance-types.csv",
    what: "what instance types offer; network is the baseline and not the burst, summed over network cards; local disks in GB, all together",
    as_of: "2026-10",
    derived: false,
    origin: "instance_types.json of github.com/getmoto/moto, recorded there from DescribeInstanceTypes: at 0af643a5dbfc (2026-08) for processors, memory, architecture and generation, in release 5.2.5 for the rest and for types that are new there",
    licence: APACHE,
};
const AWS_PRICES: Table = Table {
    file: "aws/instance-prices.csv",
    what: "instance list prices, Linux, on demand, shared tenancy, US dollars an hour, no discount",
    as_of: "2026-07-20",
    derived: false,
    origin: "price table of github.com/aws/karpenter-provider-aws at 1d927085dd81, generated there from the AWS price list",
    licence: APACHE,
};
const AWS_DERIVED: Table = Table {
    file: "aws/instance-prices-derived.csv",
    what: "instance list prices outside us-east-1, Linux, on demand, shared tenancy, US dollars an hour, ESTIMATED",
    as_of: "2023-08-06",
    derived: true,
    origin: "ratios of a family's price in a region to its price in us-east-1, from pricing.json of apache/libcloud (2023-08-06), times the us-east-1 price of instance-prices.csv; a ratio counts only where two sizes of the family agree on it; t3 is left out in ap-northeast-1 and ap-southeast-2, where its ratio is 6 % above those of t2, t3a and t4g and so looks like dedicated tenancy",
    licence: APACHE,
};
const AZURE_TYPES: Table = Table {
    file: "azure/instance-types.csv",
    what: "processors and memory of sizes; memory is rounded down to whole GiB; empty where the origin does not know the size; a size with constrained processors has as many as its name says after the dash",
    as_of: "2026-06-18",
    derived: false,
    origin: "instance table of github.com/kubernetes/autoscaler, cloud provider azure, generated there from the Resource SKUs API",
    licence: APACHE,
};
const AZURE_PRICES: Table = Table {
    file: "azure/instance-prices.csv",
    what: "size list prices, Linux, pay as you go, US dollars an hour, no discount",
    as_of: "2026-06-18",
    derived: false,
    origin: "price table of github.com/Azure/karpenter-provider-azure at 352646f59929, generated there from the Azure Retail Prices API; of D and E sizes of version 5 with AMD processors those are left out that hold the price with a Windows licence (0.046 US dollars a processor and hour more than their own family)",
    licence: APACHE,
};
const GCP_TYPES: Table = Table {
    file: "gcp/instance-types.csv",
    what: "processors and memory of machine types; types that share processors are listed with the processors that they see",
    as_of: "2026-07-30",
    derived: false,
    origin: "pricing.yml of github.com/Cyclenerd/google-cloud-pricing-cost-calculator at fd66b26",
    licence: APACHE,
};
const GCP_PRICES: Table = Table {
    file: "gcp/instance-prices.csv",
    what: "machine type list prices, on demand, US dollars an hour, no discount, without licences; only types that Google Cloud lists for a zone of the region",
    as_of: "2026-07-30",
    derived: false,
    origin: "pricing.yml of github.com/Cyclenerd/google-cloud-pricing-cost-calculator at fd66b26, computed there from the Cloud Billing catalogue",
    licence: APACHE,
};
const GCP_DISKS: Table = Table {
    file: "gcp/storage-prices.csv",
    what: "list prices of disks and snapshots, US dollars a GiB and month",
    as_of: "2026-07-30",
    derived: false,
    origin: "pricing.yml of github.com/Cyclenerd/google-cloud-pricing-cost-calculator at fd66b26, computed there from the Cloud Billing catalogue",
    licence: APACHE,
};

/// Estimates that looked wrong when they were checked, by family and region.
const DOUBTED: [(&str, &str); 2] = [("t3.", "ap-northeast-1"), ("t3.", "ap-southeast-2")];

/// Families of Azure whose origin mixes prices with a Windows licence among those without.
const MIXED: [&str; 4] = ["Das_v5", "Dads_v5", "Eas_v5", "Eads_v5"];

/// What their sizes may differ in price a processor; the licence is 35 % and more.
const MIXED_TOLERANCE: f64 = 1.02;

/// Disks of Google Cloud: the origin's word and the type as its interface names it. Types with operations to
/// provision are left out: their size alone is not their price.
const DISKS: [(&str, &str); 4] = [
    ("balanced", "volume.pd-balanced"),
    ("hdd", "volume.pd-standard"),
    ("snapshot", "snapshot.standard"),
    ("ssd", "volume.pd-ssd"),
];
/// The same in two zones.
const REGIONAL_DISKS: [(&str, &str); 3] = [
    ("balanced-replicated", "volume.pd-balanced.regional"),
    ("hdd-replicated", "volume.pd-standard.regional"),
    ("ssd-replicated", "volume.pd-ssd.regional"),
];

/// A file of the folder: rows by the name of their columns.
struct Figures {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Figures {
    fn read(folder: &Path, file: &str) -> Outcome<Self> {
        let path = folder.join(file);
        let text = fs::read_to_string(&path)
            .map_err(|error| format!("failed to read {}: {error}", path.display()))?;
        let mut lines = text.lines().map(|line| {
            let cells = line.split(',').map(str::to_owned);
            cells.collect::<Vec<_>>()
        });
        let columns = lines
            .next()
            .ok_or_else(|| format!("{} is empty", path.display()))?;
        let rows: Vec<Vec<String>> = lines.collect();
        if let Some(place) = rows.iter().position(|row| row.len() != columns.len()) {
            return Err(format!(
                "line {} of {} has {} cells and not {}",
                place + 2,
                path.display(),
                rows[place].len(),
                columns.len()
            ));
        }
        Ok(Self { columns, rows })
    }

    fn column(&self, name: &str) -> Outcome<usize> {
        let found = self.columns.iter().position(|column| column == name);
        found.ok_or_else(|| format!("no column {name} among {}", self.columns.join(", ")))
    }

    /// The cells of some columns, row by row.
    fn pick<const N: usize>(&self, names: [&str; N]) -> Outcome<Vec<[&str; N]>> {
        let mut places = [0; N];
        for (place, name) in places.iter_mut().zip(names) {
            *place = self.column(name)?;
        }
        Ok(self
            .rows
            .iter()
            .map(|row| places.map(|place| row[place].as_str()))
            .collect())
    }
}

/// Prices by region and type, as they are written.
type Prices = BTreeMap<String, BTreeMap<String, String>>;

/// Makes all tables anew.
pub(crate) fn run(folder: &str) -> Outcome {
    let folder = Path::new(folder);
    let aws = prices(&Figures::read(folder, "aws.csv")?)?;
    let mut derived = prices(&Figures::read(folder, "aws_other_regions_derived.csv")?)?;
    for (family, region) in DOUBTED {
        if let Some(types) = derived.get_mut(region) {
            types.retain(|name, _| !name.starts_with(family));
        }
    }
    let azure = Figures::read(folder, "azure.csv")?;
    let mut azure_prices = prices(&azure)?;
    let left_out = without_licences(&mut azure_prices);
    let gcp = Figures::read(folder, "gcp.csv")?;
    write(&AWS_TYPES, &aws_types(folder)?)?;
    write(&AWS_PRICES, &wide(&aws))?;
    write(&AWS_DERIVED, &wide(&derived))?;
    write(&AZURE_TYPES, &azure_types(&azure)?)?;
    write(&AZURE_PRICES, &wide(&azure_prices))?;
    write(&GCP_TYPES, &gcp_types(&gcp)?)?;
    write(&GCP_PRICES, &wide(&prices(&gcp)?))?;
    write(&GCP_DISKS, &wide(&disks(folder)?))?;
    println!("left out {left_out} prices of Azure that hold a licence");
    Ok(())
}

fn prices(figures: &Figures) -> Outcome<Prices> {
    let mut prices = Prices::new();
    for [region, name, usd] in figures.pick(["region", "instance_type", "usd_per_hour"])? {
        let known = number(usd).is_some_and(|usd| usd > 0.0);
        if !known {
            return Err(format!("{usd} is no price of {name} in {region}"));
        }
        let of = prices.entry(region.to_owned()).or_default();
        if of.insert(name.to_owned(), usd.to_owned()).is_some() {
            return Err(format!("two prices of {name} in {region}"));
        }
    }
    Ok(prices)
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Takes out what costs more a processor than the cheapest of its family in its region; says how many.
fn without_licences(prices: &mut Prices) -> usize {
    let mut left_out = 0;
    for types in prices.values_mut() {
        let mut least: BTreeMap<&'static str, f64> = BTreeMap::new();
        let rate = |name: &str, usd: &str| {
            let (family, processors) = mixed_family(name)?;
            Some((family, number(usd)? / processors))
        };
        for (name, usd) in types.iter() {
            if let Some((family, rate)) = rate(name, usd) {
                let least = least.entry(family).or_insert(rate);
                *least = least.min(rate);
            }
        }
        let before = types.len();
        types.retain(|name, usd| {
            rate(name, usd).is_none_or(|(family, rate)| {
                least
                    .get(family)
                    .is_none_or(|least| rate <= least * MIXED_TOLERANCE)
            })
        });
        left_out += before - types.len();
    }
    left_out
}

/// The family of a size, where it is one of [`MIXED`], and the processors that are paid for.
fn mixed_family(name: &str) -> Option<(&'static str, f64)> {
    let name = name.strip_prefix("Standard_")?;
    let digits = name.find(|c: char| c.is_ascii_digit())?;
    let (series, rest) = name.split_at(digits);
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    let (processors, mut features) = rest.split_at(end);
    if let Some(constrained) = features.strip_prefix('-') {
        features = constrained.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    let family = format!("{series}{features}");
    let family = MIXED.into_iter().find(|mixed| *mixed == family)?;
    Some((family, processors.parse().ok()?))
}

/// One row a type. What the older recording says of processors, memory and generation stands.
fn aws_types(folder: &Path) -> Outcome<String> {
    const NEW: [&str; 10] = [
        "instance_type",
        "vcpu",
        "memory_mib",
        "architecture",
        "accelerators",
        "current_generation",
        "burstable",
        "bare_metal",
        "local_disk_gb",
        "network_mbps",
    ];
    let mut types: BTreeMap<String, [String; 10]> = BTreeMap::new();
    for row in Figures::read(folder, "aws_types.csv")?.pick(NEW)? {
        let [
            name,
            vcpu,
            mib,
            architecture,
            gpus,
            current,
            burst,
            metal,
            disk,
            network,
        ] = row;
        let gib = number(mib).ok_or_else(|| format!("{name} has {mib} MiB"))? / 1024.0;
        let row = [
            name,
            vcpu,
            &shortest(gib),
            architecture,
            gpus,
            current,
            burst,
            metal,
            disk,
            network,
        ];
        types.insert(name.to_owned(), row.map(str::to_owned));
    }
    let old = Figures::read(folder, "aws_specs.csv")?;
    for [name, vcpu, gib, architecture, gpus, current] in old.pick([
        "instance_type",
        "vcpu",
        "memory_gib",
        "arch",
        "gpu",
        "current_generation",
    ])? {
        let of = types.entry(name.to_owned()).or_insert_with(|| {
            let unknown = ["", "", "", "", gpus, "", "", "", "", ""];
            unknown.map(str::to_owned)
        });
        for (cell, told) in [
            (0, name),
            (1, vcpu),
            (2, gib),
            (3, architecture),
            (5, current),
        ] {
            told.clone_into(&mut of[cell]);
        }
    }
    let mut text = String::from(
        "instance_type,vcpu,memory_gib,architecture,accelerators,current_generation,burstable,bare_metal,local_disk_gb,network_mbps\n",
    );
    for row in types.values() {
        text.push_str(&row.join(","));
        text.push('\n');
    }
    Ok(text)
}

/// A number of GiB with at most six digits behind the point, as the recording has them.
fn shortest(gib: f64) -> String {
    let text = format!("{gib:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

/// What the rows of every region say of a type; they must agree.
fn types_of(figures: &Figures) -> Outcome<BTreeMap<String, [String; 3]>> {
    let mut types: BTreeMap<String, [String; 3]> = BTreeMap::new();
    for [name, vcpu, gib, architecture] in
        figures.pick(["instance_type", "vcpu", "memory_gib", "arch"])?
    {
        let row = [vcpu, gib, architecture].map(str::to_owned);
        if let Some(other) = types.insert(name.to_owned(), row.clone())
            && other != row
        {
            return Err(format!(
                "{name} is {} and {}",
                other.join(" "),
                row.join(" ")
            ));
        }
    }
    Ok(types)
}

fn gcp_types(figures: &Figures) -> Outcome<String> {
    let mut text = String::from("instance_type,vcpu,memory_gib,architecture\n");
    for (name, [vcpu, gib, architecture]) in types_of(figures)? {
        // The origin lists three custom types among its examples; the name of a custom type says it all.
        if !name.starts_with("custom-") {
            let _ = writeln!(text, "{name},{vcpu},{gib},{architecture}");
        }
    }
    Ok(text)
}

/// The origin counts the processors of the size that a constrained one was cut from.
fn azure_types(figures: &Figures) -> Outcome<String> {
    let mut text = String::from("instance_type,vcpu,memory_gib,architecture\n");
    for (name, [vcpu, gib, architecture]) in types_of(figures)? {
        let known = !vcpu.is_empty();
        let vcpu = constrained(&name).filter(|_| known).unwrap_or(vcpu);
        // Nothing has no memory: the origin rounded half a GiB down.
        let gib = if gib == "0" { "" } else { gib.as_str() };
        let _ = writeln!(text, "{name},{vcpu},{gib},{architecture}");
    }
    Ok(text)
}

/// The number behind the dash: `Standard_E4-2s_v4` has 2 processors. Names with two dashes name accelerators.
fn constrained(name: &str) -> Option<String> {
    let (before, after) = name.split_once('-')?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    let cut = before.ends_with(|c: char| c.is_ascii_digit()) && !digits.is_empty();
    cut.then_some(digits)
}

fn disks(folder: &Path) -> Outcome<Prices> {
    let mut prices = Prices::new();
    let figures = Figures::read(folder, "gcp_disk_ip.csv")?;
    for [kind, name, region, per, usd] in figures.pick(["kind", "name", "region", "per", "usd"])? {
        let mut named = DISKS.into_iter().chain(REGIONAL_DISKS);
        let item = named.find(|(word, _)| kind == "storage" && *word == name);
        if let Some((_, item)) = item.filter(|_| per == "month") {
            let of = prices.entry(region.to_owned()).or_default();
            of.insert(item.to_owned(), usd.to_owned());
        }
    }
    Ok(prices)
}

/// One row a region, one column a name.
fn wide(prices: &Prices) -> String {
    let names: BTreeSet<&String> = prices.values().flat_map(BTreeMap::keys).collect();
    let mut text = String::from("region");
    for name in &names {
        text.push(',');
        text.push_str(name);
    }
    text.push('\n');
    for (region, of) in prices {
        text.push_str(region);
        for name in &names {
            text.push(',');
            text.push_str(of.get(*name).map_or("", String::as_str));
        }
        text.push('\n');
    }
    text
}

fn write(table: &Table, rows: &str) -> Outcome {
    let derived = if table.derived { "yes" } else { "no" };
    let text = format!(
        "# What: {}\n# As of: {}\n# Derived: {derived}\n# Origin: {}\n# Licence: {}\n{rows}",
        table.what, table.as_of, table.origin, table.licence
    );
    let path = root().join("catalog").join(table.file);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .map_err(|error| format!("failed to create {}: {error}", folder.display()))?;
    }
    fs::write(&path, &text)
        .map_err(|error| format!("failed to write {}: {error}", path.display()))?;
    println!("{:>8} bytes  catalog/{}", text.len(), table.file);
    Ok(())
}
