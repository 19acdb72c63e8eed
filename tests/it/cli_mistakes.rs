//! What a person sees after a mistake: the message, the next step, the exit code.

use std::fs;
use std::path::Path;

use orch_testkit::cli::{Cli, Run};
#[cfg(feature = "gcp")]
use orch_testkit::loopback::{Answer, Loopback, ok, say};
#[cfg(feature = "gcp")]
use serde_json::json;

use crate::{offline, project, run};

/// Files that the mistakes are made with, in a home of their own.
fn prepare(home: &Path) {
    let write = |name: &str, bytes: &[u8]| {
        let path = home.join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("directories");
        fs::write(path, bytes).expect("a file");
    };
    write("a-file", b"text");
    write("full/something", b"text");
    write("begun.partial/plan.json", b"{}");
    fs::create_dir(home.join("empty")).expect("a directory");
    write(
        "typo.toml",
        b"[audit]\nseverty = \"high\"\nonly = [\"securty\"]\n[netwrk]\n[network]\ncall_timeout = 20\n",
    );
    write("broken.toml", b"[audit\n");
    write(
        "numbers.toml",
        b"[network]\ncall_timeout = \"0s\"\nscope_timeout = \"9999h\"\nconcurrency = -1\n\
          [metrics]\ndays = 999999\n[costs]\ndays = 0\n[rank]\nhigh = -5\n",
    );
    write(
        "ports.toml",
        b"[rule.firewall-open-sensitive-port.params]\nports = [22, 70000]\nshare = 1.5\n\
          [rule.acl-open-admin-port.params]\nports = [-1]\n\
          [rule.volume-unattached.params]\ndays = -3\n",
    );
    write(
        "rule.toml",
        b"[rule.volume-unencryptd]\nseverity = \"low\"\n",
    );
    write(
        "waiver.toml",
        b"[[waiver]]\nrule = \"volume-unencrypted\"\nowner = \"me\"\nreason = \" \"\nresource = \"\"\n",
    );
    write("utf8.toml", b"[audit]\nprofile = \"\xff\"\n");
    write("rules-utf8/bad-bytes.yaml", b"title: \xff\xfe\n");
    write("rules-broken/half.yaml", b"title: [unclosed\n");
    write("rules-twice/volume-unencrypted.yaml", b"title: another\n");
    write("rules-yml/mine/one.yml", b"title: one\n");
    write("rules-yml/two.yaml", b"title: two\n");
    write("resource.yaml", b"kind: storage.volume\nvolume_type: gp2\n");
    write("resource-bad.yaml", b"kind: storage.volum\n");
    let demo = project("fixtures/estates/demo");
    copy(&demo, &home.join("checksum"));
    replace(&home.join("checksum/reads.jsonl"), "{", "{ ");
    copy(&demo, &home.join("broken-line"));
    append(&home.join("broken-line/reads.jsonl"), b"{\"scope\":\n");
    copy(&demo, &home.join("newer"));
    replace(
        &home.join("newer/manifest.json"),
        "\"format\": 1",
        "\"format\": 99",
    );
    copy(&demo, &home.join("demo"));
    copy(&demo, &home.join("missing-file"));
    fs::remove_file(home.join("missing-file/reads.jsonl")).expect("a file to remove");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory to copy") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

fn append(path: &Path, bytes: &[u8]) {
    let mut text = fs::read(path).expect("a file");
    text.extend_from_slice(bytes);
    fs::write(path, text).expect("a file");
}

fn replace(path: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("a file");
    let changed = text.replacen(from, to, 1);
    assert_ne!(text, changed, "`{from}` is not in {}", path.display());
    fs::write(path, changed).expect("a file");
}

const MISTAKES: &[(&str, &[&str])] = &[
    ("nothing to audit", &["audit"]),
    ("unknown option", &["audit", "--snapshto", "demo"]),
    ("unknown command", &["adit"]),
    ("misspelt provider", &["audit", "--provider", "asw"]),
    (
        "misspelt category",
        &["audit", "--snapshot", "demo", "--only", "securty"],
    ),
    (
        "misspelt severity",
        &["audit", "--snapshot", "demo", "--severity", "hihg"],
    ),
    (
        "misspelt fail-on",
        &["audit", "--snapshot", "demo", "--fail-on", "nevr"],
    ),
    (
        "no severity to fail on",
        &["audit", "--snapshot", "demo", "--fail-on", "sever"],
    ),
    (
        "misspelt rule",
        &["audit", "--snapshot", "demo", "--rule", "volume-unencryptd"],
    ),
    (
        "misspelt rule to skip",
        &["audit", "--snapshot", "demo", "--skip-rule", "acl-unusd"],
    ),
    (
        "every chosen rule skipped",
        &[
            "audit",
            "--snapshot",
            "demo",
            "--rule",
            "snapshot-public",
            "--skip-rule",
            "snapshot-public",
        ],
    ),
    (
        "misspelt format",
        &["audit", "--snapshot", "demo", "--format", "jsn"],
    ),
    (
        "misspelt grouping",
        &["audit", "--snapshot", "demo", "--group-by", "regoin"],
    ),
    (
        "misspelt gap",
        &["audit", "--snapshot", "demo", "--allow-gaps=denid"],
    ),
    (
        "misspelt collector",
        &["audit", "--snapshot", "demo", "--allow-gaps=ec2.instance"],
    ),
    (
        "neither cause nor collector",
        &["audit", "--snapshot", "demo", "--allow-gaps=x"],
    ),
    (
        "tag without value",
        &["audit", "--snapshot", "demo", "--tag", "Owner"],
    ),
    (
        "negative limit",
        &["audit", "--provider", "aws", "--max-api-cost=-1"],
    ),
    (
        "several mistakes at once",
        &[
            "audit",
            "--snapshot",
            "demo",
            "--severity",
            "hihg",
            "--only",
            "cots,zebra",
        ],
    ),
    (
        "live option with a snapshot",
        &["audit", "--snapshot", "demo", "--regions", "us-east-1"],
    ),
    (
        "external id without role",
        &["audit", "--provider", "aws", "--external-id", "x"],
    ),
    (
        "role without aws",
        &[
            "audit",
            "--provider",
            "azure,gcp",
            "--role",
            "arn:aws:iam::111122223333:role/audit",
        ],
    ),
    (
        "accounts of another cloud",
        &[
            "audit",
            "--provider",
            "aws,gcp",
            "--accounts",
            "11111111-2222-3333-4444-555555555555",
        ],
    ),
    ("missing snapshot", &["audit", "--snapshot", "nope"]),
    ("empty snapshot", &["audit", "--snapshot", "empty"]),
    ("file as snapshot", &["audit", "--snapshot", "a-file"]),
    (
        "other directory as snapshot",
        &["audit", "--snapshot", "full"],
    ),
    ("newer snapshot", &["audit", "--snapshot", "newer"]),
    ("wrong checksum", &["audit", "--snapshot", "checksum"]),
    ("broken line", &["audit", "--snapshot", "broken-line"]),
    (
        "missing file in snapshot",
        &["audit", "--snapshot", "missing-file"],
    ),
    (
        "unfinished snapshot",
        &["audit", "--snapshot", "begun.partial"],
    ),
    (
        "out not empty",
        &["collect", "--provider", "aws", "--out", "full"],
    ),
    (
        "out is a file",
        &["collect", "--provider", "aws", "--out", "a-file"],
    ),
    (
        "out was begun before",
        &["collect", "--provider", "aws", "--out", "begun"],
    ),
    (
        "save not empty",
        &["audit", "--provider", "aws", "--save", "full"],
    ),
    ("collect without out", &["collect", "--provider", "aws"]),
    ("collect without provider", &["collect", "--out", "new"]),
    (
        "resume of nothing",
        &["collect", "--resume", "nope.partial"],
    ),
    ("resume of a snapshot", &["collect", "--resume", "demo"]),
    (
        "output is a directory",
        &["audit", "--snapshot", "demo", "--output", "empty"],
    ),
    (
        "disk full",
        &["audit", "--snapshot", "demo", "--output", "/dev/full"],
    ),
    (
        "output nowhere",
        &[
            "audit",
            "--snapshot",
            "demo",
            "--output",
            "nope/report.json",
        ],
    ),
    (
        "no such configuration",
        &["audit", "--snapshot", "demo", "--config", "nope.toml"],
    ),
    (
        "mistakes in the configuration",
        &["config", "check", "--config", "typo.toml"],
    ),
    (
        "numbers that cannot be meant",
        &["config", "check", "--config", "numbers.toml"],
    ),
    (
        "parameters that cannot be meant",
        &["config", "check", "--config", "ports.toml"],
    ),
    (
        "configuration is not TOML",
        &["config", "check", "--config", "broken.toml"],
    ),
    (
        "configuration is not UTF-8",
        &["config", "check", "--config", "utf8.toml"],
    ),
    (
        "configuration names no rule",
        &["config", "check", "--config", "rule.toml"],
    ),
    (
        "waiver without reason",
        &["config", "check", "--config", "waiver.toml"],
    ),
    (
        "no such rules",
        &["audit", "--snapshot", "demo", "--rules", "nope"],
    ),
    (
        "rule file is not UTF-8",
        &["audit", "--snapshot", "demo", "--rules", "rules-utf8"],
    ),
    (
        "rule file is not YAML",
        &["rule", "lint", "--rules", "rules-broken"],
    ),
    (
        "duplicate rule id",
        &["audit", "--snapshot", "demo", "--rules", "rules-twice"],
    ),
    (
        "rules that would not be read",
        &["audit", "--snapshot", "demo", "--rules", "rules-yml"],
    ),
    (
        "directory without rules",
        &["rule", "list", "--rules", "empty"],
    ),
    (
        "explain an unknown rule",
        &["rule", "explain", "volume-unencrypted-disk"],
    ),
    ("new rule with a bad id", &["rule", "new", "Bad_Id"]),
    (
        "new rule of no kind",
        &["rule", "new", "fine", "--kind", "compute.instanc"],
    ),
    (
        "eval a broken expression",
        &[
            "rule",
            "eval",
            "resource.size_gb > 1",
            "--resource",
            "resource.yaml",
        ],
    ),
    (
        "eval types that differ",
        &[
            "rule",
            "eval",
            "resource.size_gib == \"1\"",
            "--resource",
            "resource.yaml",
        ],
    ),
    ("eval what cannot be", &["rule", "eval", "[1, 2][7] + 1"]),
    (
        "eval without the resource it reads",
        &["rule", "eval", "resource.size_gib > 1"],
    ),
    (
        "eval with a bad kind",
        &["rule", "eval", "true", "--resource", "resource-bad.yaml"],
    ),
    ("doctor of nothing", &["doctor"]),
    ("permissions of nothing", &["permissions"]),
    (
        "permissions of several providers",
        &["permissions", "--provider", "azure,gcp"],
    ),
    ("completions of an unknown shell", &["completions", "fsh"]),
];

fn mistake(home: &Path, args: &[&str]) -> Run {
    run(cli(home, args))
}

fn cli(home: &Path, args: &[&str]) -> Cli {
    offline(home).args(args)
}

#[test]
fn every_mistake_has_a_message_a_next_step_and_an_exit_code() {
    let home = tempfile::tempdir().expect("a home");
    prepare(home.path());
    let mut all = String::new();
    for (name, args) in MISTAKES {
        all.push_str(&told(name, args, cli(home.path(), args)));
    }
    insta::assert_snapshot!(all);
}

/// One mistake as it stands in the table.
pub(crate) fn told(name: &str, args: &[&str], cli: Cli) -> String {
    let run = run(cli);
    assert_eq!(run.stdout, "", "{name}: standard output is for reports");
    assert_ne!(run.code, Some(0), "{name}: {run}");
    assert_ne!(run.code, Some(70), "{name}: {run}");
    ends_once(&run);
    format!("## {name}\n$ orch {}\n{run}\n", args.join(" "))
}

/// The last line names the exit code, and no other does.
fn ends_once(run: &Run) {
    let named: Vec<&str> = run
        .stderr
        .lines()
        .filter(|line| line.starts_with("orch: exit "))
        .collect();
    assert_eq!(named.len(), 1, "{run}");
    assert_eq!(named.last().copied(), run.stderr.lines().last(), "{run}");
    let code = run.code.unwrap_or(-1);
    assert!(
        named[0].starts_with(&format!("orch: exit {code}, ")),
        "{run}"
    );
}

/// A directory that nobody may write to, also not root.
pub(crate) struct Unwritable(String);

impl Unwritable {
    pub(crate) fn new(home: &Path) -> Self {
        let closed = home.join("closed");
        fs::create_dir(&closed).expect("a directory");
        let mut permissions = fs::metadata(&closed).expect("a directory").permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&closed, permissions).expect("a directory nobody writes to");
        // Permissions do not bind root. The kernel's own directory refuses root as well.
        let binds = fs::write(closed.join("probe"), "").is_err();
        let closed = if binds { closed } else { "/sys".into() };
        let probe = closed.join("orch-probe");
        assert!(fs::write(&probe, "").is_err(), "{probe:?} can be written");
        Self(closed.display().to_string())
    }

    /// A place in it.
    pub(crate) fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.0)
    }

    /// What is said, without what depends on who runs the test and where.
    pub(crate) fn hide(&self, told: &str) -> String {
        let whys = [
            "Operation not permitted (os error 1)",
            "Permission denied (os error 13)",
            "Read-only file system (os error 30)",
            "the file system is read-only",
        ];
        let told = told
            .replace(&self.0, "[CLOSED]")
            .replace("[HOME]/closed", "[CLOSED]");
        whys.iter()
            .fold(told, |told, why| told.replace(why, "permission denied"))
    }
}

