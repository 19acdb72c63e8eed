use polars::prelude::{Column, ParquetWriter, col, len};

use super::*;

/// A thousand rows in ten row groups, with keys and amounts that are none.
fn file() -> tempfile::NamedTempFile {
    let keys: Vec<Option<i64>> = (0..1000).map(|i| (i % 7 != 3).then_some(i % 7)).collect();
    let amounts: Vec<Option<i64>> = (0..1000).map(|i| (i % 5 != 0).then_some(i)).collect();
    let columns = vec![
        Column::new("key".into(), keys),
        Column::new("amount".into(), amounts),
    ];
    let file = tempfile::NamedTempFile::new().unwrap();
    ParquetWriter::new(file.reopen().unwrap())
        .with_row_group_size(Some(100))
        .finish(&mut DataFrame::new(1000, columns).unwrap())
        .unwrap();
    file
}

#[test]
fn row_groups_make_parts_and_lack_no_row() {
    let file = file();
    assert_eq!(parts(file.path(), 10_000).unwrap(), [(0, 1000)]);
    assert_eq!(
        parts(file.path(), 450).unwrap(),
        [(0, 400), (400, 400), (800, 200)]
    );
    let smallest = parts(file.path(), 1).unwrap();
    assert_eq!(smallest.len(), 10);
    assert_eq!(smallest.iter().map(|(_, rows)| rows).sum::<u32>(), 1000);
}

#[test]
fn parts_add_up_to_what_the_whole_does() {
    let file = file();
    let all = |limits| {
        let keys = [col("key")];
        let measures = [
            col("amount").sum(),
            col("amount").null_count().alias("none"),
            len().alias("rows"),
        ];
        let files = [file.path(), file.path()];
        sums_within(limits, &files, |rows| rows, &keys, &measures)
            .unwrap()
            .sort(["key"], Default::default())
            .unwrap()
    };
    let whole = all(Limits {
        rows: 10_000,
        lines: 10_000,
    });
    assert_eq!(whole.height(), 7);
    let rows = whole
        .column("rows")
        .unwrap()
        .u32()
        .unwrap()
        .iter()
        .flatten()
        .sum::<u32>();
    assert_eq!(rows, 2000);
    for rows in [1, 150, 450] {
        for lines in [0, 10, 10_000] {
            assert!(whole.equals_missing(&all(Limits { rows, lines })));
        }
    }
}
