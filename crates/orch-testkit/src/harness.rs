//! Starts the loopback AWS of the tests and opens sessions on it.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Names the Python of the virtual environment; `cargo xtask test` sets it.
pub const PYTHON: &str = "ORCH_TEST_PYTHON";

const ADMIN_SECONDS: u64 = 60;

/// Why the harness could not do what a test asked for.
#[derive(Debug)]
pub struct HarnessError(pub(crate) String);

impl fmt::Display for HarnessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for HarnessError {}

pub(crate) fn failed(what: impl fmt::Display) -> impl FnOnce(io::Error) -> HarnessError {
    move |cause| HarnessError(format!("failed to {what}: {cause}"))
}

/// What a session starts with.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Items a page; none: lists come whole, as small ones do from AWS.
    pub page_size: Option<usize>,
    /// Points a page of metrics; none: as many as AWS gives.
    pub metric_points: Option<usize>,
}

/// What goes wrong. Retry-After is in seconds.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// An error of the service in its protocol; the status is the one AWS gives with the code.
    Error {
        /// Its code: `RequestLimitExceeded`, `UnauthorizedOperation`, `ExpiredToken`, `OptInRequired`.
        code: String,
        /// Its words.
        message: String,
        /// The header, if any.
        retry_after: Option<u32>,
    },
    /// A bare status without a body, as a proxy sends it: 429, 503.
    Status {
        /// The status.
        status: u16,
        /// The header, if any.
        retry_after: Option<u32>,
    },
    /// Nothing is ever said; the client has to give up.
    Hang,
    /// The connection is reset.
    Reset,
    /// Half of the body comes, then the connection ends.
    Truncate,
    /// The answer to a page token names that token again.
    RepeatToken,
    /// The clock of the service is another one: a refusal with its `Date`.
    Skew {
        /// How far its clock is ahead.
        seconds: i64,
    },
    /// The answer comes late.
    Delay {
        /// How late.
        milliseconds: u64,
    },
}

impl Action {
    /// An error with a code.
    pub fn error(code: &str) -> Self {
        Self::Error {
            code: code.into(),
            message: "The test asked for this.".into(),
            retry_after: None,
        }
    }

    fn json(&self) -> Value {
        let mut value = match self {
            Self::Error { code, message, .. } => {
                json!({"kind": "error", "code": code, "message": message})
            }
            Self::Status { status, .. } => json!({"kind": "status", "status": status}),
            Self::Hang => json!({"kind": "hang"}),
            Self::Reset => json!({"kind": "reset"}),
            Self::Truncate => json!({"kind": "truncate"}),
            Self::RepeatToken => json!({"kind": "repeat-token"}),
            Self::Skew { seconds } => json!({
                "kind": "error", "code": "RequestTimeTooSkewed", "skew_seconds": seconds,
                "message": "The difference between the request time and the current time is too large.",
            }),
            Self::Delay { milliseconds } => {
                json!({"kind": "delay", "seconds": *milliseconds as f64 / 1000.0})
            }
        };
        if let Self::Error {
            retry_after: Some(after),
            ..
        }
        | Self::Status {
            retry_after: Some(after),
            ..
        } = self
        {
            value["retry_after"] = json!(after);
        }
        value
    }
}

/// Which calls go wrong and how; without a narrowing, all of them.
#[derive(Debug, Clone)]
pub struct Fault {
    action: Action,
    operation: Option<String>,
    service: Option<String>,
    region: Option<String>,
    after: usize,
    times: Option<usize>,
}

impl Fault {
    /// Every call goes wrong in this way.
    pub fn new(action: Action) -> Self {
        Self {
            action,
            operation: None,
            service: None,
            region: None,
            after: 0,
            times: None,
        }
    }

    /// Only this operation: `DescribeVpcs`.
    #[must_use]
    pub fn operation(self, name: &str) -> Self {
        Self {
            operation: Some(name.into()),
            ..self
        }
    }

    /// Only this service by its signing name: `ec2`, `monitoring`, `ce`, `sts`.
    #[must_use]
    pub fn service(self, name: &str) -> Self {
        Self {
            service: Some(name.into()),
            ..self
        }
    }

