//! Disks and database servers in the report for people.

use std::io::{self, Write};

use super::table::{columns, indented, tilde};
use super::v1::{Database, Disk, DiskType, Report};
use crate::format::grouped;
use crate::visible;

/// The disks: those that can be cheaper in full, the rest by number.
pub(super) fn disks(report: &Report, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let Some(first) = report.disks.first() else {
        return Ok(());
    };
    let title = format!(
        "Disks in use, by the busiest period of {} s; it may take {} % of what a disk delivers",
        first.step_s, report.profile.cpu_limit
    );
    writeln!(out)?;
    crate::grid(&[vec![title]], &[], &[], width, out)?;
    let heads = [
        "name",
        "region",
        "GiB",
        "now",
        "busiest",
        "then",
        "USD/month",
        "saves",
    ];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let cheaper = report.disks.iter().filter(|one| !one.candidates.is_empty());
    rows.extend(cheaper.map(disk));
    if rows.len() > 1 {
        columns(&rows, &[1, 2], &[2, 6, 7], width, out)?;
    }
    let mut notes: Vec<Vec<String>> = Vec::new();
    for one in &report.disks {
        let first = one.candidates.first();
        if let Some(less) = first.and_then(|first| first.less.as_ref()) {
            notes.push(vec![
                visible(&one.name).into_owned(),
                format!("has less: {less}"),
            ]);
        }
        if first.is_some_and(|first| !first.in_place) {
            let text = "is copied to a new disk: snapshot it first".to_owned();
            notes.push(vec![visible(&one.name).into_owned(), text]);
        }
    }
    if !notes.is_empty() {
        indented(&notes, &[], width, out)?;
    }
    let fit = report.disks.iter().filter(|one| one.candidates.is_empty());
    others(fit.count(), "disks fit as they are", out)
}

fn disk(one: &Disk) -> Vec<String> {
    let first = one.candidates.first();
    let then = first.map(|first| &first.disk);
    let saving = first.map_or("", |first| &first.saving);
    vec![
        visible(&one.name).into_owned(),
        one.region.clone(),
        one.size_gib.to_string(),
        kind(&one.now),
        format!("{} op/s, {} MiB/s", one.used_iops, one.used_mib),
        then.map(kind).unwrap_or_default(),
        then.map(|then| format!("{}{}", tilde(then.derived), grouped(&then.monthly)))
            .unwrap_or_default(),
        grouped(saving),
    ]
}

/// `gp3 4000 op/s 250 MiB/s`
fn kind(disk: &DiskType) -> String {
    let mut text = visible(&disk.volume_type).into_owned();
    if let Some(iops) = disk.iops {
        text.push_str(&format!(" {iops} op/s"));
    }
    if let Some(mib) = disk.throughput_mib {
        text.push_str(&format!(" {mib} MiB/s"));
    }
    text
}

/// The database servers: those that can be cheaper in full, the rest by number.
pub(super) fn databases(report: &Report, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let Some(first) = report.databases.first() else {
        return Ok(());
    };
    writeln!(
        out,
        "\nDatabase servers, by points of {} s; their memory stays what it is",
        first.step_s
    )?;
    let used = format!("{} %", report.profile.cpu_percentile);
    let heads = [
        "name",
        "region",
        "engine",
        "class",
        &used,
        "need vCPU",
        "connections",
        "then",
        "USD/month",
        "saves",
    ];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    let told =
        |one: &&Database| !one.candidates.is_empty() || one.connections.as_deref() == Some("0");
    rows.extend(report.databases.iter().filter(told).map(database));
    if rows.len() > 1 {
        columns(&rows, &[1, 2, 5, 6], &[4, 5, 6, 8, 9], width, out)?;
    }
    let fit = report.databases.iter().filter(|one| !told(one));
    others(fit.count(), "database servers fit as they are", out)
}

fn database(one: &Database) -> Vec<String> {
    let first = one.candidates.first();
    let idle = one.connections.as_deref() == Some("0");
    let then = match first {
        _ if idle => "delete: nobody connects",
        Some(first) => &first.class,
        None => "",
    };
    let price = first.map_or_else(String::new, |first| {
        format!("{}{}", tilde(first.derived), grouped(&first.monthly))
    });
    vec![
        visible(&one.name).into_owned(),
        one.region.clone(),
        visible(&one.engine).into_owned(),
        visible(&one.class).into_owned(),
        one.used.clone(),
        one.need_vcpu.clone(),
        one.connections.clone().unwrap_or_else(|| "?".to_owned()),
        visible(then).into_owned(),
        if idle { String::new() } else { price },
        match (idle, first) {
            (true, _) => grouped(&one.monthly),
            (false, first) => first
                .map(|first| grouped(&first.saving))
                .unwrap_or_default(),
        },
    ]
}

fn others(count: usize, what: &str, out: &mut dyn Write) -> io::Result<()> {
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "  {count} {what}")
}
