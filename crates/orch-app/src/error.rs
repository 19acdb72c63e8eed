//! Everything that can end a command early: what went wrong, the next step, the exit code.

use std::fmt;
use std::io;
use std::path::PathBuf;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use orch_collect::{CollectFailure, DiscoverError};
use orch_engine::RuleFileError;
use orch_model::{Cause, Gap, Provider};
use orch_snapshot::SnapshotError;

use crate::clouds::BUILT;
use crate::config::Placed;
use crate::exit::ExitCode;
use crate::words::{Mistake, visible_lines};

/// How many mistakes are shown.
const MOST_PARTS: usize = 20;

/// Why a command did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Options that cannot be meant.
    #[error("failed to understand the options")]
    Usage(Vec<Mistake>),
    /// Neither a provider nor a snapshot.
    #[error("failed to begin: there is nothing to audit yet")]
    NothingToAudit,
    /// A provider that this program was built without.
    #[error("this build of orch cannot read {0}")]
    NotBuilt(Provider),
    /// Mistakes in the configuration.
    #[error("failed to understand `{}`", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// Its text.
        text: String,
        /// The mistakes.
        mistakes: Vec<Placed>,
    },
    /// Mistakes in rule files.
    #[error("failed to load the rules")]
    Rules(Several),
    /// An expression, or the resource for it, that cannot be understood, or that has no value.
    #[error("failed to evaluate the expression")]
    Expression(Several),
    /// A file that cannot be read.
    #[error("failed to read `{}`: {}", path.display(), said(source))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that cannot be written.
    #[error("failed to write `{}`: {}", path.display(), said(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// An input that cannot be understood.
    #[error("{0}")]
    Input(Mistake),
    /// A snapshot that cannot be loaded or written.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// What was read until it was stopped is kept, but could not be reported.
    #[error("{why}")]
    Unreported {
        /// What went wrong with the report.
        why: Box<AppError>,
        /// How to go on with the collection.
        kept: String,
    },
    /// There are no credentials, or none that hold.
    #[error("{0}")]
    Credentials(Mistake),
    /// The user stopped it before anything was read.
    #[error("failed to begin: it was stopped before anything was read")]
    Stopped,
    /// The provider did not let us in.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// The collection could not go on.
    #[error(transparent)]
    Collect(#[from] CollectFailure),
    /// A price list or a file was not fetched.
    #[error("failed to fetch {what}: {gap}")]
    Fetch {
        /// What.
        what: String,
        /// Why not.
        gap: Gap,
        /// The next step.
        help: String,
    },
    /// Something in orch itself broke.
    #[error("failed for a reason within orch itself: {0}")]
    Internal(String),
}

impl AppError {
    /// One mistake on the command line.
    pub fn usage(mistake: Mistake) -> Self {
        Self::Usage(vec![mistake])
    }

