//! How a project file is changed so that everything else in it stays as people wrote it.
//!
//! Every edit goes through `toml_edit`. Before the new text is handed out, it is compared with the old one: a line that
//! is gone and was not part of a replaced value makes the edit fail, and nothing is written.

use std::collections::BTreeMap;

use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value};

/// Why a file could not be edited. Nothing was changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// It is no TOML.
    #[error("failed to edit the project: it is no TOML: {0}")]
    Syntax(String),
    /// What is to be edited is not there.
    #[error("failed to edit the project: there is no `{what}` in `{list}`")]
    Missing {
        /// The list.
        list: String,
        /// What was looked for.
        what: String,
    },
    /// The edit would take something out that nobody asked for.
    #[error("failed to edit the project without losing a line: {0}")]
    Loses(String),
}

/// A project file being edited.
#[derive(Debug, Clone)]
pub(super) struct Paper {
    before: String,
    document: DocumentMut,
    /// Lines of values that were replaced or taken out.
    replaced: usize,
}

impl Paper {
    /// Takes a file up.
    ///
    /// # Errors
    /// Text that is no TOML.
    pub(super) fn read(text: &str) -> Result<Self, EditError> {
        let plain = text.strip_prefix('\u{feff}').unwrap_or(text);
        let plain = plain.replace("\r\n", "\n");
        let document = plain
            .parse()
            .map_err(|error: toml_edit::TomlError| EditError::Syntax(error.message().to_owned()))?;
        Ok(Self {
            before: text.to_owned(),
            document,
            replaced: 0,
        })
    }

    /// The text with all edits.
    ///
    /// # Errors
    /// Lines of the old text that are gone and that no edit was about.
    pub(super) fn text(&self) -> Result<String, EditError> {
        let written = self.document.to_string();
        let lost = lost_lines(&self.before, &written);
        if lost.len() > self.replaced {
            let line = lost.first().copied().unwrap_or_default();
            return Err(EditError::Loses(line.trim().to_owned()));
        }
        Ok(with_endings(&self.before, &written))
    }

    /// Sets a key of the file itself, or of one of its tables (`limits.aws`).
    pub(super) fn set(&mut self, table: Option<&str>, key: &str, value: impl Into<Value>) {
        let last = last_position(self.document.as_table());
        let Some(name) = table else {
            self.replaced += put(self.document.as_table_mut(), key, value.into());
            return;
        };
        let item = self.document.entry(name).or_insert_with(|| {
            let mut table = Table::new();
            table.set_position(Some(last + 1));
            table.decor_mut().set_prefix("\n");
            Item::Table(table)
        });
        if let Some(table) = item.as_table_like_mut() {
            self.replaced += put(table, key, value.into());
        }
    }

    /// Sets a key of a table in a list, found by its id.
    ///
    /// # Errors
    /// When there is no such table.
    pub(super) fn set_in(
        &mut self,
        list: &str,
        id: &str,
        key: &str,
        value: impl Into<Value>,
    ) -> Result<(), EditError> {
        // A key more in an inline table is another line.
        let lines = self.within(list, id, |table| {
            usize::from(table.is_inline()) + put(table, key, value.into())
        })?;
        self.replaced += lines;
        Ok(())
    }

    /// Takes a key out of a table in a list; comments about it stay.
    ///
    /// # Errors
    /// When there is no such table.
    pub(super) fn unset_in(&mut self, list: &str, id: &str, key: &str) -> Result<(), EditError> {
        let lines = self.within(list, id, |table| take(table, key))?;
        self.replaced += lines;
        Ok(())
    }

    /// Adds a table at the end of a list.
    pub(super) fn push(&mut self, list: &str, keys: Vec<(&str, Value)>) {
        let last = last_position(self.document.as_table());
        self.replaced += add(self.document.as_table_mut(), list, keys, Some(last + 1));
    }

    /// Adds a table at the end of a list within a table of a list: a reading of a metric.
    ///
    /// # Errors
    /// When there is no such table.
    pub(super) fn push_in(
        &mut self,
        list: &str,
        id: &str,
        inner: &str,
        keys: Vec<(&str, Value)>,
    ) -> Result<(), EditError> {
        let lines = self.within(list, id, |table| {
            if table.contains_key(inner) || !table.is_inline() {
                return add(table, inner, keys, None);
            }
            let mut array = toml_edit::Array::new();
            array.push(Value::InlineTable(keys.into_iter().collect()));
            table.insert(inner, Item::Value(Value::Array(array)));
            1
        })?;
        self.replaced += lines;
        Ok(())
    }

