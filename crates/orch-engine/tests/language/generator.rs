//! Well-typed expressions over the sample, from a seed.

use std::fmt::Write as _;

/// A small generator of numbers (splitmix64): the same on every machine.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// From -3 to 3.
    pub(crate) fn small(&mut self) -> i64 {
        i64::try_from(self.below(7)).unwrap() - 3
    }

    pub(crate) fn one<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        &list[usize::try_from(self.below(list.len() as u64)).unwrap()]
    }
}

/// The variables of the loops around a place.
struct Scope {
    rows: Vec<String>,
    ints: Vec<String>,
    texts: Vec<String>,
}

pub(crate) struct Generator<'r> {
    random: &'r mut Random,
    scope: Scope,
    loops: usize,
}

impl<'r> Generator<'r> {
    pub(crate) fn new(random: &'r mut Random) -> Self {
        let scope = Scope {
            rows: Vec::new(),
            ints: Vec::new(),
            texts: Vec::new(),
        };
        Self {
            random,
            scope,
            loops: 0,
        }
    }

    /// An expression of a random type.
    pub(crate) fn any(&mut self) -> String {
        match self.random.below(10) {
            0 => self.int(3),
            1 => self.double(3),
            2 => self.text(3),
            3 => self.int_list(2),
            4 => self.text_list(2),
            5 => self.time(2),
            _ => self.bool(4),
        }
    }

    fn pick(&mut self, leaf: bool, leaves: u64, all: u64) -> u64 {
        self.random.below(if leaf { leaves } else { all })
    }

    /// A loop over rows, ints or texts with a body that may use the variable.
    fn over(&mut self, depth: usize, name: &str, body: impl FnOnce(&mut Self) -> String) -> String {
        let kind = self.random.below(4);
        let list = match kind {
            0 | 1 => self.row_list(depth.saturating_sub(1)),
            2 => self.int_list(depth.saturating_sub(1)),
            _ => self.text_list(depth.saturating_sub(1)),
        };
        self.loops += 1;
        let variable = format!("x{}", self.loops);
        match kind {
            0 | 1 => self.scope.rows.push(variable.clone()),
            2 => self.scope.ints.push(variable.clone()),
            _ => self.scope.texts.push(variable.clone()),
        }
        let body = body(self);
        match kind {
            0 | 1 => self.scope.rows.pop(),
            2 => self.scope.ints.pop(),
            _ => self.scope.texts.pop(),
        };
        self.loops -= 1;
        format!("{list}.{name}({variable}, {body})")
    }

    pub(crate) fn bool(&mut self, depth: usize) -> String {
        let deeper = depth.saturating_sub(1);
        match self.pick(depth == 0, 5, 30) {
            0 => "true".to_owned(),
            1 => "facts.b".to_owned(),
            2 => "facts.c".to_owned(),
            3 => "false".to_owned(),
            4 => match self.scope.rows.last() {
                Some(row) => format!("{row}.open"),
                None => "facts.b".to_owned(),
            },
            5..=7 => format!("({} && {})", self.bool(deeper), self.bool(deeper)),
            8..=10 => format!("({} || {})", self.bool(deeper), self.bool(deeper)),
            11 => format!("!({})", self.bool(deeper)),
            12 => format!(
                "({} ? {} : {})",
                self.bool(deeper),
                self.bool(deeper),
                self.bool(deeper)
            ),
            13 | 14 => {
                let operator = *self.random.one(&["<", "<=", ">", ">=", "==", "!="]);
                format!("({} {operator} {})", self.int(deeper), self.int(deeper))
            }
            15 => {
                let operator = *self.random.one(&["<", "<=", ">", ">=", "==", "!="]);
                format!(
                    "({} {operator} {})",
                    self.double(deeper),
                    self.double(deeper)
                )
            }
            16 => {
                let operator = *self.random.one(&["<", "<=", ">", ">=", "==", "!="]);
                let (left, right) = if self.random.below(2) == 0 {
                    (self.int(deeper), self.double(deeper))
                } else {
                    (self.double(deeper), self.int(deeper))
                };
                format!("({left} {operator} {right})")
            }
            17 => {
                let operator = *self.random.one(&["<", "<=", ">", ">=", "==", "!="]);
                format!("({} {operator} {})", self.text(deeper), self.text(deeper))
            }
            18 => {
                let function = *self.random.one(&["contains", "startsWith", "endsWith"]);
                format!("{}.{function}({})", self.text(deeper), self.text(deeper))
            }
            19 => format!("({} in {})", self.int(deeper), self.int_list(deeper)),
            20 => format!("({} in {})", self.text(deeper), self.text_list(deeper)),
            21 if self.loops < 3 => self.over(deeper, "exists", |body| body.bool(deeper)),
            22 if self.loops < 3 => self.over(deeper, "all", |body| body.bool(deeper)),
            23 if self.loops < 3 => self.over(deeper, "exists_one", |body| body.bool(deeper)),
            24 => self.guarded(deeper),
            25 => {
                let operator = *self.random.one(&["<", ">", "==", "!="]);
                format!("({} {operator} {})", self.time(deeper), self.time(deeper))
            }
            26 => {
                let operator = *self.random.one(&["<", ">=", "==", "!="]);
                format!("({} {operator} {})", self.span(deeper), self.span(deeper))
            }
            27 => {
                let operator = *self.random.one(&["==", "!="]);
                match self.random.below(3) {
                    0 => format!(
                        "({} {operator} {})",
                        self.int_list(deeper),
                        self.int_list(deeper)
                    ),
                    1 => format!(
                        "({} {operator} {})",
                        self.text_list(deeper),
                        self.text_list(deeper)
                    ),
                    _ => format!(
                        "({} {operator} {})",
                        self.row_list(deeper),
                        self.row_list(deeper)
                    ),
                }
            }
            28 => {
                let pattern = *self
                    .random
                    .one(&["^a", "[0-9]+", "b$", "a.*b", "web-\\\\d"]);
                format!("{}.matches(\"{pattern}\")", self.text(deeper))
            }
            _ => {
                let word = *self.random.one(&["pending", "running", "stopped"]);
                format!("(facts.state == \"{word}\")")
            }
        }
    }

