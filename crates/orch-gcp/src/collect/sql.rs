//! database.server: Cloud SQL instances.

use std::collections::BTreeMap;

use orch_collect::{CollectError, CollectorSpec, Pages};
use orch_model::kind::{AllowedRange, DatabaseServer};
use orch_model::{Cause, Dataset, Field, Gap, Kind, Page, Reach, Relation, Resource, Text, Uid};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::parts::made;
use super::reading::{Reader, Reading};
use crate::convert::{Malformed, Number, addresses, cidr, links, required, resource, word};
use crate::decode::Decoded;
use crate::names::Names;
use crate::operations::{Api, free, get};
use crate::page::{Found, Shape, count};

const LIST: Api = get(
    "cloudsql.instances.list",
    "sqladmin.googleapis.com/sql/v1beta4/projects/{project}/instances",
);

const SHAPE: Shape = Shape::Items("items");

/// The largest page.
const PAGE: u64 = 500;

/// Instances.
pub(super) struct Sql;

/// An instance as the API tells it. Certificates are passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Instance {
    state: Option<Text>,
    database_version: Option<Text>,
    database_installed_version: Option<Text>,
    settings: Option<Settings>,
    ip_addresses: Option<Vec<Address>>,
    disk_encryption_configuration: Option<Encryption>,
    master_instance_name: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Settings {
    tier: Option<Text>,
    availability_type: Option<Text>,
    ip_configuration: Option<IpConfiguration>,
    backup_configuration: Option<Backups>,
    database_flags: Option<Vec<Flag>>,
    deletion_protection_enabled: Option<bool>,
    maintenance_window: Option<Window>,
    data_disk_size_gb: Option<Number>,
    user_labels: Option<BTreeMap<Text, Option<Text>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct IpConfiguration {
    ipv4_enabled: Option<bool>,
    authorized_networks: Option<Vec<Network>>,
    require_ssl: Option<bool>,
    ssl_mode: Option<Text>,
    private_network: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Network {
    name: Option<Text>,
    value: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Backups {
    enabled: Option<bool>,
    location: Option<Text>,
    point_in_time_recovery_enabled: Option<bool>,
    binary_log_enabled: Option<bool>,
    backup_retention_settings: Option<Kept>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Kept {
    retained_backups: Option<Number>,
    retention_unit: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Flag {
    name: Option<Text>,
    value: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Window {
    day: Option<Number>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Address {
    r#type: Option<Text>,
    ip_address: Option<Text>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Encryption {
    kms_key_name: Option<Text>,
}

impl Reader for Sql {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "sql.instances",
        service: "sqladmin",
        datasets: &[Dataset::Kind(Kind::DatabaseServer)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(LIST)],
    };
    const DECODE: Option<super::Decoder> = Some(decoded);

    async fn read(reading: &mut Reading<'_>) -> Result<(), CollectError> {
        let mut pages = Pages::new(LIST.permission);
        let mut token = None;
        loop {
            let mut ask = reading.ask(LIST).query("maxResults", PAGE.to_string());
            if let Some(token) = &token {
                ask = ask.query("pageToken", token);
            }
            let page = Page {
                most: Some(PAGE),
                first: token.is_none(),
            };
            let held = |page: &Value| count(page, SHAPE);
            // The whole page is needed: it says in its own way which regions did not answer.
            let answer = reading
                .caller
                .charged(&ask, Decimal::ZERO, Some(page), held)
                .await?;
            token = pages.follow(answer["nextPageToken"].as_str())?;
            let decoded = decoded(reading.names, answer);
            decoded
                .resources
                .into_iter()
                .for_each(|one| reading.push(one));
            if let Some(gap) = decoded.gap {
                reading.not_read(gap);
            }
            if token.is_none() {
                return Ok(());
            }
        }
    }
}

fn decoded(names: Names<'_>, body: Value) -> Decoded {
    let unread = unreachable(&body);
    let mut decoded = made(LIST, SHAPE, body, |found| Ok(vec![instance(names, found)?]));
    decoded.gap = decoded.gap.or(unread);
    decoded
}

/// The first region that a page lacks.
fn unreachable(page: &Value) -> Option<Gap> {
    let warning = page["warnings"].as_array()?.first()?;
    let text = |name: &str| word(warning[name].as_str().unwrap_or_default());
    let detail = format!("{} {} {}", LIST.permission, text("region"), text("code"));
    Some(Gap::new(Cause::ServerError, detail))
}

/// One instance.
fn instance(names: Names<'_>, found: Found<Instance>) -> Result<Resource, Malformed> {
    let (base, own) = (&found.base, &found.own);
    let version = required(own.database_version.as_deref(), "instance without version")?;
    let settings = own.settings.as_ref();
    let ip = settings.and_then(|settings| settings.ip_configuration.as_ref());
    let backups = settings.and_then(|settings| settings.backup_configuration.as_ref());
    let vpc = ip.and_then(|ip| names.maybe(ip.private_network.as_ref()));
    let exact = own.database_installed_version.as_deref().unwrap_or(version);
    let body = DatabaseServer {
        engine: engine(version),
        version: Field::seen(number(exact)),
        state: Field::seen(own.state.clone()),
        instance_type: Field::seen(settings.and_then(|settings| settings.tier.clone())),
        storage_gb: Field::seen(
            settings
                .and_then(|settings| settings.data_disk_size_gb)
                .map(i64::from),
        ),
        storage_type: Field::NotRead,
        iops: Field::NotRead,
        encrypted: Field::NotRead,
        public_access: Field::seen(ip.and_then(|ip| ip.ipv4_enabled)),
        public_addresses: match &own.ip_addresses {
            None => Field::NotRead,
            Some(all) => {
                let public = all
                    .iter()
                    .filter(|address| address.r#type.as_deref() == Some("PRIMARY"));
                Field::Value(addresses(
                    public.map(|address| address.ip_address.as_deref()),
                )?)
            }
        },
        allowed: match ip {
            None => Field::NotRead,
            Some(ip) => {
                let networks = ip.authorized_networks.iter().flatten();
                Field::Value(networks.map(range).collect::<Result<_, _>>()?)
            }
        },
        private_endpoints: Field::NotRead,
        tls_required: Field::seen(ip.map(tls)),
        min_tls: Field::NotRead,
        backups: Field::seen(backups.and_then(|backups| backups.enabled)),
        backup_days: Field::seen(backups.and_then(days)),
        geo_backups: Field::seen(
            backups
                .and_then(|backups| backups.location.as_deref())
                .map(|location| Some(location) != base.location()),
        ),
        point_in_time: Field::seen(backups.and_then(|backups| {
            // The one of the two that the engine has.
            match (
                backups.point_in_time_recovery_enabled,
                backups.binary_log_enabled,
            ) {
                (None, None) => None,
                (one, other) => Some(one == Some(true) || other == Some(true)),
            }
        })),
        deletion_protection: Field::seen(
            settings.and_then(|settings| settings.deletion_protection_enabled),
        ),
        high_availability: match settings.and_then(|settings| settings.availability_type.as_deref())
        {
            Some("REGIONAL") => Field::Value(true),
            Some("ZONAL") => Field::Value(false),
            _ => Field::NotRead,
        },
        customer_key: Field::Value(
            own.disk_encryption_configuration
                .as_ref()
                .is_some_and(|key| key.kms_key_name.is_some()),
        ),
        double_encryption: Field::NotRead,
        auditing: Field::NotRead,
        audit_days: Field::NotRead,
        threat_detection: Field::NotRead,
        directory_admin: Field::NotRead,
        directory_only: Field::NotRead,
        settings: Field::seen(settings.map(flags)),
        minor_upgrades: Field::NotRead,
        maintenance_window: Field::seen(
            settings
                .and_then(|settings| settings.maintenance_window.as_ref())
                // Day 0 is any day.
                .map(|window| window.day.is_some_and(|day| i64::from(day) > 0)),
        ),
        replica_of: Field::read(
            own.master_instance_name
                .as_deref()
                .map(|name| primary(names, name)),
        ),
    };
    let uid = names.of("cloudsql", &format!("instances/{}", base.name()));
    let links: Vec<_> = links(Relation::PartOf, vpc.as_ref()).collect();
    let mut server = resource(names.at(base.location()), uid, base, body, links);
    server.tags = Field::seen(settings.map(|settings| {
        let labels = settings.user_labels.iter().flatten();
        labels
            .map(|(key, value)| (key.clone(), value.clone().unwrap_or_default()))
            .collect()
    }));
    Ok(server)
}

/// `postgres` of `POSTGRES_15`.
fn engine(version: &str) -> Text {
    let name = version.split('_').next().unwrap_or(version);
    Text::from(name.to_ascii_lowercase())
}

/// `8.0.36` of `MYSQL_8_0_36`, `2019` of `SQLSERVER_2019_STANDARD`.
fn number(version: &str) -> Option<Text> {
    let digits = version
        .split('_')
        .skip(1)
        .take_while(|part| part.starts_with(|first: char| first.is_ascii_digit()));
    let number = digits.collect::<Vec<_>>().join(".");
    (!number.is_empty()).then(|| Text::from(number))
}

/// First and last address of a network that may connect.
fn range(network: &Network) -> Result<AllowedRange, Malformed> {
    let text = required(
        network.value.as_deref(),
        "authorized network without addresses",
    )?;
    let block = cidr(text)?.net();
    let name = network.name.as_deref().filter(|name| !name.is_empty());
    Ok(AllowedRange {
        name: Text::new(name.unwrap_or(text)),
        first: block.network(),
        last: block.broadcast(),
    })
}

/// Whether plain connections are refused. Of the newer word and the older switch the newer decides, except
/// that the word for both forms can go with the switch; where nobody ever set either, plain ones are taken.
fn tls(ip: &IpConfiguration) -> bool {
    match ip.ssl_mode.as_deref() {
        Some("ENCRYPTED_ONLY" | "TRUSTED_CLIENT_CERTIFICATE_REQUIRED") => true,
        _ => ip.require_ssl == Some(true),
    }
}

/// For how many days backups are kept: one is made each day.
fn days(backups: &Backups) -> Option<i64> {
    let kept = backups.backup_retention_settings.as_ref()?;
    let counted = kept
        .retention_unit
        .as_deref()
        .is_none_or(|unit| unit == "COUNT");
    kept.retained_backups.filter(|_| counted).map(i64::from)
}

/// The flags that were set.
fn flags(settings: &Settings) -> BTreeMap<Text, Text> {
    let flags = settings.database_flags.iter().flatten();
    flags
        .filter_map(|flag| Some((flag.name.clone()?, flag.value.clone().unwrap_or_default())))
        .collect()
}

/// The instance that another one copies: `project:name`, or a name of this project. A project's id can hold
/// a colon itself.
fn primary(names: Names<'_>, name: &str) -> Uid {
    match name.rsplit_once(':') {
        Some((project, name)) => Uid::new(format!(
            "//cloudsql.googleapis.com/projects/{project}/instances/{name}"
        )),
        None => names.of("cloudsql", &format!("instances/{name}")),
    }
}

#[cfg(test)]
#[path = "sql_tests.rs"]
mod tests;
