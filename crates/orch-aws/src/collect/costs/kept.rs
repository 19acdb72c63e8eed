//! What was paid for once and never changes: the lines of closed months, one file for each question.
//!
//! A file is trusted only if it is whole, answers this very question and holds nothing else. Everything else about
//! it, from a missing file to a folder that cannot be written, only means that the question is asked again.

use std::fs::{self, DirBuilder};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use orch_collect::CollectSettings;
use orch_model::{CostLine, Text, Time};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::task::spawn_blocking;

use super::start_of;

/// Counts up when the lines of an answer are made in another way: what was kept before is then asked again.
const FORMAT: u32 = 1;

/// All that an answer depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) partition: Text,
    pub(super) account: Text,
    pub(super) start: NaiveDate,
    /// Exclusive.
    pub(super) end: NaiveDate,
    pub(super) granularity: Text,
    pub(super) metrics: Vec<Text>,
    pub(super) group_by: Vec<Text>,
    /// A dimension and the value that it must have.
    pub(super) filter: (Text, Text),
}

impl Question {
    /// Whether a time is within the days that are asked for.
    pub(super) fn covers(&self, start: Time, end: Time) -> bool {
        start_of(self.start) <= start && start < end && end <= start_of(self.end)
    }
}

/// What stands in a file, after the line with its checksum.
#[derive(Serialize, Deserialize)]
struct Kept<Q, L> {
    format: u32,
    question: Q,
    lines: L,
}

/// What is kept, as a run sees it. Where it cannot be kept there is none, which is told once.
pub(super) struct Shelf(Option<Folder>);

impl Shelf {
    /// The one of the settings. Where calls are only tried, there is none: whether they may be made is the question.
    pub(super) async fn of(settings: &CollectSettings) -> Self {
        let Some(path) = settings.cost_cache.clone().filter(|_| !settings.once) else {
            return Self(None);
        };
        Self(on_disk(move || Folder::open(&path).map_err(|error| (path, error))).await)
    }

    /// Whether anything can be kept.
    pub(super) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// The lines that were kept as the answer to a question.
    pub(super) async fn read(&self, question: &Question) -> Option<Vec<CostLine>> {
        let (folder, question) = (self.0.clone()?, question.clone());
        on_disk(move || Ok(folder.read(&question))).await?
    }

    /// Keeps the answer to a question. Who cannot keep one keeps none after it.
    pub(super) async fn keep(&mut self, question: &Question, lines: Vec<CostLine>) {
        let Some(folder) = self.0.take() else { return };
        let question = question.clone();
        self.0 = on_disk(move || match folder.keep(&question, &lines) {
            Ok(()) => Ok(folder),
            Err(error) => Err((folder.0, error)),
        })
        .await;
    }
}

/// Does what waits for a disk, and tells why it could not be done.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, (PathBuf, io::Error)> + Send + 'static,
) -> Option<T> {
    match spawn_blocking(work).await.ok()? {
        Ok(done) => Some(done),
        Err((path, error)) => {
            let path = path.display();
            tracing::warn!(
                "failed to keep the billing of closed months in `{path}`: {error}; it is paid for in each run; \
                 name another folder with `cache` in [costs], or \"\" to keep nothing"
            );
            None
        }
    }
}

/// The folder of what is kept.
#[derive(Debug, Clone)]
struct Folder(PathBuf);