    /// The exit code.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) | Self::NothingToAudit | Self::NotBuilt(_) => ExitCode::Usage,
            Self::Config { .. }
            | Self::Rules(_)
            | Self::Expression(_)
            | Self::Read { .. }
            | Self::Input(_) => ExitCode::Invalid,
            Self::Write { .. } => ExitCode::Usage,
            Self::Unreported { why, .. } => why.exit_code(),
            Self::Snapshot(error) => of_snapshot(error),
            Self::Credentials(_) | Self::Discover(DiscoverError::Credentials { .. }) => {
                ExitCode::NoCredentials
            }
            Self::Stopped => ExitCode::Incomplete,
            Self::Fetch { gap, .. } if gap.cause == Cause::AuthExpired => ExitCode::NoCredentials,
            Self::Fetch { .. } => ExitCode::Incomplete,
            Self::Discover(
                DiscoverError::UnknownRegion { .. }
                | DiscoverError::UnknownAccount { .. }
                | DiscoverError::MalformedAccount { .. }
                | DiscoverError::NoRegion { .. },
            ) => ExitCode::Usage,
            Self::Discover(DiscoverError::Provider { .. }) => ExitCode::Incomplete,
            Self::Collect(CollectFailure::Snapshot(error)) => of_snapshot(error),
            Self::Collect(_) | Self::Internal(_) => ExitCode::Internal,
        }
    }

    /// What to do next.
    pub fn next_step(&self) -> Option<String> {
        match self {
            Self::Usage(mistakes) => match mistakes.as_slice() {
                [only] => only.help.clone(),
                _ => None,
            },
            Self::NothingToAudit => Some(
                "type `orch audit --provider aws` to audit the account of your AWS credentials, or \
                 `orch audit --snapshot DIR` for a snapshot taken before; \
                 `fixtures/estates/demo` in the source is one to try"
                    .to_owned(),
            ),
            Self::NotBuilt(_) => Some(match BUILT {
                [] => "it reads no cloud at all: install one that does with \
                       `cargo install --path crates/orch-cli`, or audit a snapshot with \
                       `orch audit --snapshot DIR`"
                    .to_owned(),
                [only] => format!("it reads {only}: name it with `--provider {only}`"),
                several => {
                    let names: Vec<&str> = several.iter().map(|built| built.as_str()).collect();
                    format!("it reads {}: name one with --provider", names.join(", "))
                }
            }),
            Self::Config { .. } | Self::Rules(_) | Self::Expression(_) => None,
            Self::Read { source, .. } => Some(match source.kind() {
                io::ErrorKind::NotFound => "check the path".to_owned(),
                io::ErrorKind::IsADirectory => "name a file, not a directory".to_owned(),
                io::ErrorKind::InvalidData => "save the file as UTF-8".to_owned(),
                _ => "check that the file can be read".to_owned(),
            }),
            Self::Write { source, path } => Some(match source.kind() {
                io::ErrorKind::IsADirectory => format!(
                    "name a file in it, for example {}",
                    path.join("report.json").display()
                ),
                io::ErrorKind::AlreadyExists => {
                    "it is there already and stays as it is: name another file".to_owned()
                }
                io::ErrorKind::StorageFull => "make room, or write to another disk".to_owned(),
                io::ErrorKind::NotFound => "make the directory first".to_owned(),
                _ => "check that the place can be written, or name another".to_owned(),
            }),
            Self::Input(mistake) | Self::Credentials(mistake) => mistake.help.clone(),
            Self::Unreported { why, kept } => Some(match why.next_step() {
                Some(step) => format!("{kept}; to see a report of them, {step}"),
                None => kept.clone(),
            }),
            Self::Stopped => Some("run it again".to_owned()),
            Self::Fetch { help, .. } => Some(help.clone()),
            Self::Snapshot(error) => Some(error.help()),
            Self::Discover(error) => Some(error.help().to_owned()),
            Self::Collect(error) => Some(error.help()),
            Self::Internal(_) => Some(
                "run again with -v and report what it prints; nothing was changed anywhere".to_owned(),
            ),
        }
    }

    /// The mistakes it is made of, where there is more to say than one sentence.
    fn parts(&self) -> Several {
        match self {
            Self::Usage(mistakes) if mistakes.len() > 1 => {
                Several::of(mistakes, |mistake| Told::from(mistake.clone()))
            }
            Self::Config {
                path,
                text,
                mistakes,
            } => {
                let name = path.display().to_string();
                Several::of(mistakes, |placed| Told::placed(&name, text, placed))
            }
            Self::Rules(told) | Self::Expression(told) => told.clone(),
            _ => Several::default(),
        }
    }
}

/// Mistakes as they are told: the first ones, and how many there are besides.
#[derive(Debug, Clone, Default)]
pub struct Several {
    first: Vec<Told>,
    more: usize,
}

impl Several {
    /// The first of them, each told by `tell`: one slip can bring thousands, and each shows its file.
    pub fn of<T, I>(mistakes: I, tell: impl FnMut(T) -> Told) -> Self
    where
        I: IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
    {
        let mistakes = mistakes.into_iter();
        Self {
            more: mistakes.len().saturating_sub(MOST_PARTS),
            first: mistakes.take(MOST_PARTS).map(tell).collect(),
        }
    }

    fn into_parts(mut self) -> Vec<Told> {
        if self.more > 0 {
            let message = format!("{} more mistakes are not shown", self.more);
            self.first
                .push(Told::from(Mistake::new(message, "mend these first")));
        }
        self.first
    }

    /// The first, and how many there are besides.
    fn line(&self) -> Option<String> {
        let first = self.first.first()?;
        Some(match self.first.len() - 1 + self.more {
            0 => first.to_string(),
            more => format!("{first}, and {more} more"),
        })
    }
}

