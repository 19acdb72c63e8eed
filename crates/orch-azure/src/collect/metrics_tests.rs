use serde_json::json;

use super::*;

fn window() -> Window {
    let as_of = "2026-11-22T12:02:00Z".parse().unwrap();
    let settings = CollectSettings {
        metric_days: 1,
        ..CollectSettings::default()
    };
    Window::of::<Cpu>(as_of, &settings)
}

fn answer(data: Value) -> Value {
    json!({ "value": [{
        "name": { "value": "Percentage CPU" }, "errorCode": "Success",
        "timeseries": [{ "metadatavalues": [], "data": data }],
    }] })
}

#[test]
fn whole_periods_up_to_the_snapshot_are_asked_for() {
    assert_eq!(
        window().timespan(),
        "2026-11-21T12:00:00Z/2026-11-22T12:00:00Z"
    );
    assert_eq!(names(&Cpu::GROUPS[0]), "Percentage CPU");
    assert_eq!(aggregations(&Cpu::GROUPS[0]), "Average,Maximum");
    assert_eq!(aggregations(&Hourly::GROUPS[0]), "Average,Total");
}

#[test]
fn a_period_without_a_point_stays_empty() {
    let body = answer(json!([
        { "timeStamp": "2026-11-21T12:00:00Z", "average": 1.5, "maximum": 9 },
        { "timeStamp": "2026-11-21T12:05:00Z" },
        { "timeStamp": "2026-11-22T11:55:00Z", "average": 2.5, "maximum": 3.0 },
        { "timeStamp": "2026-11-22T12:00:00Z", "average": 100.0, "maximum": 100.0 },
    ]));
    let (found, gap) = series(&window(), &Cpu::GROUPS[0], &Uid::new("m"), Node::of(&body)).unwrap();
    assert_eq!(gap, None);
    let statistics: Vec<Statistic> = found.iter().map(|one| one.statistic).collect();
    assert_eq!(statistics, [Statistic::Average, Statistic::Maximum]);
    assert_eq!(found[0].values.len(), 288);
    assert_eq!(found[0].values[..2], [Some(1.5), None]);
    assert_eq!(found[0].values[287], Some(2.5));
    assert_eq!(found[1].values[0], Some(9.0));
}

#[test]
fn a_machine_that_was_off_has_no_series_and_an_error_of_a_metric_is_a_gap() {
    let body = answer(json!([{ "timeStamp": "2026-11-21T12:00:00Z" }]));
    let read = series(&window(), &Cpu::GROUPS[0], &Uid::new("m"), Node::of(&body)).unwrap();
    assert_eq!(read, (Vec::new(), None));
    let body = json!({ "value": [{
        "name": { "value": "Percentage CPU" }, "errorCode": "InvalidSeries", "timeseries": [],
    }] });
    let (found, gap) = series(&window(), &Cpu::GROUPS[0], &Uid::new("m"), Node::of(&body)).unwrap();
    assert!(found.is_empty());
    assert_eq!(gap.unwrap().detail, format!("{READ} InvalidSeries"));
    let body = answer(json!([{ "timeStamp": "yesterday", "average": 1.0 }]));
    let place = "value[0].timeseries[0].data[0].timeStamp";
    assert_eq!(
        series(&window(), &Cpu::GROUPS[0], &Uid::new("m"), Node::of(&body)),
        Err(Malformed(place.into()))
    );
}

#[test]
fn rates_of_reads_and_writes_become_the_operations_of_a_period() {
    let group = &super::super::use_metrics::Disks::GROUPS[0];
    let settings = CollectSettings {
        metric_days: 1,
        ..CollectSettings::default()
    };
    let as_of = "2026-11-22T12:02:00Z".parse().unwrap();
    let window = Window::of::<super::super::use_metrics::Disks>(as_of, &settings);
    let of = |name: &str, data: Value| {
        json!({ "name": { "value": name }, "errorCode": "Success",
            "timeseries": [{ "metadatavalues": [], "data": data }] })
    };
    let at = |hour: u32, average: f64| json!({ "timeStamp": format!("2026-11-22T{hour:02}:00:00Z"), "average": average });
    let body = json!({ "value": [
        of("Composite Disk Read Operations/sec", json!([at(9, 0.5), at(10, 0.25), at(11, 0.0)])),
        of("Composite Disk Write Operations/sec", json!([at(9, 1.5), at(11, 0.0)])),
    ] });
    let (found, gap) = series(&window, group, &Uid::new("d"), Node::of(&body)).unwrap();
    assert_eq!((gap, found.len()), (None, 1));
    assert_eq!(
        (found[0].metric, found[0].statistic),
        (Metric::VolumeOperations, Statistic::Sum)
    );
    // (0.5 + 1.5) × 3,600; the hour of which the writes are missing has no sum.
    assert_eq!(found[0].values[21..], [Some(7_200.0), None, Some(0.0)]);
    assert_eq!(aggregations(group), "Average");
    assert_eq!(
        names(group),
        "Composite Disk Read Operations/sec,Composite Disk Write Operations/sec"
    );
}