#[test]
fn a_report_that_cannot_be_written_is_told() {
    let home = tempfile::tempdir().expect("a home");
    prepare(home.path());
    let closed = Unwritable::new(home.path());
    let place = closed.path("report.json");
    let args = ["audit", "--snapshot", "demo", "--output", &place];
    let all = told(
        "output in a directory that cannot be written",
        &args,
        cli(home.path(), &args),
    );
    insta::assert_snapshot!(closed.hide(&all));
}

/// Reading a cloud takes minutes: what nobody could be told afterwards is told before.
#[cfg(feature = "gcp")]
#[test]
fn a_report_that_cannot_be_written_is_told_before_a_cloud_is_asked() {
    let home = tempfile::tempdir().expect("a home");
    let cloud = Loopback::in_turn(vec![ok(&json!({}))]).expect("a port");
    let closed = Unwritable::new(home.path());
    let place = closed.path("report.json");
    let args = ["audit", "--provider", "gcp", "--output", &place];
    let cli = cli(home.path(), &args).env(GOOGLE, &cloud.url);
    let run = run(cli);
    assert_eq!(run.code, Some(2), "{run}");
    assert!(run.stderr.contains("failed to write `"), "{run}");
    assert_eq!(cloud.asked().len(), 0, "{run}");
}

