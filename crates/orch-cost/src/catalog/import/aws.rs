//! The offer files of the AWS Price List as CSV: one row a price, of one service and region.
//!
//! The same file as JSON keeps products and prices apart, so that all of its hundreds of megabytes would have to
//! be held; of the CSV one row is.

use std::io::BufRead;

use csv::{ByteRecord, ReaderBuilder};
use rust_decimal::Decimal;

use super::{ImportError, Imported, plain_words};

/// The offers that hold what the catalogue knows: instances, disks, snapshots and NAT gateways; load balancers;
/// public addresses; databases.
pub const AWS_OFFERS: [&str; 4] = ["AmazonEC2", "AWSELB", "AmazonVPC", "AmazonRDS"];

/// The lines before the names of the columns: what the list says of itself.
const MOST_HEAD_LINES: usize = 20;

/// What a usage type (without the letters of its region) is called here, and its unit. Load balancers share one.
const USAGE: [(&str, &str, &str); 16] = [
    (
        "EBS:SnapshotArchiveStorage",
        "snapshot.archive",
        "gib-month",
    ),
    ("EBS:SnapshotUsage", "snapshot.standard", "gib-month"),
    ("EBS:VolumeP-IOPS.gp3", "volume.gp3.iops", "iops-month"),
    ("EBS:VolumeP-IOPS.io2", "volume.io2.iops", "iops-month"),
    ("EBS:VolumeP-IOPS.piops", "volume.io1.iops", "iops-month"),
    (
        "EBS:VolumeP-Throughput.gp3",
        "volume.gp3.throughput",
        "mib-s-month",
    ),
    ("EBS:VolumeUsage", "volume.standard", "gib-month"),
    ("EBS:VolumeUsage.gp2", "volume.gp2", "gib-month"),
    ("EBS:VolumeUsage.gp3", "volume.gp3", "gib-month"),
    ("EBS:VolumeUsage.io2", "volume.io2", "gib-month"),
    ("EBS:VolumeUsage.piops", "volume.io1", "gib-month"),
    ("EBS:VolumeUsage.sc1", "volume.sc1", "gib-month"),
    ("EBS:VolumeUsage.st1", "volume.st1", "gib-month"),
    ("NatGateway-Hours", "gateway.nat", "hour"),
    ("PublicIPv4:IdleAddress", "address.ipv4", "hour"),
    ("PublicIPv4:InUseAddress", "address.ipv4", "hour"),
];

/// Units of the list, those of the catalogue, and how many of the latter one of the former is.
const UNITS: [(&str, &str, i64); 6] = [
    ("GB-Mo", "gib-month", 1),
    ("GB-month", "gib-month", 1),
    ("GiBps-mo", "mib-s-month", 1024),
    ("Hrs", "hour", 1),
    ("IOPS-Mo", "iops-month", 1),
    ("MiBps-Mo", "mib-s-month", 1),
];

/// Load balancers by the family of the product.
const BALANCERS: [(&str, &str); 4] = [
    ("Load Balancer", "balancer.classic"),
    ("Load Balancer-Application", "balancer.application"),
    ("Load Balancer-Gateway", "balancer.gateway"),
    ("Load Balancer-Network", "balancer.network"),
];
const BALANCER_HOURS: &str = "LoadBalancerUsage";

/// Engines of databases as the list and as the program's interface name them. Those with licences to pay have
/// prices by edition and are left out.
const ENGINES: [(&str, &str); 5] = [
    ("Aurora MySQL", "aurora-mysql"),
    ("Aurora PostgreSQL", "aurora-postgresql"),
    ("MariaDB", "mariadb"),
    ("MySQL", "mysql"),
    ("PostgreSQL", "postgres"),
];

/// Capital letters before the first dash that are no region: hours of trust stores of load balancers.
const NO_REGION: [&str; 1] = ["TS"];

/// The columns that are looked at, as their names are without case and spaces.
const COLUMNS: [&str; 15] = [
    "termtype",
    "unit",
    "priceperunit",
    "currency",
    "startingrange",
    "productfamily",
    "locationtype",
    "regioncode",
    "usagetype",
    "instancetype",
    "tenancy",
    "operatingsystem",
    "preinstalleds/w",
    "capacitystatus",
    "databaseengine",
];

/// Where the columns stand. An offer has only those that it needs.
struct Header([Option<usize>; COLUMNS.len()]);

impl Header {
    fn of(names: &ByteRecord) -> Result<Self, ImportError> {
        let plain = |cell: &[u8]| -> String {
            let text = String::from_utf8_lossy(cell).to_ascii_lowercase();
            text.chars().filter(|char| !char.is_whitespace()).collect()
        };
        let names: Vec<String> = names.iter().map(plain).collect();
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        let header = Self(COLUMNS.map(place));
        // Without these nothing could be understood.
        let needed = [
            "termtype",
            "unit",
            "priceperunit",
            "currency",
            "usagetype",
            "regioncode",
        ];
        match needed.into_iter().all(|name| place(name).is_some()) {
            true => Ok(header),
            false => Err(ImportError::Form(
                "columns are missing that every offer has",
            )),
        }
    }
}

/// A row by the names of its columns; what is not there is empty.
struct Row<'r> {
    header: &'r Header,
    record: &'r ByteRecord,
}

