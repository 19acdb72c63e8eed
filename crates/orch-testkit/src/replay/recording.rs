//! What a recording is: exchanges with a cloud in JSON files, one a file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::loopback::decoded;

/// Whose exchanges they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cloud {
    /// Azure Resource Manager.
    Azure,
    /// The APIs of Google Cloud.
    Gcp,
}

impl Cloud {
    /// Its name: `azure`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Azure => "azure",
            Self::Gcp => "gcp",
        }
    }

    /// The variable that leads the program to a stand-in.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Azure => "ORCH_AZURE_ENDPOINT_URL",
            Self::Gcp => "ORCH_GCP_ENDPOINT_URL",
        }
    }
}

/// A question and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Its file, below the folder that was read.
    pub file: String,
    /// The recording it is of: the year it was made in, empty where it does not say.
    pub set: String,
    /// `GET` or `POST`.
    pub method: String,
    /// Who was asked; Azure is asked at one address.
    pub host: String,
    /// Decoded; as it was recorded otherwise.
    pub path: String,
    /// What was asked for besides.
    pub query: BTreeMap<String, String>,
    /// What a POST carried.
    pub request: Value,
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer.
    pub body: Value,
}

impl Exchange {
    /// Reads what a file says.
    fn of(file: &str, value: &Value) -> Option<Self> {
        let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let query = value["query"].as_object().into_iter().flatten();
        let query = query.filter_map(|(name, values)| {
            let value = values.get(0).unwrap_or(values).as_str()?;
            Some((name.clone(), value.to_owned()))
        });
        Some(Self {
            file: file.to_owned(),
            set: match &value["set"] {
                Value::Null => String::new(),
                Value::String(set) => set.clone(),
                other => other.to_string(),
            },
            method: value["method"].as_str()?.to_owned(),
            host: text("host"),
            path: decoded(&value["path"].as_str()?.replace('+', "%2B")),
            query: query.collect(),
            request: value["request_body"].clone(),
            status: value["status"].as_u64()?.try_into().ok()?,
            body: value["body"].clone(),
        })
    }
}

/// Exchanges, in the order of their files.
#[derive(Debug, Clone, Default)]
pub struct Recording {
    /// Each.
    pub exchanges: Vec<Exchange>,
}

impl Recording {
    /// Reads every exchange below folders, those of the first before those of the next.
    ///
    /// # Errors
    /// When a file cannot be read, or is no exchange.
    pub fn read(root: &Path, folders: &[&str]) -> io::Result<Self> {
        let mut recording = Self::default();
        let mut seen = BTreeSet::new();
        for folder in folders {
            let mut files = Vec::new();
            find(&root.join(folder), &mut files)?;
            files.sort();
            for path in files {
                if !seen.insert(path.clone()) {
                    continue;
                }
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy();
                let value: Value = serde_json::from_slice(&fs::read(&path)?)?;
                match Exchange::of(&name, &value) {
                    Some(exchange) => recording.exchanges.push(exchange),
                    // An index of them, or what a test expects.
                    None if value.get("method").is_none() => {}
                    None => return Err(io::Error::other(format!("{name} is no exchange"))),
                }
            }
        }
        Ok(recording)
    }

    /// The exchanges of each set, apart from those of the others.
    pub fn sets(&self) -> BTreeMap<String, Self> {
        let mut sets: BTreeMap<String, Self> = BTreeMap::new();
        for exchange in &self.exchanges {
            let set = sets.entry(exchange.set.clone()).or_default();
            set.exchanges.push(exchange.clone());
        }
        sets
    }
}

/// The JSON files below a folder.
fn find(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "json") {
            files.push(path);
        }
    }
    Ok(())
}
