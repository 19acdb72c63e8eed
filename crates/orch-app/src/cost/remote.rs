//! Billing files in a bucket: listed and fetched by the clouds' own clients into a folder that is gone afterwards.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use orch_collect::{Bucket, CollectError, FileStore, Pages, Progress, RemoteFile, Run};
use orch_model::{Cause, Provider, Text};
use tempfile::TempDir;

use super::files::may_hold_rows;
use crate::pipeline::temporary;
use crate::setup::Chosen;
use crate::watch::Watch;
use crate::words::Mistake;
use crate::{AppError, clouds};

/// How addresses of buckets begin, and whose they are.
const SCHEMES: [(&str, Provider); 3] = [
    ("s3://", Provider::Aws),
    ("gs://", Provider::Gcp),
    ("az://", Provider::Azure),
];

/// Whether a path is an address of a bucket.
pub fn is_remote(path: &Path) -> bool {
    let text = path.to_string_lossy();
    SCHEMES.iter().any(|(scheme, _)| text.starts_with(scheme))
}

/// Files that were fetched. The folder goes with it.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) dir: TempDir,
    /// What was fetched, for the report.
    pub(super) note: String,
}

/// What an address says.
fn place(address: &str) -> Result<(Provider, Bucket), AppError> {
    let unfit = || {
        AppError::usage(Mistake::new(
            format!("`{}` names no bucket", orch_report::visible(address)),
            "write s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://ACCOUNT/CONTAINER/PREFIX",
        ))
    };
    let known = SCHEMES
        .iter()
        .find_map(|(scheme, provider)| Some((*provider, address.strip_prefix(scheme)?)));
    let (provider, rest) = known.ok_or_else(unfit)?;
    let (account, rest) = match (provider, rest.split_once('/')) {
        (Provider::Azure, Some((account, rest))) if !account.is_empty() => (Some(account), rest),
        (Provider::Azure, _) => return Err(unfit()),
        _ => (None, rest),
    };
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let odd = |name: &str| {
        name.is_empty()
            || name.starts_with('.')
            || !name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-$".contains(&byte))
    };
    if odd(name) {
        return Err(unfit());
    }
    let bucket = Bucket {
        account: account.map(str::to_owned),
        name: name.to_owned(),
        prefix: prefix.to_owned(),
    };
    Ok((provider, bucket))
}

/// Fetches the billing files that an address stands for.
pub(super) fn fetch(path: &Path, chosen: &Chosen, watch: &Watch) -> Result<Fetched, AppError> {
    let address = path.to_string_lossy().into_owned();
    let (provider, bucket) = place(&address)?;
    let dir = temporary()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| AppError::Internal(format!("no runtime: {error}")))?;
    let settings = &chosen.config.collect;
    let run = Run::new(settings, watch.cancel.clone(), watch.events.clone());
    let note = runtime.block_on(async {
        let store = clouds::file_store(provider, &bucket, &chosen.options, settings, &run).await?;
        let fetching = Fetching {
            store: store.as_ref(),
            provider,
            bucket: &bucket,
            address: &address,
            run: &run,
        };
        fetching.all(dir.path()).await
    })?;
    Ok(Fetched { dir, note })
}

struct Fetching<'f> {
    store: &'f dyn FileStore,
    provider: Provider,
    bucket: &'f Bucket,
    address: &'f str,
    run: &'f Run,
}

