//! What of a price list is fetched already: a folder of its own, so that an interrupted update goes on.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use orch_cost::catalog::import::Imported;
use serde_json::{Map, Value, json};

use crate::output::write_output;
use crate::{AppError, Mistake};

/// The file that says how far each part is.
const PROGRESS: &str = "progress.json";

/// The file that only one update at a time may hold.
const LOCK: &str = "lock";

/// What was begun so many days ago would mix prices of then with prices of now.
const LONGEST_DAYS: i64 = 3;

/// How far a part is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// Pages that are fetched.
    pub(super) pages: u64,
    /// Where the next one begins; none before the first.
    pub(super) next: Option<String>,
    /// Whether there is no next one.
    pub(super) done: bool,
}

/// The folder of an update that goes on.
#[derive(Debug)]
pub(super) struct Partial {
    dir: PathBuf,
    begun: String,
    parts: BTreeMap<String, Part>,
    /// Held as long as the update goes on: pages of two of them would mix in one file.
    _lock: File,
}

impl Partial {
    /// Goes on with what is there, unless it is too old, and begins it otherwise.
    pub(super) fn open(dir: PathBuf, today: &str) -> Result<Self, AppError> {
        let fail = |source| AppError::Write {
            path: dir.clone(),
            source,
        };
        make_private(&dir).map_err(fail)?;
        let lock = lock(&dir)?;
        let kept = fs::read_to_string(dir.join(PROGRESS)).ok();
        let kept = kept.and_then(|text| understood(&text));
        if let Some((begun, parts)) = kept
            && days_between(&begun, today).is_some_and(|days| (0..=LONGEST_DAYS).contains(&days))
        {
            return Ok(Self {
                dir,
                begun,
                parts,
                _lock: lock,
            });
        }
        for entry in fs::read_dir(&dir).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            if entry.file_name() != LOCK {
                fs::remove_file(entry.path()).map_err(fail)?;
            }
        }
        Ok(Self {
            dir,
            begun: today.to_owned(),
            parts: BTreeMap::new(),
            _lock: lock,
        })
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    fn part(&self, name: &str) -> Part {
        self.parts.get(name).cloned().unwrap_or_default()
    }

    /// How many parts are whole.
    pub(super) fn whole(&self) -> usize {
        self.parts.values().filter(|part| part.done).count()
    }

    /// An empty file for a page, which only the user may read.
    pub(super) fn page(&self) -> Result<(PathBuf, File), AppError> {
        let path = self.dir.join("page");
        let file = private(&path)?;
        Ok((path, file))
    }

    /// How far a part is, and what was made of its pages. A part whose rows cannot be read is begun anew.
    pub(super) fn so_far(&self, name: &str) -> (Part, Imported) {
        let part = self.part(name);
        if part.pages == 0 {
            return Default::default();
        }
        let file = File::open(self.rows_of(name)).map(BufReader::new).ok();
        match file.and_then(|file| Imported::read_back(file).ok()) {
            Some(rows) => (part, rows),
            None => Default::default(),
        }
    }

    /// Keeps what was made of another page, and then how far the part is: a run that breaks off between the two
    /// fetches that page again, which changes nothing.
    pub(super) fn keep(&mut self, name: &str, rows: &Imported, part: Part) -> Result<(), AppError> {
        write_output(&self.rows_of(name), |out| rows.keep(out))?;
        self.parts.insert(name.to_owned(), part);
        let text = self.text();
        write_output(&self.dir.join(PROGRESS), |out| {
            out.write_all(text.as_bytes())
        })
    }

    fn rows_of(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.rows"))
    }

    fn text(&self) -> String {
        let part = |(name, part): (&String, &Part)| {
            let value = json!({ "pages": part.pages, "next": part.next, "done": part.done });
            (name.clone(), value)
        };
        let parts: Map<String, Value> = self.parts.iter().map(part).collect();
        json!({ "version": 1, "begun": self.begun, "parts": parts }).to_string()
    }

