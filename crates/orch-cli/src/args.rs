//! What can be typed.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use orch_app::RawOptions;

/// Audits clouds for security, cost and size: one ranked list, and what could not be seen is said.
///
/// Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage or an output that cannot be written, 3
/// incomplete view, 4 invalid rule, configuration or input, 5 no credentials, 70 internal error.
#[derive(Debug, Parser)]
#[command(
    name = "orch",
    version,
    propagate_version = false,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Say more on standard error: -v what is done, -vv every step. ORCH_LOG=filter does the same.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Audit a live account or a snapshot, and report.
    Audit(Box<Audit>),
    /// Read an account into a snapshot directory, and do nothing else.
    Collect(Box<Collect>),
    /// Analyse a bill: totals, trend, shares, the month and its budgets.
    Cost(Box<Cost>),
    /// Find cheaper instance types on which the work fits, with the arithmetic.
    Rightsize(Box<Rightsize>),
    /// The price catalogue: fetch the clouds' own price lists, show what there is.
    #[command(subcommand)]
    Catalog(Catalog),
    /// Keep a project: its file, how it stands, what is done to it, what it brought.
    Project(Box<crate::project::Project>),
    /// Brief a specialist: what concerns it, what to reach, and the commands that check it.
    Brief(Box<crate::brief::Brief>),
    /// Review security, cost, resilience, compliance or performance over all specialists.
    Review(Box<crate::brief::Review>),
    /// Look at rules, check them, try expressions.
    #[command(subcommand)]
    Rule(Rule),
    /// Plan the work: what a request or the findings of a run ask for, when it is done, and by whom.
    #[command(subcommand)]
    Plan(crate::plan::Plan),
    /// Look at the specialists who do the work.
    #[command(subcommand)]
    Specialist(crate::plan::Specialist),
    /// Print the read policy that the chosen collectors need, as JSON.
    Permissions(Box<Permissions>),
    /// Check credentials, accounts and each permission with one harmless call, and say what is missing.
    Doctor(Box<Doctor>),
    /// The configuration file.
    #[command(subcommand)]
    Config(Config),
    /// Print a completion script.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
}

/// The options of [`Live`] that a bill of something else has no use for.
const OF_CLOUDS: &[&str] = &[
    "provider",
    "accounts",
    "regions",
    "exclude_region",
    "profile",
    "role",
    "external_id",
    "max_api_cost",
];

/// Those that a bill of files has no use for: files in a bucket are read with the credentials of the others.
const NOT_OF_FILES: &[&str] = &[
    "provider",
    "accounts",
    "regions",
    "exclude_region",
    "max_api_cost",
];

const LIVE: &[&str] = &[
    "provider",
    "accounts",
    "regions",
    "exclude_region",
    "profile",
    "role",
    "external_id",
    "max_api_cost",
    "plan",
    "save",
];

#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// Audit this snapshot directory instead of a live account.
    #[arg(long, value_name = "DIR", conflicts_with_all = LIVE, help_heading = "What to audit")]
    pub(crate) snapshot: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) live: Live,

    /// Keep what was read in this directory.
    #[arg(long, value_name = "DIR", help_heading = "What to audit")]
    pub(crate) save: Option<PathBuf>,

    /// Print what an audit would call and what it would cost, with free calls only, and end.
    #[arg(long, conflicts_with_all = ["save", "format", "output"], help_heading = "What to audit")]
    pub(crate) plan: bool,

    #[command(flatten)]
    pub(crate) rules: Rules,

    /// Ask only about resources that carry this tag; several must all be there. Resources whose tags were
    /// not read are asked about too.
    #[arg(long, value_name = "KEY=VALUE", help_heading = "What to ask")]
    pub(crate) tag: Vec<String>,

    #[command(flatten)]
    pub(crate) shared: Shared,

    /// Show findings from this severity on: critical, high, medium, low, info. Totals and exit code count
    /// all of them.
    #[arg(long, value_name = "SEVERITY", help_heading = "How to report")]
    pub(crate) severity: Option<String>,

    /// Group by severity, rule, resource, region, account, category or service (the family of the
    /// resource's kind) instead of one list.
    #[arg(long, value_name = "WHAT", help_heading = "How to report")]
    pub(crate) group_by: Option<String>,

    /// table (for people) or json (schema orch/v1).
    #[arg(long, value_name = "FORMAT", help_heading = "How to report")]
    pub(crate) format: Option<String>,

    /// Write the report to this file, readable by its owner only.
    #[arg(long, short, value_name = "FILE", help_heading = "How to report")]
    pub(crate) output: Option<PathBuf>,

    /// Count savings that rest on derived prices in the totals.
    #[arg(long, help_heading = "How to report")]
    pub(crate) derived_prices: bool,

    /// Exit with 1 when there are findings from this severity on, or never. Default: high.
    #[arg(long, value_name = "SEVERITY", help_heading = "When to fail")]
    pub(crate) fail_on: Option<String>,

    /// Do not exit with 3 for gaps, or only not for gaps of these causes (denied, …) or collectors
    /// (ec2.instances, …).
    #[arg(
        long,
        value_name = "CAUSE|COLLECTOR",
        num_args = 0..,
        require_equals = true,
        value_delimiter = ',',
        help_heading = "When to fail"
    )]
    pub(crate) allow_gaps: Option<Vec<String>>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "What to audit")]