impl Fetching<'_> {
    async fn all(&self, dir: &Path) -> Result<String, AppError> {
        let found = self.list().await?;
        let whole = found.len();
        // A file that is named is taken whatever it is called.
        let named = |file: &RemoteFile| file.name == self.bucket.prefix;
        let wanted = |file: &RemoteFile| named(file) || may_hold_rows(&file.name);
        let files: Vec<RemoteFile> = found.into_iter().filter(wanted).collect();
        if files.is_empty() {
            let address = orch_report::visible(self.address);
            return Err(AppError::Input(Mistake::new(
                match whole {
                    0 => format!("failed to find a file at {address}"),
                    _ => format!("failed to find a billing file among {whole} files at {address}"),
                },
                "check bucket and prefix; files that end in .csv, .csv.gz, .parquet, .json or .jsonl are read",
            )));
        }
        let size: u64 = files.iter().map(|file| file.size).sum();
        tracing::info!(files = files.len(), bytes = size, "fetching");
        for (place, file) in files.iter().enumerate() {
            let what = format!(
                "{} of {} files, {} in all: {}",
                place + 1,
                files.len(),
                bytes(size),
                file.name
            );
            self.run.emit(Progress::Fetching {
                provider: self.provider,
                what: Text::from(what),
            });
            let mut to = self.beneath(dir, place, file)?;
            let fetched = self.store.fetch(self.bucket, file, &mut to).await;
            fetched.map_err(|error| self.failed(&error))?;
        }
        let left_out = match whole - files.len() {
            0 => String::new(),
            others => format!("; {others} other files were left there"),
        };
        Ok(format!(
            "{} of {} fetched from {}{left_out}",
            match files.len() {
                1 => "1 file".to_owned(),
                several => format!("{several} files"),
            },
            bytes(size),
            self.address
        ))
    }

    async fn list(&self) -> Result<Vec<RemoteFile>, AppError> {
        let mut pages = Pages::new("files");
        let mut from: Option<String> = None;
        let mut found = Vec::new();
        loop {
            let page = self.store.list(self.bucket, from.as_deref()).await;
            let (files, next) = page.map_err(|error| self.failed(&error))?;
            // Names that end in a slash are folders that somebody made.
            found.extend(files.into_iter().filter(|file| !file.name.ends_with('/')));
            from = pages
                .follow(next.as_deref())
                .map_err(|error| self.failed(&error))?;
            if from.is_none() {
                return Ok(found);
            }
        }
    }

    /// An empty file of its own for a file of the bucket, which only the user may read. What the bucket calls it
    /// never leads out of the folder.
    fn beneath(&self, dir: &Path, place: usize, file: &RemoteFile) -> Result<File, AppError> {
        let attempt = |name: &Path| {
            let path = dir.join(name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut options = OpenOptions::new();
            options.read(true).write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            options.open(&path)
        };
        // A bucket may hold `a` beside `a/b`, which no folder can.
        let own = own_name(self.bucket, &file.name).map(|name| attempt(&name));
        let made = match own {
            Some(Ok(file)) => Ok(file),
            _ => attempt(&numbered(place, &file.name)),
        };
        made.map_err(|source| AppError::Write {
            path: dir.to_path_buf(),
            source,
        })
    }

    fn failed(&self, error: &CollectError) -> AppError {
        let gap = error.recorded().clone();
        let missing = [
            "NoSuchBucket",
            "NoSuchKey",
            "ContainerNotFound",
            "BlobNotFound",
            "notFound",
            "NOT_FOUND",
            "HTTP 404",
        ];
        let name = &self.bucket.name;
        let help = if missing.iter().any(|code| gap.detail.ends_with(code)) {
            format!("check the address: there is no `{name}`")
        } else if matches!(gap.cause, Cause::Denied | Cause::AuthExpired) {
            let right = match self.provider {
                Provider::Aws => "s3:ListBucket and s3:GetObject on it",
                Provider::Azure => "the role Storage Blob Data Reader on it",
                Provider::Gcp => "the role roles/storage.objectViewer on it",
            };
            format!("give the credentials {right}")
        } else if gap.cause == Cause::Cancelled {
            "run it again: it begins anew".to_owned()
        } else {
            "check the network, and run it again".to_owned()
        };
        AppError::Fetch {
            what: format!("billing files from `{name}`"),
            gap,
            help,
        }
    }
}