/// The variable that leads to a stand-in of Google Cloud.
#[cfg(feature = "gcp")]
const GOOGLE: &str = "ORCH_GCP_ENDPOINT_URL";

/// One code for every output that fails, whatever it is and wherever it goes.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_told_once() {
    let home = tempfile::tempdir().expect("a home");
    prepare(home.path());
    let commands: &[&[&str]] = &[
        &["audit", "--snapshot", "demo"],
        &["audit", "--snapshot", "demo", "--format", "json"],
        &["rule", "list"],
        &["rule", "explain", "volume-unencrypted"],
        &["rule", "test", "volume-unencrypted"],
        &["rule", "eval", "1 + 1"],
        &["permissions", "--provider", "aws"],
        &["completions", "bash"],
        &["--help"],
        &["--version"],
    ];
    for args in commands {
        let full = cli(home.path(), args).stdout(Path::new("/dev/full"));
        let run = run(full.expect("a full disk"));
        assert_eq!(run.code, Some(2), "{args:?}: {run}");
        ends_once(&run);
        assert!(run.stderr.contains("help: make room"), "{args:?}: {run}");
    }
}

/// What needs no cloud to go wrong on the way to one.
#[cfg(feature = "aws")]
#[test]
fn every_way_not_to_get_into_aws_is_explained() {
    type Case = (
        &'static str,
        &'static [&'static str],
        &'static [(&'static str, &'static str)],
    );
    const LIVE: &[&str] = &["audit", "--provider", "aws", "--regions", "us-east-1"];
    const ID: (&str, &str) = ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
    const SECRET: (&str, &str) = ("AWS_SECRET_ACCESS_KEY", "secret");
    const HTTP: &[(&str, &str)] = &[ID, SECRET, ("AWS_ENDPOINT_URL", "http://moto.example:5000")];
    const NO_URL: &[(&str, &str)] = &[ID, SECRET, ("AWS_ENDPOINT_URL", "moto.example")];
    const NOBODY: &[(&str, &str)] = &[ID, SECRET, ("AWS_ENDPOINT_URL", "http://127.0.0.1:9")];
    const CONFIG: &[(&str, &str)] = &[("AWS_CONFIG_FILE", "aws-config")];
    const NO_MACHINE: &[(&str, &str)] = &[
        ("AWS_EC2_METADATA_DISABLED", "false"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9"),
    ];
    let cases: &[Case] = &[
        ("no credentials", LIVE, &[]),
        (
            "no credentials to look into",
            &["doctor", "--provider", "aws"],
            &[],
        ),
        ("no machine to ask", LIVE, NO_MACHINE),
        (
            "misspelt profile",
            &["audit", "--provider", "aws", "--profile", "adit"],
            CONFIG,
        ),
        (
            "expired sign-in",
            &["audit", "--provider", "aws", "--profile", "work"],
            CONFIG,
        ),
        ("plain http", LIVE, HTTP),
        ("endpoint that is no URL", LIVE, NO_URL),
        ("nobody answers", LIVE, NOBODY),
    ];
    let home = tempfile::tempdir().expect("a home");
    fs::write(
        home.path().join("aws-config"),
        "[profile audit]\nregion = us-east-1\n[profile work]\nregion = us-east-1\n\
         sso_start_url = https://example.awsapps.com/start\nsso_region = us-east-1\n\
         sso_account_id = 111122223333\nsso_role_name = audit\n",
    )
    .expect("a file");
    let mut all = String::new();
    for (name, args, env) in cases {
        let cli = env
            .iter()
            .fold(cli(home.path(), args), |cli, (key, value)| {
                cli.env(key, *value)
            });
        all.push_str(&told(name, args, cli));
    }
    insta::assert_snapshot!(all);
}