    /// Sets a key of a table of a list within a table of a list, by its place there: a reading of a metric.
    ///
    /// # Errors
    /// When there is no such table.
    pub(super) fn set_within(
        &mut self,
        list: &str,
        id: &str,
        (inner, place): (&str, usize),
        key: &str,
        value: impl Into<Value>,
    ) -> Result<(), EditError> {
        let lines = self.within(list, id, |table| match table.get_mut(inner) {
            Some(Item::ArrayOfTables(tables)) => {
                Some(put(tables.get_mut(place)?, key, value.into()))
            }
            Some(Item::Value(Value::Array(values))) => {
                let table = values.get_mut(place)?.as_inline_table_mut()?;
                Some(1 + put(table, key, value.into()))
            }
            _ => None,
        })?;
        self.replaced += lines.ok_or_else(|| EditError::Missing {
            list: format!("{list}.{inner}"),
            what: format!("number {}", place + 1),
        })?;
        Ok(())
    }

    fn within<T>(
        &mut self,
        list: &str,
        id: &str,
        edit: impl FnOnce(&mut dyn Named) -> T,
    ) -> Result<T, EditError> {
        let missing = || EditError::Missing {
            list: list.to_owned(),
            what: id.to_owned(),
        };
        let key = if list == "metric" { "name" } else { "id" };
        let is = |table: &dyn TableLike| table.get(key).and_then(Item::as_str) == Some(id);
        match self.document.get_mut(list) {
            Some(Item::ArrayOfTables(tables)) => {
                let table = tables.iter_mut().find(|table| is(*table));
                Ok(edit(table.ok_or_else(missing)?))
            }
            Some(Item::Value(Value::Array(values))) => {
                let mut tables = values.iter_mut().filter_map(Value::as_inline_table_mut);
                let table = tables.find(|table| is(*table));
                Ok(edit(table.ok_or_else(missing)?))
            }
            _ => Err(missing()),
        }
    }
}

/// A table with a header or an inline one.
trait Named: TableLike {
    fn is_inline(&self) -> bool;
    /// What follows the header on its line.
    fn after_header(&mut self, text: &str);
}

impl Named for Table {
    fn is_inline(&self) -> bool {
        false
    }

    fn after_header(&mut self, text: &str) {
        let decor = self.decor_mut();
        let suffix = decor.suffix().and_then(|raw| raw.as_str()).unwrap_or("");
        let suffix = format!("{suffix}{text}");
        decor.set_suffix(suffix);
    }
}

impl Named for InlineTable {
    fn is_inline(&self) -> bool {
        true
    }

    fn after_header(&mut self, _: &str) {}
}

/// Sets a key and keeps what stands around its value. How many lines the old value had.
fn put<T: TableLike + ?Sized>(table: &mut T, key: &str, mut value: Value) -> usize {
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            let lines = old.to_string().trim().lines().count().max(1);
            *value.decor_mut() = old.decor().clone();
            *old = value;
            lines
        }
        Some(other) => {
            let lines = other.to_string().lines().count();
            *other = Item::Value(value);
            lines
        }
        None => {
            table.insert(key, Item::Value(value));
            0
        }
    }
}

