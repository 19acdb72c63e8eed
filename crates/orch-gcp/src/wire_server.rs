//! A small server of our own for tests: it answers as a script says, or as recorded exchanges do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Without what stands behind the question mark.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Asked {
    /// Whether the query holds this, as it goes over the wire.
    pub(crate) fn says(&self, part: &str) -> bool {
        self.query.split('&').any(|one| one == part)
    }
}

/// One answer.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Say {
        status: u16,
        headers: &'static str,
        body: String,
    },
    HangUp,
}

pub(crate) fn ok(body: Value) -> Answer {
    say(200, "", &body.to_string())
}

pub(crate) fn say(status: u16, headers: &'static str, body: &str) -> Answer {
    Answer::Say {
        status,
        headers,
        body: body.to_owned(),
    }
}

/// A server that lives as long as the test's process.
pub(crate) struct Server {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Answers by what is asked.
    pub(crate) fn answering(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (asked.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (log, answer) = (log.clone(), answer.clone());
                std::thread::spawn(move || serve(connection, &log, &*answer));
            }
        });
        Self { url, asked }
    }

    /// Gives these answers in turn, the last one for ever.
    pub(crate) fn in_turn(answers: Vec<Answer>) -> Self {
        let turn = Mutex::new(0);
        Self::answering(move |_| {
            let mut turn = turn.lock().unwrap();
            let answer = answers[(*turn).min(answers.len() - 1)].clone();
            *turn += 1;
            answer
        })
    }

    /// Answers as the exchanges of one folder of fixtures do; what is not among them is not there.
    pub(crate) fn replaying(case: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/wire/gcp");
        let mut exchanges: Vec<Value> = Vec::new();
        for file in std::fs::read_dir(folder.join(case)).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            exchanges.push(serde_json::from_str(&text).unwrap());
        }
        Self::answering(move |asked| {
            let fits = |one: &&Value| {
                let (host, path) = (one["host"].as_str(), one["path"].as_str());
                let path = format!("/host/{}{}", host.unwrap(), path.unwrap());
                let page = match one["query"]["pageToken"][0].as_str() {
                    Some(token) => asked.says(&format!("pageToken={token}")),
                    None => !asked.query.contains("pageToken="),
                };
                page && path == asked.path && one["method"] == asked.method.as_str()
            };
            match exchanges.iter().find(fits) {
                Some(one) => {
                    let status = one["status"].as_u64().unwrap() as u16;
                    say(status, "", &one["body"].to_string())
                }
                None => say(404, "", r#"{"error":{"errors":[{"reason":"notFound"}]}}"#),
            }
        })
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// Reads one request and gives one answer.
fn serve(mut connection: TcpStream, log: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Answer) {
    let mut reader = BufReader::new(connection.try_clone().unwrap());
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let mut words = line.split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    let (mut length, mut headers) = (0, String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
        headers.push_str(&line.to_ascii_lowercase());
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    let asked = Asked {
        method,
        path,
        query,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let answer = answer(&asked);
    log.lock().unwrap().push(asked);
    if let Answer::Say {
        status,
        headers,
        body,
    } = answer
    {
        let length = body.len();
        let text = format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
        );
        let _ = connection.write_all(text.as_bytes());
    }
}