/// Files with credentials, addresses and answers that lead nowhere.
#[cfg(feature = "gcp")]
#[test]
fn every_way_not_to_get_into_google_cloud_is_explained() {
    const LIVE: &[&str] = &["audit", "--provider", "gcp"];
    const FILE: &str = "GOOGLE_APPLICATION_CREDENTIALS";
    let home = tempfile::tempdir().expect("a home");
    let write = |name: &str, text: &str| {
        fs::write(home.path().join(name), text).expect("a file");
    };
    fs::create_dir(home.path().join("keys")).expect("a directory");
    write("half.json", "{\"type\": \"service_account\"");
    write("key.json", "{\"type\": \"service_account\"}");
    write("other.json", "{\"type\": \"something\"}");
    write("folder.toml", "[gcp]\nfolder = \"42\"\n");
    let mut all = String::new();
    for (name, file) in [
        ("no such file", "nope.json"),
        ("a directory", "keys"),
        ("an empty name", ""),
        ("half a file", "half.json"),
        ("a key without an account", "key.json"),
        ("something else", "other.json"),
    ] {
        all.push_str(&told(name, LIVE, cli(home.path(), LIVE).env(FILE, file)));
    }
    for (name, url) in [
        ("plain http", "http://replay.example:5000"),
        ("endpoint that is no URL", "replay.example"),
        ("nobody answers", "http://127.0.0.1:9"),
    ] {
        all.push_str(&told(name, LIVE, cli(home.path(), LIVE).env(GOOGLE, url)));
    }
    let gone = json!({"projects": [
        {"name": "projects/1", "projectId": "shop-prod", "state": "DELETE_REQUESTED"},
    ]});
    let refusal = |status: u16, reason: &str| {
        let body = json!({"error": {"code": status, "details": [{"reason": reason}]}});
        say(status, "", &body.to_string())
    };
    let folder = &["audit", "--provider", "gcp", "--config", "folder.toml"][..];
    let path = &["audit", "--provider", "gcp", "--accounts", "../../x"][..];
    let unknown = &["audit", "--provider", "gcp", "--accounts", "shop-prod"][..];
    let answers: Vec<(&str, &[&str], Answer)> = vec![
        ("no project", LIVE, ok(&json!({}))),
        ("only projects that go", LIVE, ok(&gone)),
        (
            "no project to look into",
            &["doctor", "--provider", "gcp"],
            ok(&json!({})),
        ),
        ("no project in the folder", folder, ok(&json!({}))),
        ("a project out of sight", unknown, ok(&json!({}))),
        ("what is no project", path, ok(&json!({}))),
        ("may not ask", LIVE, refusal(403, "IAM_PERMISSION_DENIED")),
        (
            "may not look into the folder",
            folder,
            refusal(403, "IAM_PERMISSION_DENIED"),
        ),
        ("the API is off", LIVE, refusal(403, "SERVICE_DISABLED")),
        (
            "the credentials ran out",
            LIVE,
            refusal(401, "ACCESS_TOKEN_EXPIRED"),
        ),
        ("no such folder", folder, refusal(404, "notFound")),
        ("another server", LIVE, say(404, "", "<html>nginx</html>")),
        (
            "a sign-in page",
            LIVE,
            say(200, "", "<html>Welcome to our network</html>"),
        ),
    ];
    for (name, args, answer) in answers {
        let server = Loopback::in_turn(vec![answer]).expect("a port");
        let cli = cli(home.path(), args).env(GOOGLE, &server.url);
        all.push_str(&told(name, args, cli));
    }
    insta::assert_snapshot!(all);
}