/// Takes a key out; comments before and behind it go to what stands before it. How many lines its value had.
fn take(table: &mut dyn Named, key: &str) -> usize {
    let Some((name, Item::Value(value))) = table.get_key_value(key) else {
        return 0;
    };
    let lines = value.to_string().trim().lines().count().max(1);
    let raw = |raw: Option<&toml_edit::RawString>| {
        raw.and_then(|raw| raw.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    let before = raw(name.leaf_decor().prefix());
    let behind = raw(value.decor().suffix());
    let comments: String = before
        .trim_end_matches([' ', '\t'])
        .split_terminator('\n')
        .chain(behind.trim().split('\n').filter(|line| !line.is_empty()))
        .map(|line| format!("\n{line}"))
        .collect();
    let mut previous: Option<String> = None;
    for (other, _) in table.iter() {
        if other == key {
            break;
        }
        previous = Some(other.to_owned());
    }
    table.remove(key);
    if comments.is_empty() || table.is_inline() {
        return lines;
    }
    let place = previous.and_then(|previous| table.get_mut(&previous));
    match place.and_then(Item::as_value_mut) {
        Some(value) => {
            let suffix = format!("{}{comments}", raw(value.decor().suffix()));
            value.decor_mut().set_suffix(suffix);
        }
        None => table.after_header(&comments),
    }
    lines
}

/// Adds a table to a list, as a table of its own or inline, as the others are. How many lines that makes others.
fn add<T: TableLike + ?Sized>(
    table: &mut T,
    list: &str,
    keys: Vec<(&str, Value)>,
    position: Option<isize>,
) -> usize {
    if let Some(Item::Value(Value::Array(array))) = table.get_mut(list) {
        let mut value = Value::InlineTable(keys.into_iter().collect());
        // As the others stand: one in a line each, or all in one.
        if let Some(last) = array.iter().last() {
            let prefix = last.decor().prefix().and_then(|raw| raw.as_str());
            let indent: String = match prefix {
                Some(prefix) if prefix.contains('\n') => {
                    let indent = prefix.rsplit('\n').next().unwrap_or_default();
                    format!("\n{indent}")
                }
                _ => " ".to_owned(),
            };
            value.decor_mut().set_prefix(indent);
            array.push_formatted(value);
        } else {
            array.push(value);
        }
        return 1;
    }
    let mut new = Table::new();
    new.decor_mut().set_prefix("\n");
    for (key, value) in keys {
        new.insert(key, Item::Value(value));
    }
    match table.get_mut(list) {
        Some(Item::ArrayOfTables(tables)) => tables.push(new),
        _ => {
            new.set_position(position);
            let mut tables = ArrayOfTables::new();
            tables.push(new);
            table.insert(list, Item::ArrayOfTables(tables));
        }
    }
    0
}

/// The place of the last header.
fn last_position(table: &Table) -> isize {
    let inner = table.iter().map(|(_, item)| match item {
        Item::Table(table) => last_position(table),
        Item::ArrayOfTables(tables) => tables.iter().map(last_position).max().unwrap_or(0),
        _ => 0,
    });
    inner.max().unwrap_or(0).max(table.position().unwrap_or(0))
}

/// Lines of the old text that the new one has not, or not so often. Line ends do not count.
pub(super) fn lost_lines<'t>(before: &'t str, after: &str) -> Vec<&'t str> {
    let mut there: BTreeMap<&str, usize> = BTreeMap::new();
    for line in after.lines() {
        *there.entry(line.trim_end_matches('\r')).or_default() += 1;
    }
    let before = before.strip_prefix('\u{feff}').unwrap_or(before);
    let lines = before.lines().map(|line| line.trim_end_matches('\r'));
    let mut lost = Vec::new();
    for line in lines.filter(|line| !line.trim().is_empty()) {
        match there.get_mut(line) {
            Some(count) if *count > 0 => *count -= 1,
            _ => lost.push(line),
        }
    }
    lost
}

/// The new text with the line ends of the old one: each line that stayed keeps its own, new ones get what most have.
fn with_endings(before: &str, after: &str) -> String {
    let mark = if before.starts_with('\u{feff}') {
        "\u{feff}"
    } else {
        ""
    };
    let old: Vec<&str> = before
        .trim_start_matches('\u{feff}')
        .split_inclusive('\n')
        .collect();
    let carriage = old.iter().filter(|line| line.ends_with("\r\n")).count();
    if carriage == 0 {
        return format!("{mark}{after}");
    }
    let most = if carriage * 2 >= old.len() {
        "\r\n"
    } else {
        "\n"
    };
    let bare = |line: &str| line.trim_end_matches(['\n', '\r']).to_owned();
    let mut out = mark.to_owned();
    let mut from = 0;
    for line in after.split_inclusive('\n') {
        let text = bare(line);
        let found = old[from..]
            .iter()
            .position(|old| bare(old) == text && !text.is_empty());
        let ending = match found {
            // What comes back far below is another line of the same words.
            Some(ahead) if ahead <= 40 => {
                from += ahead + 1;
                if old[from - 1].ends_with("\r\n") {
                    "\r\n"
                } else {
                    "\n"
                }
            }
            _ => most,
        };
        out.push_str(&text);
        if line.ends_with('\n') {
            out.push_str(ending);
        }
    }
    out
}