/// Whatever cannot be written is usage, as for every other output: another place has to be named. A snapshot
/// that cannot be understood is input.
fn of_snapshot(error: &SnapshotError) -> ExitCode {
    match error {
        SnapshotError::OutNotEmpty { .. }
        | SnapshotError::OutIsAFile { .. }
        | SnapshotError::OutHasNoName { .. }
        | SnapshotError::PartialExists { .. }
        | SnapshotError::NotPartial { .. }
        | SnapshotError::Busy { .. }
        | SnapshotError::Unwritable { .. }
        | SnapshotError::DiskFull { .. }
        | SnapshotError::Write { .. } => ExitCode::Usage,
        _ => ExitCode::Invalid,
    }
}

/// What the system says, in words that do not change between systems where we have some.
fn said(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::NotADirectory => "a part of the path is not a directory".to_owned(),
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        io::ErrorKind::AlreadyExists => "there is such a file already".to_owned(),
        io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
        _ => error.to_string(),
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// One mistake as it is told, with its place in a text if it has one.
#[derive(Debug, Clone)]
pub struct Told {
    message: String,
    help: Option<String>,
    source: Option<NamedSource<String>>,
    span: Option<std::ops::Range<usize>>,
}

impl std::error::Error for Told {}

impl From<Mistake> for Told {
    fn from(mistake: Mistake) -> Self {
        Self {
            message: visible_lines(&mistake.message),
            help: mistake.help.as_deref().map(visible_lines),
            source: None,
            span: None,
        }
    }
}

impl From<RuleFileError> for Told {
    fn from(error: RuleFileError) -> Self {
        Self::from(Mistake {
            message: error.to_string(),
            help: error.help,
        })
    }
}

impl Told {
    /// A mistake with its place in a text.
    pub fn placed(name: impl Into<String>, text: &str, placed: &Placed) -> Self {
        let name = orch_report::visible(&name.into()).into_owned();
        let told = Self::from(placed.mistake.clone());
        // A span that ends outside the text, or within a character, would hide the whole message.
        let whole = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = whole(placed.span.start);
        let end = whole(placed.span.end).max(start);
        if !is_showable(text, start, end) {
            let line = text[..start].matches('\n').count() + 1;
            return Self {
                message: format!("{name}, line {line}: {}", told.message),
                ..told
            };
        }
        // Each part by itself, so that the place stays the place when escapes make the text longer.
        let mut shown = visible_lines(&text[..start]);
        let from = shown.len();
        shown.push_str(&visible_lines(&text[start..end]));
        let to = shown.len();
        shown.push_str(&visible_lines(&text[end..]));
        Self {
            source: Some(NamedSource::new(name, shown)),
            span: Some(from..to),
            ..told
        }
    }
}

/// Whether the lines around a place are short enough to be shown: what is not written by hand would fill the
/// screen, and columns beyond 65,535 cannot be drawn at all.
fn is_showable(text: &str, start: usize, end: usize) -> bool {
    const LONGEST_LINE: usize = 2_000;
    let first = text[..start].matches('\n').count();
    let last = first + text[start..end].matches('\n').count();
    text.split('\n')
        .take(last + 2)
        .skip(first.saturating_sub(1))
        .all(|line| line.len() <= LONGEST_LINE)
}

impl Diagnostic for Told {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.span.clone()?;
        Some(Box::new(std::iter::once(LabeledSpan::at(span, "here"))))
    }
}

/// An error made ready to be shown.
#[derive(Debug)]
pub struct Shown {
    message: String,
    help: Option<String>,
    line: String,
    parts: Vec<Told>,
}

impl From<&AppError> for Shown {
    fn from(error: &AppError) -> Self {
        let message = match error {
            AppError::Usage(mistakes) if mistakes.len() == 1 => mistakes[0].message.clone(),
            error => error.to_string(),
        };
        let message = visible_lines(&message);
        let parts = error.parts();
        let first = message.lines().next().unwrap_or_default();
        let line = match parts.line() {
            None => first.to_owned(),
            Some(rest) => format!("{first}: {rest}"),
        };
        Self {
            message,
            help: error.next_step().as_deref().map(visible_lines),
            line,
            parts: parts.into_parts(),
        }
    }
}

impl Shown {
    /// The mistakes it is made of, where there is more to say than one sentence.
    pub fn parts(&self) -> &[Told] {
        &self.parts
    }

    /// Everything in one line.
    pub fn line(&self) -> &str {
        &self.line
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl Diagnostic for Shown {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }
}