    /// What can be none, with the ways to ask about it.
    fn guarded(&mut self, depth: usize) -> String {
        let row = self.scope.rows.last().cloned();
        let note = row.map(|row| format!("{row}.note"));
        let text = note.unwrap_or_else(|| "facts.ns".to_owned());
        let key = *self.random.one(&["a", "env", "x-y"]);
        match self.random.below(16) {
            0 => format!("({text} == null)"),
            1 => format!(
                "({text} != null && {text}.startsWith({}))",
                self.text(depth)
            ),
            2 => format!("({text} == null || {text} == {})", self.text(depth)),
            3 => format!("({text} == {})", self.text(depth)),
            4 => format!("({text} != {})", self.text(depth)),
            5 => format!("(facts.ni != null && facts.ni > {})", self.int(depth)),
            6 => format!("(facts.ni == null || facts.ni + 1 > {})", self.int(depth)),
            7 => format!(
                "(facts.ni != null ? facts.ni < {} : {})",
                self.int(depth),
                self.bool(depth)
            ),
            8 => format!(
                "(facts.peer != null && facts.peer.port > {})",
                self.int(depth)
            ),
            9 => format!(
                "(facts.peer == null || facts.peer.name != {})",
                self.text(depth)
            ),
            10 => format!("(has(facts.ni) && facts.ni > {})", self.int(depth)),
            11 => format!("(has({text}) && {text}.size() > {})", self.int(depth)),
            12 => format!(
                "(\"{key}\" in facts.tags && facts.tags[\"{key}\"] == {})",
                self.text(depth)
            ),
            13 => format!("(facts.tags[\"{key}\"] == {})", self.text(depth)),
            14 => format!(
                "(has(facts.tags.{}) || {})",
                if key == "x-y" { "a" } else { key },
                self.bool(depth)
            ),
            _ => format!("(default(facts.ni, 1) > {})", self.int(depth)),
        }
    }

