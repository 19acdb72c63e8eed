//! A small HTTP server on this machine that answers as a test says, and remembers what it was asked.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

/// What was asked.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// `GET`.
    pub method: String,
    /// Without what stands behind the question mark, as it goes over the wire.
    pub path: String,
    /// What stands behind the question mark, as it goes over the wire.
    pub query: String,
    /// Its lines, names and values in lower case.
    pub headers: String,
    /// The body.
    pub body: String,
}

impl Asked {
    /// Path and query.
    pub fn target(&self) -> String {
        match self.query.as_str() {
            "" => self.path.clone(),
            query => format!("{}?{query}", self.path),
        }
    }

    /// Whether the query holds this, as it goes over the wire: `pageToken=next`.
    pub fn says(&self, part: &str) -> bool {
        self.query.split('&').any(|one| one == part)
    }

    /// The value of a header, in lower case; the name is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            (found == name).then(|| value.trim())
        })
    }

    /// The parts of the query, decoded.
    pub fn pairs(&self) -> Vec<(String, String)> {
        let parts = self.query.split('&').filter(|part| !part.is_empty());
        parts
            .map(|part| {
                let (name, value) = part.split_once('=').unwrap_or((part, ""));
                (decoded(name), decoded(value))
            })
            .collect()
    }
}

/// What stands in an address, without its percent signs.
pub(crate) fn decoded(text: &str) -> String {
    let text = text.replace('+', " ");
    percent_encoding::percent_decode_str(&text)
        .decode_utf8_lossy()
        .into_owned()
}

/// One answer.
#[derive(Debug, Clone)]
pub enum Answer {
    /// An answer as it should be.
    Say {
        /// The status.
        status: u16,
        /// More headers, each line ended by `\r\n`.
        headers: String,
        /// The body.
        body: String,
    },
    /// An answer that comes late.
    Late(Duration, Box<Self>),
    /// Half of the body, then the connection ends.
    Half {
        /// The status.
        status: u16,
        /// The body of which half comes.
        body: String,
    },
    /// The connection ends without a word.
    HangUp,
    /// Nothing, for as long as the other side waits.
    Silence,
}

/// An answer with status 200.
pub fn ok(body: &Value) -> Answer {
    say(200, "", &body.to_string())
}

/// An answer.
pub fn say(status: u16, headers: &str, body: &str) -> Answer {
    Answer::Say {
        status,
        headers: headers.to_owned(),
        body: body.to_owned(),
    }
}

type Route = dyn Fn(&str, &Asked, usize) -> Answer + Send + Sync;

/// A server that lives as long as the test's process.
#[derive(Debug)]
pub struct Loopback {
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Loopback {
    /// Answers by its own address, what is asked, and how many questions came before.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(
        route: impl Fn(&str, &Asked, usize) -> Answer + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, base) = (asked.clone(), url.clone());
        let route: Arc<Route> = Arc::new(route);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (log, base, route) = (log.clone(), base.clone(), route.clone());
                std::thread::spawn(move || {
                    // A client that goes away has its reasons.
                    drop(serve(connection, &base, &*route, &log));
                });
            }
        });
        Ok(Self { url, asked })
    }

    /// Gives these answers in turn, the last one for ever.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn in_turn(answers: Vec<Answer>) -> io::Result<Self> {
        Self::start(move |_, _, turn| {
            let turn = turn.min(answers.len().saturating_sub(1));
            answers.get(turn).cloned().unwrap_or(Answer::HangUp)
        })
    }

    /// Everything that was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        locked(&self.asked).clone()
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads one request and gives one answer.
fn serve(
    mut connection: TcpStream,
    base: &str,
    route: &Route,
    log: &Mutex<Vec<Asked>>,
) -> io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(());
    }
    let mut words = first.split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut asked = Asked {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        ..Asked::default()
    };
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        asked.headers.push_str(&line.to_ascii_lowercase());
    }
    let length = asked
        .header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    asked.body = String::from_utf8_lossy(&body).into_owned();
    let turn = {
        let mut log = locked(log);
        log.push(asked.clone());
        log.len() - 1
    };
    give(&mut connection, route(base, &asked, turn))
}

fn give(connection: &mut TcpStream, answer: Answer) -> io::Result<()> {
    match answer {
        Answer::Say {
            status,
            headers,
            body,
        } => connection.write_all(text(status, &headers, &body, body.len()).as_bytes()),
        Answer::Late(by, answer) => {
            std::thread::sleep(by);
            give(connection, *answer)
        }
        Answer::Half { status, body } => {
            let half = &body.as_bytes()[..body.len() / 2];
            connection.write_all(text(status, "", "", body.len()).as_bytes())?;
            connection.write_all(half)
        }
        Answer::HangUp => Ok(()),
        Answer::Silence => connection.read(&mut [0; 1]).map(drop),
    }
}

fn text(status: u16, headers: &str, body: &str, length: usize) -> String {
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n{headers}\r\n{body}"
    )
}
