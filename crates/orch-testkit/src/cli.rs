//! Runs the real `orch` binary with nothing of the caller's environment.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::harness::{HarnessError, Session, failed};

/// One run of the real binary, with nothing of the caller's environment.
#[derive(Debug)]
pub struct Cli {
    command: Command,
    redactions: Vec<(String, String)>,
}

/// What a run left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Standard output, redacted.
    pub stdout: String,
    /// Standard error, redacted.
    pub stderr: String,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self
            .code
            .map_or_else(|| "killed".to_owned(), |code| code.to_string());
        write!(
            f,
            "exit: {code}\n--- stdout\n{}--- stderr\n{}",
            self.stdout, self.stderr
        )
    }
}

impl Cli {
    /// A run of `binary` (the caller's `env!("CARGO_BIN_EXE_orch")`) in `home`, which is also its HOME.
    pub fn new(binary: impl AsRef<Path>, home: &Path) -> Self {
        let mut command = Command::new(binary.as_ref());
        command
            .env_clear()
            .current_dir(home)
            .env("HOME", home)
            .stdin(Stdio::null());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        // Without these a run would look for credentials on this machine and on its network.
        command
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_CONFIG_FILE", "/dev/null");
        command.env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
        let home = home.display().to_string();
        Self {
            command,
            redactions: vec![(home, "[HOME]".to_owned())],
        }
    }

    /// Points the run at a session.
    #[must_use]
    pub fn session(mut self, session: &Session<'_>) -> Self {
        self.redactions
            .push((session.url().to_owned(), "[URL]".to_owned()));
        let port = session.url().rsplit(':').next().unwrap_or_default();
        self.redactions
            .push((format!("127.0.0.1:{port}"), "[ADDRESS]".to_owned()));
        self.command.envs(session.env());
        self
    }

    /// Sets a variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    /// Takes a variable away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(mut self, args: I) -> Self {
        self.command.args(args);
        self
    }

    /// Prints `[name]` wherever the text stands in the output.
    #[must_use]
    pub fn redact(mut self, text: impl Into<String>, name: &str) -> Self {
        self.redactions.push((text.into(), format!("[{name}]")));
        self
    }

    /// Sends standard output to a file, instead of into what [`Cli::run`] returns.
    ///
    /// # Errors
    /// When it cannot be opened for writing.
    pub fn stdout(mut self, path: &Path) -> Result<Self, HarnessError> {
        let file = OpenOptions::new().write(true).open(path);
        let file = file.map_err(failed(format_args!("open {}", path.display())))?;
        self.command.stdout(file);
        Ok(self)
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// When the binary does not start.
    pub fn run(mut self) -> Result<Run, HarnessError> {
        let output = self.command.output().map_err(failed("start orch"))?;
        let redact = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            self.redactions
                .iter()
                .fold(text, |text, (from, to)| text.replace(from, to))
        };
        Ok(Run {
            code: output.status.code(),
            stdout: redact(&output.stdout),
            stderr: redact(&output.stderr),
        })
    }

    /// Starts and returns at once, for tests that signal or kill the run.
    ///
    /// # Errors
    /// When the binary does not start.
    pub fn spawn(mut self) -> Result<Child, HarnessError> {
        self.command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed("start orch"))
    }
}