    pub(crate) fn int(&mut self, depth: usize) -> String {
        let deeper = depth.saturating_sub(1);
        match self.pick(depth == 0, 6, 22) {
            0 => format!("{}", self.random.below(5)),
            1 => "facts.i".to_owned(),
            2 => "facts.j".to_owned(),
            3 => match self.scope.rows.last() {
                Some(row) => format!("{row}.port"),
                None => "facts.i".to_owned(),
            },
            4 => self
                .scope
                .ints
                .last()
                .cloned()
                .unwrap_or_else(|| "22".to_owned()),
            5 => (*self.random.one(&["443", "9223372036854775807", "-1"])).to_owned(),
            6..=8 => format!("({} + {})", self.int(deeper), self.int(deeper)),
            9 => format!("({} - {})", self.int(deeper), self.int(deeper)),
            10 => format!("({} * {})", self.int(deeper), self.int(deeper)),
            11 => format!("({} / {})", self.int(deeper), self.int(deeper)),
            12 => format!("({} % {})", self.int(deeper), self.int(deeper)),
            13 => format!("-({})", self.int(deeper)),
            14 => format!("size({})", self.text(deeper)),
            15 => match self.random.below(3) {
                0 => format!("{}.size()", self.int_list(deeper)),
                1 => format!("size({})", self.row_list(deeper)),
                _ => "size(facts.tags)".to_owned(),
            },
            16 => format!(
                "({} ? {} : {})",
                self.bool(deeper),
                self.int(deeper),
                self.int(deeper)
            ),
            17 => format!("int({})", self.double(deeper)),
            18 => format!("{}[{}]", self.int_list(deeper), self.int(0)),
            19 => {
                let part = *self.random.one(&[
                    "getFullYear",
                    "getMonth",
                    "getDate",
                    "getDayOfMonth",
                    "getDayOfWeek",
                    "getDayOfYear",
                    "getHours",
                    "getMinutes",
                    "getSeconds",
                ]);
                format!("{}.{part}()", self.time(deeper))
            }
            20 => {
                let part = *self.random.one(&["getHours", "getMinutes", "getSeconds"]);
                format!("{}.{part}()", self.span(deeper))
            }
            _ => {
                let function = *self.random.one(&["math.greatest", "math.least"]);
                match self.random.below(2) {
                    0 => format!("{function}({}, {})", self.int(deeper), self.int(deeper)),
                    _ => format!("{function}({} + facts.ints)", self.int_list(deeper)),
                }
            }
        }
    }

    fn double(&mut self, depth: usize) -> String {
        let deeper = depth.saturating_sub(1);
        match self.pick(depth == 0, 4, 11) {
            0 => "facts.d".to_owned(),
            1 => "facts.e".to_owned(),
            2 => "0.5".to_owned(),
            3 => "1e300".to_owned(),
            4 => format!("({} + {})", self.double(deeper), self.double(deeper)),
            5 => format!("({} - {})", self.double(deeper), self.double(deeper)),
            6 => format!("({} * {})", self.double(deeper), self.double(deeper)),
            7 => format!("({} / {})", self.double(deeper), self.double(deeper)),
            8 => format!("-({})", self.double(deeper)),
            9 => format!("double({})", self.int(deeper)),
            _ => format!(
                "({} ? {} : {})",
                self.bool(deeper),
                self.double(deeper),
                self.double(deeper)
            ),
        }
    }

    fn text(&mut self, depth: usize) -> String {
        let deeper = depth.saturating_sub(1);
        match self.pick(depth == 0, 6, 18) {
            0 => "facts.s".to_owned(),
            1 => "facts.t".to_owned(),
            2 => format!("\"{}\"", self.random.one(&["", "a", "ab", "äß", "tcp"])),
            3 => match self.scope.rows.last() {
                Some(row) => format!("{row}.protocol"),
                None => "facts.s".to_owned(),
            },
            4 => self
                .scope
                .texts
                .last()
                .cloned()
                .unwrap_or_else(|| "'b'".to_owned()),
            5 => "facts.t".to_owned(),
            6 | 7 => format!("({} + {})", self.text(deeper), self.text(deeper)),
            8 => format!(
                "({} ? {} : {})",
                self.bool(deeper),
                self.text(deeper),
                self.text(deeper)
            ),
            9 => format!("string({})", self.int(deeper)),
            10 => format!("string({})", self.bool(deeper)),
            11 => format!("{}[{}]", self.text_list(deeper), self.int(0)),
            12 => format!("{}.lowerAscii()", self.text(deeper)),
            13 => format!("{}.upperAscii()", self.text(deeper)),
            14 => format!("{}.trim()", self.text(deeper)),
            15 => format!("{}.join({})", self.text_list(deeper), self.text(deeper)),
            16 => format!("{}.substring({})", self.text(deeper), self.int(0)),
            _ => format!(
                "{}.replace({}, {})",
                self.text(deeper),
                self.text(0),
                self.text(0)
            ),
        }
    }