/// What a file is called below the prefix, if that is a path below.
fn own_name(bucket: &Bucket, name: &str) -> Option<PathBuf> {
    let folder = bucket
        .prefix
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    let below = name.strip_prefix(folder).unwrap_or(name);
    let below = below.strip_prefix('/').unwrap_or(below);
    let plain = |part: &str| {
        (1..=200).contains(&part.len())
            && !part.starts_with('.')
            && !part.contains(char::is_control)
    };
    let fits = below.len() <= 1_000 && !below.contains('\\') && below.split('/').all(plain);
    fits.then(|| PathBuf::from(below))
}

/// A number, and what the name ends with.
fn numbered(place: usize, name: &str) -> PathBuf {
    let last = name.rsplit('/').next().unwrap_or_default();
    let ending = last.split_once('.').map_or("", |(_, ending)| ending);
    let plain = |char: &char| char.is_ascii_alphanumeric() || *char == '.';
    let ending: String = ending.chars().filter(plain).take(20).collect();
    PathBuf::from(format!("file-{place:06}.{ending}"))
}

/// `12.3 MB`
fn bytes(size: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut tenths = u128::from(size) * 10;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < units.len() {
        tenths /= 1_000;
        unit += 1;
    }
    match unit {
        0 => format!("{size} B"),
        unit => format!("{}.{} {}", tenths / 10, tenths % 10, units[unit]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_bucket_and_a_prefix() {
        let of = |address: &str| {
            let (provider, bucket) = place(address).ok()?;
            Some((provider, bucket.account, bucket.name, bucket.prefix))
        };
        let plain = |text: &str| text.to_owned();
        assert_eq!(
            of("s3://bills/cur/2026/"),
            Some((Provider::Aws, None, plain("bills"), plain("cur/2026/")))
        );
        assert_eq!(
            of("gs://bills"),
            Some((Provider::Gcp, None, plain("bills"), plain("")))
        );
        assert_eq!(
            of("az://shop/exports/a/b.csv"),
            Some((
                Provider::Azure,
                Some(plain("shop")),
                plain("exports"),
                plain("a/b.csv")
            ))
        );
        for unfit in [
            "s3://",
            "s3:///x",
            "gs://..",
            "az://shop",
            "az:///x/y",
            "s3://a b/c",
            "s3://a@b/c",
        ] {
            assert!(of(unfit).is_none(), "{unfit}");
        }
        assert!(is_remote(Path::new("s3://x")) && !is_remote(Path::new("bill.csv")));
    }

    #[test]
    fn no_name_of_a_bucket_leads_out_of_the_folder() {
        let bucket = Bucket {
            account: None,
            name: "bills".to_owned(),
            prefix: "cur/2026/".to_owned(),
        };
        let of = |name: &str| own_name(&bucket, name).map(|path| path.display().to_string());
        assert_eq!(of("cur/2026/a/b.csv.gz").as_deref(), Some("a/b.csv.gz"));
        assert_eq!(
            of("cur/2026/PERIOD=01/a.parquet").as_deref(),
            Some("PERIOD=01/a.parquet")
        );
        for name in [
            "cur/2026/../../etc/passwd.csv",
            "//etc/x.csv",
            "cur/2026/.hidden.csv",
            "",
            "..",
            "a/./x.csv",
            "a/\u{7}.csv",
            "a\\..\\b.csv",
        ] {
            assert_eq!(of(name), None, "{name}");
            let local = numbered(7, name);
            assert_eq!(local.components().count(), 1, "{name}: {}", local.display());
        }
        assert_eq!(
            numbered(7, "cur/../x.csv.gz").display().to_string(),
            "file-000007.csv.gz"
        );
    }

    #[test]
    fn sizes_are_told_in_units() {
        for (size, told) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (12_345_678, "12.3 MB"),
        ] {
            assert_eq!(bytes(size), told);
        }
        assert_eq!(bytes(u64::MAX), "18446744.0 TB");
    }
}
