use super::*;

#[test]
fn a_directory_is_searched_and_what_is_no_billing_file_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let part = directory.path().join("2024-09");
    fs::create_dir(&part).unwrap();
    for name in ["b.csv.gz", "a.parquet", "README.md", ".hidden.csv"] {
        fs::write(part.join(name), "x").unwrap();
    }
    let found = find(directory.path()).unwrap();
    assert_eq!(found.files, [part.join("a.parquet"), part.join("b.csv.gz")]);
    assert_eq!(
        found.others,
        [part.join(".hidden.csv"), part.join("README.md")]
    );
}

#[test]
fn a_directory_without_any_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let error = find(directory.path()).unwrap_err().to_string();
    assert!(error.starts_with("find billing files in "), "{error}");
}