    /// The update is over.
    pub(super) fn remove(self) {
        // Its prices are written: a folder that stays only takes up room.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Takes the update for this process alone.
fn lock(dir: &Path) -> Result<File, AppError> {
    let file = private(&dir.join(LOCK))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(AppError::Input(Mistake::new(
            format!("another update is at work in `{}`", dir.display()),
            "wait until it has ended, or name another folder with --dir DIR",
        ))),
        // A file system without locks is no reason not to fetch.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// An empty file that only the user may read.
fn private(path: &Path) -> Result<File, AppError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| AppError::Write {
        path: path.to_path_buf(),
        source,
    })
}

/// A folder that only the user may read.
pub(super) fn make_private(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn understood(text: &str) -> Option<(String, BTreeMap<String, Part>)> {
    let value: Value = serde_json::from_str(text).ok()?;
    if value["version"] != 1 {
        return None;
    }
    let part = |(name, value): (&String, &Value)| {
        let part = Part {
            pages: value["pages"].as_u64()?,
            next: match &value["next"] {
                Value::Null => None,
                next => Some(next.as_str()?.to_owned()),
            },
            done: value["done"].as_bool()?,
        };
        Some((name.clone(), part))
    };
    let parts: Option<BTreeMap<String, Part>> =
        value["parts"].as_object()?.iter().map(part).collect();
    Some((value["begun"].as_str()?.to_owned(), parts?))
}

fn days_between(begun: &str, today: &str) -> Option<i64> {
    let day = |text: &str| text.parse::<chrono::NaiveDate>().ok();
    Some((day(today)? - day(begun)?).num_days())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: &str = "2026-11-23";

    fn kept(dir: &Path) -> Partial {
        let mut partial = Partial::open(dir.join("aws.partial"), TODAY).unwrap();
        let part = Part {
            pages: 2,
            next: Some("https://prices/?$skip=200".to_owned()),
            done: false,
        };
        partial.keep("a.b", &Imported::default(), part).unwrap();
        partial
    }

    #[test]
    fn an_update_goes_on_where_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let before = kept(dir.path());
        let (at, part) = (before.dir.clone(), before.part("a.b"));
        let busy = Partial::open(at.clone(), TODAY).unwrap_err();
        assert!(busy.to_string().contains("another update"), "{busy}");
        drop(before);
        let again = Partial::open(at.clone(), "2026-11-24").unwrap();
        assert_eq!((again.part("c"), again.whole()), (Part::default(), 0));
        assert_eq!(again.so_far("a.b"), (part, Imported::default()));
        for damaged in ["a,b", "r,volume.a,lightyears,1,2026,\"x\""] {
            fs::write(again.rows_of("a.b"), damaged).unwrap();
            assert_eq!(again.so_far("a.b"), Default::default(), "{damaged}");
        }
        fs::remove_file(again.rows_of("a.b")).unwrap();
        assert_eq!(again.so_far("a.b"), Default::default());
        again.remove();
        assert!(!at.exists());
    }

    #[test]
    fn what_is_old_or_no_progress_is_begun_anew() {
        for (today, text) in [
            ("2026-11-27", None),
            ("2026-11-22", None),
            (TODAY, Some("{")),
            (TODAY, Some("{\"version\":2}")),
            (
                TODAY,
                Some("{\"version\":1,\"begun\":\"2026-11-23\",\"parts\":{\"a\":3}}"),
            ),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let before = kept(dir.path());
            let (at, rows) = (before.dir.clone(), before.rows_of("a.b"));
            drop(before);
            if let Some(text) = text {
                fs::write(at.join(PROGRESS), text).unwrap();
            }
            let again = Partial::open(at, today).unwrap();
            assert_eq!(again.part("a.b"), Part::default(), "{today} {text:?}");
            assert!(!rows.exists());
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_the_user_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let partial = kept(dir.path());
        let (page, _) = partial.page().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&partial.dir), 0o700);
        for file in [page, partial.rows_of("a.b"), partial.dir.join(PROGRESS)] {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    }
}