pub(crate) struct Live {
    /// Audit live accounts of these providers: aws, azure, gcp.
    #[arg(long, value_name = "PROVIDER,…")]
    pub(crate) provider: Option<String>,

    /// Only these accounts, subscriptions or projects; all that the credentials see if not given.
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub(crate) accounts: Vec<String>,

    /// Only these regions; all that are enabled if not given.
    #[arg(long, value_name = "REGION,…", value_delimiter = ',')]
    pub(crate) regions: Vec<String>,

    /// Not these regions.
    #[arg(long, value_name = "REGION,…", value_delimiter = ',')]
    pub(crate) exclude_region: Vec<String>,

    /// The profile of the provider's own configuration.
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// The role to take on first.
    #[arg(long, value_name = "ARN")]
    pub(crate) role: Option<String>,

    /// What the role's owner wants to be told.
    #[arg(long, value_name = "TEXT", requires = "role")]
    pub(crate) external_id: Option<String>,

    /// What charged calls (metrics, billing) may cost per account, in US dollars. Default: 0.10.
    #[arg(long, value_name = "USD")]
    pub(crate) max_api_cost: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "What to ask")]
pub(crate) struct Rules {
    /// Only rules of these categories: security, cost, right-sizing, reliability, governance,
    /// observability. Only what they need is read.
    #[arg(long, value_name = "CATEGORY,…", value_delimiter = ',')]
    pub(crate) only: Vec<String>,

    /// Only these rules.
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub(crate) rule: Vec<String>,

    /// Not these rules.
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub(crate) skip_rule: Vec<String>,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "What to ask")]
pub(crate) struct Shared {
    /// A directory with more rules.
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: Vec<PathBuf>,

    /// A directory with price tables, as `orch catalog update` writes them; the user's own if it is there.
    #[arg(long, value_name = "DIR")]
    pub(crate) catalog: Option<PathBuf>,

    /// The configuration file; ./orch.toml if it is there.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

// A bill is read whole: `--group-by region` and columns tell regions apart, and what selects them is refused with that.
#[derive(Debug, Args)]
#[command(mut_arg("regions", |arg| arg.hide(true)), mut_arg("exclude_region", |arg| arg.hide(true)))]
pub(crate) struct Cost {
    /// Analyse billing files instead of a live account: a file, or a directory of them, here or at
    /// s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://ACCOUNT/CONTAINER/PREFIX. FOCUS 1.0 to 1.2, AWS CUR, Azure
    /// cost details, Google Cloud billing export; CSV, JSON, both also with gzip, and Parquet.
    #[arg(long, value_name = "FILE|DIR|URL", conflicts_with_all = NOT_OF_FILES, help_heading = "What to analyse")]
    pub(crate) focus: Option<PathBuf>,

    /// Analyse the bill of this snapshot directory; beside --focus and --commitments, what it says is still to be
    /// deleted or right-sized.
    #[arg(long, value_name = "DIR", conflicts_with_all = OF_CLOUDS, help_heading = "What to analyse")]
    pub(crate) snapshot: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) live: Live,

    /// How many closed days, 1 to 400; the days that still fill up come on top. Default: 30.
    #[arg(long, value_name = "DAYS", help_heading = "What to analyse")]
    pub(crate) days: Option<u32>,

    /// billed (what the invoice says) or effective (amortised, after commitments).
    #[arg(long, value_name = "BASIS", help_heading = "What to analyse")]
    pub(crate) basis: Option<String>,