    /// Only calls signed for this region.
    #[must_use]
    pub fn region(self, name: &str) -> Self {
        Self {
            region: Some(name.into()),
            ..self
        }
    }

    /// The first `calls` matching calls still go well; attempts count one by one.
    #[must_use]
    pub fn after(self, calls: usize) -> Self {
        Self {
            after: calls,
            ..self
        }
    }

    /// Only so many matching calls go wrong.
    #[must_use]
    pub fn times(self, calls: usize) -> Self {
        Self {
            times: Some(calls),
            ..self
        }
    }

    fn json(&self) -> Value {
        json!({
            "action": self.action.json(), "operation": self.operation, "service": self.service,
            "region": self.region, "after": self.after, "times": self.times,
        })
    }
}

/// One request as the harness saw it, in the order of arrival.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Signing name of the service.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The IAM action that AWS would ask for: `ec2:DescribeVpcs`.
    pub action: String,
    /// Region of the signature.
    pub region: String,
    /// Which attempt of its call this is, from 1.
    pub attempt: u64,
    /// Its page token.
    pub token: Option<String>,
    /// How it was answered; none where it was not.
    pub status: Option<u64>,
    /// The fault it met.
    pub fault: Option<String>,
}

/// The running process. It ends when this value is dropped or this process dies.
#[derive(Debug)]
pub struct Harness {
    child: Child,
    stdin: Option<ChildStdin>,
    url: String,
    python: PathBuf,
    sessions: AtomicUsize,
}