    fn int_list(&mut self, depth: usize) -> String {
        let deeper = depth.saturating_sub(1);
        match self.pick(depth == 0, 2, 7) {
            0 => "facts.ints".to_owned(),
            1 => {
                let mut list = "[".to_owned();
                for at in 0..self.random.below(4) {
                    let _ = write!(list, "{}{}", if at > 0 { ", " } else { "" }, self.int(0));
                }
                list + "]"
            }
            2 => format!("({} + {})", self.int_list(deeper), self.int_list(deeper)),
            3 if self.loops < 3 => {
                let list = self.int_list(deeper);
                self.loops += 1;
                let variable = format!("x{}", self.loops);
                self.scope.ints.push(variable.clone());
                let body = self.bool(deeper);
                self.scope.ints.pop();
                self.loops -= 1;
                format!("{list}.filter({variable}, {body})")
            }
            4 if self.loops < 3 => self.over(deeper, "map", |body| body.int(deeper)),
            5 => format!(
                "({} ? {} : {})",
                self.bool(deeper),
                self.int_list(deeper),
                self.int_list(deeper)
            ),
            _ => "facts.ints".to_owned(),
        }
    }

    fn text_list(&mut self, depth: usize) -> String {
        let deeper = depth.saturating_sub(1);
        match self.pick(depth == 0, 3, 7) {
            0 => "facts.texts".to_owned(),
            1 => format!("[{}, {}]", self.text(0), self.text(0)),
            2 => match self.scope.rows.last() {
                Some(row) => format!("{row}.blocks"),
                None => "facts.texts".to_owned(),
            },
            3 => format!("({} + {})", self.text_list(deeper), self.text_list(deeper)),
            4 if self.loops < 3 => self.over(deeper, "map", |body| body.text(deeper)),
            5 => format!("{}.split({})", self.text(deeper), self.text(0)),
            _ => "facts.texts".to_owned(),
        }
    }

    fn row_list(&mut self, depth: usize) -> String {
        let deeper = depth.saturating_sub(1);
        match self.pick(depth == 0, 1, 3) {
            0 => "facts.rows".to_owned(),
            1 if self.loops < 3 => {
                let list = self.row_list(deeper);
                self.loops += 1;
                let variable = format!("x{}", self.loops);
                self.scope.rows.push(variable.clone());
                let body = self.bool(deeper);
                self.scope.rows.pop();
                self.loops -= 1;
                format!("{list}.filter({variable}, {body})")
            }
            _ => format!("({} + {})", self.row_list(deeper), self.row_list(deeper)),
        }
    }

    fn time(&mut self, depth: usize) -> String {
        let deeper = depth.saturating_sub(1);
        match self.pick(depth == 0, 2, 6) {
            0 => "facts.at".to_owned(),
            1 => "timestamp(\"2026-03-01T05:06:07Z\")".to_owned(),
            2 => format!("({} + {})", self.time(deeper), self.span(deeper)),
            3 => format!("({} - {})", self.time(deeper), self.span(deeper)),
            4 => format!("({} + {})", self.span(deeper), self.time(deeper)),
            _ => format!(
                "({} ? {} : {})",
                self.bool(deeper),
                self.time(deeper),
                self.time(deeper)
            ),
        }
    }

    fn span(&mut self, depth: usize) -> String {
        let deeper = depth.saturating_sub(1);
        match self.pick(depth == 0, 3, 7) {
            0 => "facts.span".to_owned(),
            1 => format!(
                "duration(\"{}\")",
                self.random.one(&["90m", "1h30m", "-20s", "1.5h", "0s"])
            ),
            2 => format!("days({})", self.random.below(400)),
            3 => format!("({} + {})", self.span(deeper), self.span(deeper)),
            4 => format!("({} - {})", self.span(deeper), self.span(deeper)),
            5 => format!("({} - {})", self.time(deeper), self.time(deeper)),
            _ => "facts.span".to_owned(),
        }
    }

    /// Money, which the oracle does not have.
    pub(crate) fn money(&mut self, depth: usize) -> String {
        let deeper = depth.saturating_sub(1);
        match self.pick(depth == 0, 2, 7) {
            0 => "facts.cost".to_owned(),
            1 => "money(\"0.10\")".to_owned(),
            2 => format!("({} + {})", self.money(deeper), self.money(deeper)),
            3 => format!("({} * {})", self.money(deeper), self.int(deeper)),
            4 => format!("({} / {})", self.money(deeper), self.int(deeper)),
            5 => format!(
                "({} ? {} : {})",
                self.bool(deeper),
                self.money(deeper),
                self.money(deeper)
            ),
            _ => format!("({} - {})", self.money(deeper), self.money(deeper)),
        }
    }
}

/// The source of one case.
pub(crate) fn source(random: &mut Random) -> String {
    loop {
        let source = Generator::new(random).any();
        // The limit on length is tested elsewhere; long texts only cost time here.
        if source.len() < 180 {
            return source;
        }
    }
}