    /// The configuration file; ./orch.toml if it is there.
    #[arg(long, value_name = "FILE", help_heading = "What to analyse")]
    pub(crate) config: Option<PathBuf>,

    /// One total in one currency: a TOML file with `to` and a [[rate]] for each change: date, from, rate, source.
    #[arg(long, value_name = "FILE", help_heading = "What to analyse")]
    pub(crate) rates: Option<PathBuf>,

    /// Say hour by hour what reservations, savings plans and committed use cover and how far they are used, and
    /// which others would have saved money. Takes rows of hours (--focus).
    #[arg(long, help_heading = "Commitments")]
    pub(crate) commitments: bool,

    /// What a commitment takes off, in percent, for how many months (12), and how many percent are paid at once (0):
    /// aws-compute-savings-plan=27:12:0. Without it only what the bill itself shows.
    #[arg(long, value_name = "KIND=PERCENT", help_heading = "Commitments")]
    pub(crate) discount: Vec<String>,

    /// Nothing is left to delete or to right-size: advise on all usage.
    #[arg(long, help_heading = "Commitments")]
    pub(crate) rightsized: bool,

    /// Group by provider, account, service, region, resource, day, part (usage, tax, credit, …) or tag:KEY;
    /// several at once with commas.
    #[arg(
        long,
        value_name = "WHAT,…",
        value_delimiter = ',',
        help_heading = "How to report"
    )]
    pub(crate) group_by: Vec<String>,

    /// How many services, regions, accounts and groups to show. Default: 10.
    #[arg(long, value_name = "N", help_heading = "How to report")]
    pub(crate) top: Option<usize>,

    /// table, markdown (for people), json (schema orch.cost/v1), csv (the groups, in FOCUS columns) or
    /// commitments-csv (the hours of commitments).
    #[arg(long, value_name = "FORMAT", help_heading = "How to report")]
    pub(crate) format: Option<String>,

    /// Write to this file, readable by its owner only. A directory gets every format:
    /// cost-analysis.json, .md, .csv and .txt, and with --commitments cost-commitments.csv.
    #[arg(long, short, value_name = "FILE|DIR", help_heading = "How to report")]
    pub(crate) output: Option<PathBuf>,

    /// Exit with 1 when this happens: budget (one is over its last threshold) or never. Default: never.
    #[arg(long, value_name = "WHEN", help_heading = "When to fail")]
    pub(crate) fail_on: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Rightsize {
    /// Look at this snapshot directory, as `orch collect` and `orch audit --save` write it, instead of a live
    /// account.
    #[arg(long, value_name = "DIR", conflicts_with_all = OF_CLOUDS, help_heading = "What to look at")]
    pub(crate) snapshot: Option<PathBuf>,

    /// Take what is really paid after commitments from this bill, which must name resources: what `orch cost --focus`
    /// reads.
    #[arg(long, value_name = "FILE|DIR|URL", help_heading = "What to look at")]
    pub(crate) focus: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) live: Live,

    /// The configuration file; ./orch.toml if it is there.
    #[arg(long, value_name = "FILE", help_heading = "What to look at")]
    pub(crate) config: Option<PathBuf>,

    /// How much of a type may be used: default, aws-maximum-savings, aws-balanced, aws-default,
    /// aws-maximum-performance, azure-user-facing or azure-not-user-facing.
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<String>,

    /// Days to look back: 14, 32, 93. Default: those of the preset.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=455))]
    pub(crate) lookback: Option<u32>,

    /// Take the peak of memory use for so many percent where it is not measured. Without this, memory never
    /// becomes less where it is not measured.
    #[arg(long, value_name = "PERCENT")]
    pub(crate) assume_memory: Option<String>,

    /// The most work that a change may be: very-low (another size), low (newer generation), medium (another
    /// family) or high.
    #[arg(long, value_name = "EFFORT")]
    pub(crate) effort: Option<String>,

    /// Look at types of another processor architecture too.
    #[arg(long)]
    pub(crate) other_architecture: bool,

    /// Look at types that run on credits too, where their baseline carries the load.
    #[arg(long)]
    pub(crate) burstable: bool,

    /// Leave out types whose price is derived and not published.
    #[arg(long)]
    pub(crate) published_prices: bool,

    /// How many candidates to list for each. Default: 3.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) top: Option<usize>,

    /// A directory with price tables, as `orch catalog update` writes them; the user's own if it is there.
    #[arg(long, value_name = "DIR")]
    pub(crate) catalog: Option<PathBuf>,

    /// table (for people) or json (schema orch-rightsize/v1).
    #[arg(long, value_name = "FORMAT", help_heading = "How to report")]
    pub(crate) format: Option<String>,

    /// Write the report to this file, readable by its owner only.
    #[arg(long, short, value_name = "FILE", help_heading = "How to report")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Collect {
    #[command(flatten)]
    pub(crate) live: Live,

    /// The directory to write; it must not exist or be empty.
    #[arg(long, value_name = "DIR", required_unless_present = "resume")]
    pub(crate) out: Option<PathBuf>,

    /// Go on with an interrupted collection, reading only what is missing.
    #[arg(long, value_name = "DIR.partial", conflicts_with_all = ["out", "regions", "exclude_region"])]
    pub(crate) resume: Option<PathBuf>,

    /// The configuration file; ./orch.toml if it is there.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) live: Live,

    /// Make the calls that cost money as well, within the limit of --max-api-cost.
    #[arg(long)]
    pub(crate) charged: bool,

    /// The configuration file; ./orch.toml if it is there.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Permissions {
    /// Of which provider, one at a time: aws, azure, gcp.
    #[arg(long, value_name = "PROVIDER")]
    pub(crate) provider: Option<String>,

    #[command(flatten)]
    pub(crate) rules: Rules,

    #[command(flatten)]
    pub(crate) shared: Shared,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Rule {
    /// List the rules.
    List {
        #[command(flatten)]
        rules: Rules,
        #[command(flatten)]
        shared: Shared,
    },
    /// Explain a rule: why, what it reads, its parameters, how to mend it.
    Explain {
        /// The rule.
        id: String,
        #[command(flatten)]
        shared: Shared,
    },
    /// Check rule files.
    Lint {
        #[command(flatten)]
        shared: Shared,
    },
    /// Run the tests that stand in the rule files.
    Test {
        /// Only these rules.
        ids: Vec<String>,
        #[command(flatten)]
        shared: Shared,
    },
    /// Print the beginning of a new rule.
    New {
        /// Its id.
        id: String,
        /// The kind of resource it is about: compute.instance.
        #[arg(long, value_name = "KIND", default_value = "compute.instance")]
        kind: String,
    },
    /// Evaluate an expression, for a resource if it reads one, and print value, type and what is not known.
    Eval {
        /// The expression: `resource.state == "running"`.
        expression: String,
        /// A file with the resource as rules' tests give it: YAML or JSON with `kind` and its members. An
        /// expression that reads no resource needs none.
        #[arg(long, value_name = "FILE")]
        resource: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Catalog {
    /// Fetch a cloud's price list: disks, addresses, load balancers, gateways and databases too. An interrupted
    /// update goes on where it stopped. AWS and Azure ask for no credentials; Google Cloud takes GOOGLE_API_KEY or
    /// application default credentials.
    Update {
        /// Of which provider: aws (about 300 MB a region), azure or gcp.
        #[arg(long, value_name = "PROVIDER")]
        provider: String,
        /// Only these regions; all that the list has if not given.
        #[arg(long, value_name = "REGION,…", value_delimiter = ',')]
        regions: Vec<String>,
        /// The folder of the tables; the user's own if not given.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// The configuration file; ./orch.toml if it is there.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Show the price tables that a run uses: as of when, from where, how many figures.
    Show {
        /// Of these providers only.
        #[arg(long, value_name = "PROVIDER,…")]
        provider: Option<String>,
        /// The folder of the tables; the user's own if not given.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
        /// The configuration file; ./orch.toml if it is there.
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Check the configuration file and say every mistake.
    Check {
        #[command(flatten)]
        shared: Shared,
    },
}

/// Reads the command line.
pub(crate) fn parse() -> Result<Cli, clap::Error> {
    Cli::try_parse()
}

/// Writes a completion script.
pub(crate) fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "orch", &mut script);
    script
}

impl Live {
    pub(crate) fn options(self) -> RawOptions {
        RawOptions {
            provider: self.provider,
            accounts: self.accounts,
            regions: self.regions,
            exclude_regions: self.exclude_region,
            profile: self.profile,
            role: self.role,
            external_id: self.external_id,
            max_api_cost: self.max_api_cost,
            ..RawOptions::default()
        }
    }
}

impl Rules {
    pub(crate) fn options(self, options: RawOptions) -> RawOptions {
        RawOptions {
            only: self.only,
            rules: self.rule,
            skip_rules: self.skip_rule,
            ..options
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