/// Waiting for a pipe that nobody writes to would never end.
#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused_at_once() {
    let home = tempfile::tempdir().expect("a home");
    let home = home.path();
    let pipe = |name: &str| {
        let path = home.join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("directories");
        let _ = fs::remove_file(&path);
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("mkfifo").success());
    };
    pipe("rules/a.yaml");
    for file in ["reads.jsonl", "manifest.json"] {
        copy(&project("fixtures/estates/demo"), &home.join(file));
        pipe(&format!("{file}/{file}"));
    }
    let refused = |args: &[&str]| {
        let run = mistake(home, args);
        assert_eq!(run.code, Some(4), "{args:?}: {run}");
        assert!(
            run.stderr.contains("is not a regular file"),
            "{args:?}: {run}"
        );
    };
    refused(&["rule", "lint", "--rules", "rules"]);
    refused(&["audit", "--snapshot", "reads.jsonl"]);
    refused(&["audit", "--snapshot", "manifest.json"]);
    pipe("orch.toml");
    refused(&["config", "check"]);
    fs::remove_file(home.join("orch.toml")).expect("a pipe to remove");
    fs::create_dir(home.join("orch.toml")).expect("a directory");
    refused(&["config", "check"]);
}

#[test]
fn nothing_in_a_file_can_command_the_terminal() {
    let home = tempfile::tempdir().expect("a home");
    let write = |name: &str, text: &str| {
        let path = home.path().join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("directories");
        fs::write(path, text).expect("a file");
    };
    write("rules/a.yaml", "title: x\ncategory: \"\\e[2Jx\"\n");
    write("named/a\u{1b}[2Jb\u{202e}.yaml", "title: x\n");
    write("key.toml", "[audit]\n\"\\u001b[2J\\u202e\" = 1\n");
    write("raw.toml", "[audit]\nprofile = \"\u{202e}\" # \u{1b}[2J\n");
    write("wrong.toml", "[audit]\nonly = [\"\u{202e}\"]\n");
    write(
        "resource.yaml",
        "kind: storage.volume\nname: \"\\e[2J\\u202e\"\n",
    );
    write("kind.yaml", "kind: \"\\e[2J\\u202e\"\n");
    copy(
        &project("fixtures/estates/demo"),
        &home.path().join("newer"),
    );
    let manifest = home.path().join("newer/manifest.json");
    replace(&manifest, "\"format\": 1", "\"format\": 99");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let (before, rest) = text.split_once("\"written_by\": \"").expect("a writer");
    let hostile = format!("{before}\"written_by\": \"\\u001b[2J\u{202e}{rest}");
    fs::write(&manifest, hostile).expect("a manifest");

    let eval = |expression, resource| ["rule", "eval", expression, "--resource", resource];
    let cases: &[(&[&str], i32)] = &[
        (&["rule", "lint", "--rules", "rules"], 4),
        (&["rule", "lint", "--rules", "named"], 4),
        (&["config", "check", "--config", "key.toml"], 4),
        (&["config", "check", "--config", "raw.toml"], 4),
        (&["config", "check", "--config", "wrong.toml"], 4),
        (
            &["config", "check", "--config", "n\u{1b}[2J\u{202e}.toml"],
            4,
        ),
        (&["audit", "--snapshot", "newer"], 4),
        (&["audit", "--\u{1b}[2J\u{202e}"], 2),
        (&eval("resource.name", "resource.yaml"), 0),
        (&eval("\"\u{1b}[2J\u{202e}\" == 1", "resource.yaml"), 4),
        (&eval("true", "kind.yaml"), 4),
    ];
    for (args, code) in cases {
        let run = mistake(home.path(), args);
        assert_eq!(run.code, Some(*code), "{args:?}: {run}");
        let obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        let both = format!("{}{}", run.stdout, run.stderr);
        assert!(!both.contains(obeyed), "{args:?}: {both:?}");
        assert!(
            *code != 0 || both.contains("\\u{202e}"),
            "{args:?}: {both:?}"
        );
    }
}

#[test]
fn help_and_version_go_to_standard_output_and_end_well() {
    let home = tempfile::tempdir().expect("a home");
    for args in [&["--help"][..], &["audit", "--help"], &["--version"]] {
        let run = mistake(home.path(), args);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{args:?}");
        assert!(run.stdout.contains("orch"), "{args:?}");
    }
}

/// Nobody answers where machines are told who they are: that is no network that is down.
#[cfg(all(feature = "azure", feature = "gcp"))]
#[test]
fn without_credentials_of_azure_or_google_cloud_the_next_step_is_to_sign_in() {
    let home = tempfile::tempdir().expect("a home");
    let mut all = String::new();
    for command in ["audit", "doctor"] {
        for provider in ["azure", "gcp"] {
            let args = [command, "--provider", provider];
            let nobody = "http://127.0.0.1:9";
            let cli = cli(home.path(), &args).env("HTTP_PROXY", nobody);
            let cli = cli.env("http_proxy", nobody).env("PATH", home.path());
            all.push_str(&told("no credentials", &args, cli));
        }
    }
    insta::assert_snapshot!(all);
}