impl<'r> Row<'r> {
    fn get(&self, name: &str) -> &'r str {
        let column = COLUMNS.iter().position(|column| *column == name);
        let place = column.and_then(|column| self.header.0.get(column).copied().flatten());
        let cell = place.and_then(|place| self.record.get(place));
        cell.and_then(|cell| std::str::from_utf8(cell).ok())
            .unwrap_or_default()
            .trim()
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.get(name).eq_ignore_ascii_case(value)
    }

    /// The usage type without the letters of its region.
    fn usage(&self) -> &'r str {
        let usage = self.get("usagetype");
        match usage.split_once('-') {
            Some((region, rest))
                if !NO_REGION.contains(&region)
                    && region
                        .bytes()
                        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()) =>
            {
                rest
            }
            _ => usage,
        }
    }
}

/// What a row is about: item, unit, and by what its amount is to be divided.
type Meaning = (String, &'static str, i64);

/// Reads an offer file.
pub(super) fn read(list: impl BufRead, into: &mut Imported) -> Result<(), ImportError> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(list);
    let mut record = ByteRecord::new();
    let (mut published, mut version, mut offer) = (String::new(), String::new(), String::new());
    let mut header = None;
    for _ in 0..MOST_HEAD_LINES {
        if !reader.read_byte_record(&mut record).map_err(broken)? {
            break;
        }
        let cell = |at: usize| String::from_utf8_lossy(record.get(at).unwrap_or_default());
        match cell(0).as_ref() {
            "Publication Date" => published = cell(1).get(..10).unwrap_or_default().to_owned(),
            "Version" => version = plain_words(&cell(1)),
            "OfferCode" => offer = plain_words(&cell(1)),
            "SKU" => {
                header = Some(Header::of(&record)?);
                break;
            }
            _ => {}
        }
    }
    let header = header.ok_or(ImportError::Form(
        "it is no offer file of the AWS Price List",
    ))?;
    if !is_day(&published) {
        return Err(ImportError::Form("it does not say of when it is"));
    }
    let source = format!("{offer} {version}");
    while reader.read_byte_record(&mut record).map_err(broken)? {
        let row = Row {
            header: &header,
            record: &record,
        };
        match understood(&row) {
            Ok((usd, (item, unit, divisor))) => {
                let region = row.get("regioncode");
                match usd.checked_div(Decimal::from(divisor)) {
                    Some(usd) => into.add(region, item, unit, usd, (&published, &source)),
                    None => into.skip("an amount that is no number"),
                }
            }
            Err(why) => into.skip(why),
        }
    }
    Ok(())
}

fn broken(error: csv::Error) -> ImportError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => ImportError::Io(error),
        _ => ImportError::Form("a row cannot be read"),
    }
}

/// `2026-03-05`
fn is_day(text: &str) -> bool {
    text.parse::<chrono::NaiveDate>().is_ok()
}

/// Amount and meaning of a row, or why it has none for us.
fn understood(row: &Row<'_>) -> Result<(Decimal, Meaning), &'static str> {
    if !row.is("termtype", "OnDemand") {
        return Err("reserved, not on demand");
    }
    if !row.is("currency", "USD") {
        return Err("another currency");
    }
    let place = row.get("locationtype");
    if !place.is_empty() && !place.eq_ignore_ascii_case("AWS Region") {
        return Err("of a local or wavelength zone");
    }
    let meaning = meaning(row)?;
    if !matches!(row.get("startingrange"), "" | "0") {
        return Err("a price that holds above a quantity");
    }
    let usd = row.get("priceperunit").parse();
    Ok((usd.map_err(|_| "an amount that is no number")?, meaning))
}

fn meaning(row: &Row<'_>) -> Result<Meaning, &'static str> {
    let (item, unit) = match row.get("productfamily") {
        "Compute Instance" | "Compute Instance (bare metal)" => (instance(row)?, "hour"),
        "Database Instance" => (database(row)?, "hour"),
        family if row.usage() == BALANCER_HOURS => {
            let known = BALANCERS.iter().find(|(known, _)| *known == family);
            let (_, item) = known.ok_or("a load balancer of another kind")?;
            ((*item).to_owned(), "hour")
        }
        _ => {
            let usage = row.usage();
            let known = USAGE.iter().find(|(known, ..)| *known == usage);
            let (_, item, unit) = known.ok_or("not in the catalogue")?;
            ((*item).to_owned(), *unit)
        }
    };
    let own = UNITS
        .iter()
        .find(|(theirs, ours, _)| *ours == unit && row.is("unit", theirs));
    let (_, _, divisor) = own.ok_or("an unknown unit")?;
    Ok((item, unit, *divisor))
}

/// Linux without more, shared hardware.
fn instance(row: &Row<'_>) -> Result<String, &'static str> {
    if !row.is("tenancy", "Shared") {
        return Err("dedicated hardware");
    }
    if !row.is("operatingsystem", "Linux") {
        return Err("with a licence");
    }
    if !matches!(row.get("preinstalleds/w"), "" | "NA") {
        return Err("with a licence");
    }
    if !matches!(row.get("capacitystatus"), "" | "Used") {
        return Err("capacity that is kept free");
    }
    let name = row.get("instancetype");
    if !name.contains('.') {
        return Err("no instance type");
    }
    Ok(format!("instance.{name}"))
}

/// Engines without a licence to pay; a standby in another zone is an item of its own.
fn database(row: &Row<'_>) -> Result<String, &'static str> {
    let engine = row.get("databaseengine");
    let (_, engine) = ENGINES
        .iter()
        .find(|(known, _)| *known == engine)
        .ok_or("a database with a licence")?;
    let usage = row.usage();
    let standby = match usage.split_once(':').map(|(what, _)| what) {
        Some("InstanceUsage") => "",
        Some("Multi-AZUsage") => ".standby",
        _ => return Err("a database paid for in another way"),
    };
    let name = row.get("instancetype");
    if !name.starts_with("db.") {
        return Err("no instance type");
    }
    Ok(format!("database.{engine}.{name}{standby}"))
}
