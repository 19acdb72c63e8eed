//! The project file of somebody who begins without a plan: small, and with words on how to go on.

use chrono::NaiveDate;
use toml_edit::{Array, Value};

use super::VERSION;

/// What a new project is.
const HEAD: &str = "\
# A project of orch. `orch project status` says how it stands; every `orch project …` command that changes something
# edits this file and leaves all other lines as they are. Edit it by hand as you like: mistakes are told with their
# place. Keep it in git.
";
/// How to go on.
const TAIL: &str = "
# lead = \"…\"            # who decides where nobody else is named
# target = 2026-12-31   # the day by which it is to be done

# [budget]
# amount = 40000
# currency = \"EUR\"
# day_rate = 800        # what a specialist's day costs

# [limits]
# terraform = 2         # how many tasks a specialist does at a time; one where none is named

[[phase]]
id = \"first\"
title = \"First phase\"
# milestone = \"…\"       # what is reached when it is done

# A task for each piece of work. Owners are ids of `orch specialist list`, or `orchestrator` for who leads.
#
# [[task]]
# id = \"network\"
# title = \"Networks that keep production apart\"
# phase = \"first\"
# owner = \"aws\"
# days = [2, 3, 5]      # working days: at best, likely, at worst
# after = []            # ids of tasks that must be done before
# objective = \"`orch audit --snapshot DIR --rule firewall-open-sensitive-port` exits 0\"
# rollback = \"terraform apply of the last tag\"
";

/// The text of a new project.
pub fn fresh(name: &str, request: &str, clouds: &[String], start: NaiveDate) -> String {
    let clouds: Array = clouds.iter().collect();
    format!(
        "{HEAD}version = {VERSION}\nname = {}\nrequest = {}\nclouds = {}\nstart = {start}\n{TAIL}",
        Value::from(name).to_string().trim(),
        Value::from(request).to_string().trim(),
        Value::from(clouds).to_string().trim(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Library;
    use crate::project::read;

    #[test]
    fn a_new_file_is_a_project_and_its_comments_are_too() {
        let start = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        let name = "Shop \"north\"\n= [x]";
        let text = fresh(name, "harden", &["aws".to_owned()], start);
        let library = Library::built_in().unwrap();
        let project = read(&text, &library).unwrap();
        assert_eq!((project.name.as_str(), project.start), (name, start));
        // Whoever takes the signs away gets a project with a task.
        let plain: String = text
            .lines()
            .skip(3)
            .map(|line| line.strip_prefix("# ").unwrap_or(line))
            .filter(|line| {
                !line.starts_with("A task")
                    && *line != "#"
                    && *line != "lead = \"…\"            # who decides where nobody else is named"
            })
            .map(|line| format!("{line}\n"))
            .collect();
        let project = read(&plain, &library).unwrap_or_else(|error| panic!("{error:?}\n{plain}"));
        assert_eq!(project.tasks[0].id, "network");
        assert_eq!(project.limits["terraform"], 2);
    }
}