impl Folder {
    /// The folder at a path, made for its owner only where it is not there yet.
    ///
    /// # Errors
    /// When no file can be made in it.
    fn open(path: &Path) -> io::Result<Self> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)?;
        // Gone again at once: whether a file can be made is only known from making one.
        tempfile::NamedTempFile::new_in(path)?;
        Ok(Self(path.to_path_buf()))
    }

    /// The lines that were kept as the answer to a question.
    fn read(&self, question: &Question) -> Option<Vec<CostLine>> {
        let path = self.path(question).ok()?;
        // A pipe would be waited for without end.
        if !fs::metadata(&path).ok()?.is_file() {
            return None;
        }
        let text = fs::read_to_string(&path).ok()?;
        let (checksum, body) = text.split_once('\n')?;
        if checksum != hash(body) {
            return None;
        }
        let kept: Kept<Question, Vec<CostLine>> = serde_json::from_str(body).ok()?;
        let fits = |line: &CostLine| {
            !line.estimated && question.covers(line.charge_period_start, line.charge_period_end)
        };
        (kept.format == FORMAT && kept.question == *question && kept.lines.iter().all(fits))
            .then_some(kept.lines)
    }

    /// Keeps the answer to a question, whole or not at all, for its owner only (0600, as all temporary files of
    /// this kind are).
    ///
    /// # Errors
    /// Those of the file system.
    fn keep(&self, question: &Question, lines: &[CostLine]) -> io::Result<()> {
        let body = serde_json::to_string(&Kept {
            format: FORMAT,
            question,
            lines,
        })?;
        let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
        file.write_all(format!("{}\n{body}", hash(&body)).as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(self.path(question)?)
            .map_err(|error| error.error)?;
        Ok(())
    }

    /// Where the answer to a question is kept.
    fn path(&self, question: &Question) -> io::Result<PathBuf> {
        let key = serde_json::to_string(question)?;
        Ok(self.0.join(format!("{}.json", hash(&key))))
    }
}

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use orch_model::{ChargeCategory, Currency};
    use rust_decimal::Decimal;

    use super::*;

    fn question() -> Question {
        Question {
            partition: "aws".into(),
            account: "111122223333".into(),
            start: "2026-10-01".parse().unwrap(),
            end: "2026-11-01".parse().unwrap(),
            granularity: "DAILY".into(),
            metrics: vec!["UnblendedCost".into()],
            group_by: vec!["SERVICE".into(), "REGION".into()],
            filter: ("LINKED_ACCOUNT".into(), "111122223333".into()),
        }
    }

    fn line(day: u32) -> CostLine {
        let midnight = |day: u32| start_of(question().start + chrono::Days::new(day.into()));
        CostLine {
            provider_name: "AWS".into(),
            billing_account_id: "111122223333".into(),
            sub_account_id: Some("111122223333".into()),
            charge_period_start: midnight(day),
            charge_period_end: midnight(day + 1),
            charge_category: ChargeCategory::Usage,
            service_name: "Compute\nand \"more\"".into(),
            region_id: None,
            resource_id: None,
            billed_cost: "1.0000000001".parse().unwrap(),
            effective_cost: Some(Decimal::new(-50, 2)),
            billing_currency: Currency::usd(),
            estimated: false,
        }
    }

    #[test]
    fn what_was_kept_comes_back_to_the_last_digit() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        assert_eq!(folder.read(&question()), None);
        let lines = vec![line(0), line(30)];
        folder.keep(&question(), &lines).unwrap();
        assert_eq!(folder.read(&question()), Some(lines.clone()));
        assert_eq!(
            format!("{:?}", folder.read(&question())),
            format!("{:?}", Some(lines))
        );
        // A month that cost nothing is an answer, too; and what is kept can be replaced.
        folder.keep(&question(), &[]).unwrap();
        assert_eq!(folder.read(&question()), Some(Vec::new()));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn another_question_is_not_answered_not_even_by_a_file_under_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        folder.keep(&question(), &[line(0)]).unwrap();
        let mine = folder.path(&question()).unwrap();
        let changes: [fn(&mut Question); 8] = [
            |other| other.partition = "aws-cn".into(),
            |other| other.account = "444455556666".into(),
            |other| other.start = "2026-09-30".parse().unwrap(),
            |other| other.end = "2026-11-02".parse().unwrap(),
            |other| other.granularity = "MONTHLY".into(),
            |other| other.metrics[0] = "NetUnblendedCost".into(),
            |other| other.group_by.reverse(),
            |other| other.filter.0 = "SERVICE".into(),
        ];
        for change in changes {
            let mut other = question();
            change(&mut other);
            assert_eq!(folder.read(&other), None, "{other:?}");
            fs::copy(&mine, folder.path(&other).unwrap()).unwrap();
            assert_eq!(folder.read(&other), None, "{other:?}");
        }
    }

    #[test]
    fn a_file_that_is_not_whole_is_no_answer() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        folder.keep(&question(), &[line(0), line(1)]).unwrap();
        let path = folder.path(&question()).unwrap();
        let whole = fs::read(&path).unwrap();
        for end in 0..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            assert_eq!(folder.read(&question()), None, "{end} bytes");
        }
        // One other digit would be another amount.
        let amount = String::from_utf8_lossy(&whole).find("1.0000000001");
        for place in [0, amount.unwrap(), whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[place] ^= 1;
            fs::write(&path, &damaged).unwrap();
            assert_eq!(folder.read(&question()), None, "{place}");
        }
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert_eq!(folder.read(&question()), None);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(folder.read(&question()), None);
    }

    #[test]
    fn lines_that_the_question_does_not_cover_are_no_answer() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        let estimated = CostLine {
            estimated: true,
            ..line(3)
        };
        for stray in [line(31), estimated] {
            folder.keep(&question(), &[line(0), stray]).unwrap();
            assert_eq!(folder.read(&question()), None);
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_kept_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cache/orch/costs");
        let folder = Folder::open(&path).unwrap();
        folder.keep(&question(), &[line(0)]).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&folder.path(&question()).unwrap()), 0o600);
        // A file where the folder should be.
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        Folder::open(&file.join("costs")).unwrap_err();
        Folder::open(&file).unwrap_err();
    }
}