impl Harness {
    /// Starts an empty account.
    ///
    /// # Errors
    /// When the Python environment is missing or does not start; the text says what to do.
    pub fn start() -> Result<Self, HarnessError> {
        let python = std::env::var_os(PYTHON).map(PathBuf::from).ok_or_else(|| {
            HarnessError(format!(
                "failed to find the Python of the test harness: {PYTHON} is not set. \
                 Run the tests with `cargo xtask test`, which provides it, or set {PYTHON} to the python of a \
                 virtual environment with crates/orch-testkit/harness/requirements.txt installed"
            ))
        })?;
        let mut child = Command::new(&python)
            .args(["-m", "orch_harness", "--port", "0"])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("harness"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed(format_args!(
                "start the test harness with {}",
                python.display()
            )))?;
        let stdin = child.stdin.take();
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut line)
                .map_err(failed("read the address of the harness"))?;
        }
        let told: Value = serde_json::from_str(&line).map_err(|_| {
            HarnessError(format!(
                "failed to start the test harness: it did not print its address. What it said is above; \
                 `cargo xtask test` renews the environment of {}",
                python.display()
            ))
        })?;
        let url = told["url"].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            child,
            stdin,
            url,
            python,
            sessions: AtomicUsize::new(0),
        })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Opens a session: an access key with its own faults, page size, permissions and log, so that several
    /// tests can look at one account at the same time.
    ///
    /// # Errors
    /// When the harness does not answer.
    pub fn session(&self, options: &Options) -> Result<Session<'_>, HarnessError> {
        let number = self.sessions.fetch_add(1, Ordering::Relaxed);
        let session = Session {
            harness: self,
            key: format!("AKIAORCHTEST{number:08}"),
        };
        let mut settings = json!({"page_size": options.page_size});
        if let Some(points) = options.metric_points {
            settings["metric_points"] = json!(points);
        }
        session.admin("POST", "session", Some(&settings))?;
        Ok(session)
    }

    /// Runs a Python program that fills the account, with the address as its argument, and returns what it prints.
    ///
    /// # Errors
    /// When it fails; its own words are printed to standard error.
    pub fn seed(&self, script: &Path) -> Result<String, HarnessError> {
        let output = Command::new(&self.python)
            .arg(script)
            .arg(&self.url)
            .stderr(Stdio::inherit())
            .output()
            .map_err(failed(format_args!("run {}", script.display())))?;
        if !output.status.success() {
            return Err(HarnessError(format!(
                "failed to fill the account: {} ended with {}",
                script.display(),
                output.status
            )));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let patience = Instant::now() + Duration::from_secs(2);
        while Instant::now() < patience {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        // It is only a helper of this test; there is nobody to tell that it did not want to go.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One test's view of the account.
#[derive(Debug, Clone)]
pub struct Session<'h> {
    harness: &'h Harness,
    key: String,
}

impl Session<'_> {
    /// The environment that points an AWS client at this session and at nothing else.
    pub fn env(&self) -> Vec<(String, String)> {
        [
            ("AWS_ENDPOINT_URL", self.harness.url.as_str()),
            ("AWS_ACCESS_KEY_ID", self.key.as_str()),
            ("AWS_SECRET_ACCESS_KEY", "orch-test-secret"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// Where its harness listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.harness.url
    }

    /// The session's access key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Lets calls go wrong from now on; the first fault that matches a call is the one it meets.
    ///
    /// # Errors
    /// When the harness does not answer.
    pub fn fault(&self, fault: &Fault) -> Result<(), HarnessError> {
        self.admin("POST", "fault", Some(&fault.json())).map(drop)
    }

    /// Lets everything go well again.
    ///
    /// # Errors
    /// When the harness does not answer.
    pub fn heal(&self) -> Result<(), HarnessError> {
        self.admin("DELETE", "fault", None).map(drop)
    }

    /// Allows only these IAM actions; none: all. `sts:GetCallerIdentity` cannot be refused, as in AWS.
    ///
    /// # Errors
    /// When the harness does not answer.
    pub fn allow_only(&self, actions: Option<&[&str]>) -> Result<(), HarnessError> {
        self.admin("POST", "session", Some(&json!({"allow": actions})))
            .map(drop)
    }

    /// Every request of this session so far.
    ///
    /// # Errors
    /// When the harness does not answer.
    pub fn requests(&self) -> Result<Vec<Request>, HarnessError> {
        let told = self.admin("GET", "requests", None)?;
        let text = |entry: &Value, name: &str| entry[name].as_str().map(str::to_owned);
        let requests = told.as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(requests
            .iter()
            .map(|entry| Request {
                service: text(entry, "service").unwrap_or_default(),
                operation: text(entry, "operation").unwrap_or_default(),
                action: text(entry, "action").unwrap_or_default(),
                region: text(entry, "region").unwrap_or_default(),
                attempt: entry["attempt"].as_u64().unwrap_or_default(),
                token: text(entry, "token"),
                status: entry["status"].as_u64(),
                fault: text(entry, "fault"),
            })
            .collect())
    }

    /// Forgets the requests so far.
    ///
    /// # Errors
    /// When the harness does not answer.
    pub fn forget_requests(&self) -> Result<(), HarnessError> {
        self.admin("DELETE", "requests", None).map(drop)
    }

    /// An admin call: see `manage` in the harness's `app.py` for what there is.
    ///
    /// # Errors
    /// When the harness does not answer or refuses.
    pub fn admin(
        &self,
        method: &str,
        what: &str,
        body: Option<&Value>,
    ) -> Result<Value, HarnessError> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let address = self.harness.url.trim_start_matches("http://");
        let ask = || -> io::Result<String> {
            let mut stream = TcpStream::connect(address)?;
            stream.set_read_timeout(Some(Duration::from_secs(ADMIN_SECONDS)))?;
            write!(
                stream,
                "{method} /__orch__/{what}?key={} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n\
                 Content-Type: application/json\r\nConnection: close\r\n\r\n{body}",
                self.key,
                body.len(),
            )?;
            let mut told = String::new();
            stream.read_to_string(&mut told)?;
            Ok(told)
        };
        let told = ask().map_err(failed(format_args!("ask the harness for {what}")))?;
        let (head, body) = told.split_once("\r\n\r\n").unwrap_or_default();
        if head.split(' ').nth(1) != Some("200") {
            return Err(HarnessError(format!(
                "failed to ask the harness for {what}: it said {body}"
            )));
        }
        serde_json::from_str(body)
            .map_err(|cause| HarnessError(format!("failed to read what the harness said: {cause}")))
    }
}
