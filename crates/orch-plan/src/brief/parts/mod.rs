//! The sections that only some specialists have: one function each, named in the specialist's own file.

mod clouds;
mod code;
mod controls;
mod delivery;
mod hosts;
mod logs;
mod paths;
mod platform;
mod recovery;
mod signals;
pub(crate) mod work;

pub(crate) use code::Target;
pub(crate) use hosts::Service;
pub(crate) use recovery::zones;

use orch_model::Field;

use super::scene::{Part, Scene};
use super::v1::{Metric, Section};

/// Makes a section.
type Make = fn(&Scene<'_>) -> Part;

/// Every section there is, by its id.
pub(crate) const SECTIONS: &[(&str, Make)] = &[
    ("alarms", signals::alarms),
    ("blind-spots", paths::blind_spots),
    ("candidates", platform::candidates),
    ("clusters", platform::clusters),
    ("containerisable", platform::containerisable),
    ("controls", controls::controls),
    ("data-at-risk", paths::data_at_risk),
    ("deployers", delivery::deployers),
    ("deployment-targets", delivery::targets),
    ("estate-by-network", clouds::networks),
    ("exports", logs::exports),
    ("exposure-paths", paths::exposure),
    ("failed-controls", controls::failed),
    ("flow-logs", logs::flow_logs),
    ("host-groups", hosts::groups),
    ("hot", signals::hot),
    ("identities", delivery::identities),
    ("images", platform::images),
    ("import-blocks", code::blocks),
    ("import-targets", code::targets),
    ("inventory", hosts::inventory),
    ("log-sources", logs::sources),
    ("module-seams", code::seams),
    ("money", clouds::costs),
    ("node-pools", platform::node_pools),
    ("pillars", clouds::pillars),
    ("recovery", recovery::recovery),
    ("registries", platform::registries),
    ("right-sizes", clouds::right_sizes),
    ("rights", paths::rights),
    ("series", signals::series),
];

/// The sections of a specialist, in the order of its file.
pub(crate) fn of(scene: &Scene<'_>) -> Vec<Part> {
    let wanted = scene.concern().sections.iter();
    wanted
        .filter_map(|id| SECTIONS.iter().find(|(name, _)| name == id))
        .map(|(_, make)| make(scene))
        .collect()
}

fn table(section: &mut Section, columns: &[&str], rows: Vec<Vec<String>>) {
    section.columns = columns.iter().map(|&column| column.to_owned()).collect();
    section.rows = rows.into();
}

fn metric(name: &str, from: impl Into<String>, to: impl Into<String>, source: &str) -> Metric {
    Metric {
        name: name.to_owned(),
        from: from.into(),
        to: to.into(),
        source: source.to_owned(),
    }
}

/// A field as a cell.
fn cell<T: std::fmt::Display>(field: &Field<T>) -> String {
    match field {
        Field::Value(value) => value.to_string(),
        Field::None => "none".to_owned(),
        Field::NotRead => "not read".to_owned(),
    }
}

/// A yes or no as a cell.
fn yes(field: &Field<bool>) -> String {
    match field {
        Field::Value(true) => "yes".to_owned(),
        Field::Value(false) | Field::None => "no".to_owned(),
        Field::NotRead => "not read".to_owned(),
    }
}
