//! Colours, or none.

/// Writes escape sequences around text when colours are wanted.
#[derive(Clone, Copy)]
pub(crate) struct Paint {
    pub(crate) colour: bool,
}

impl Paint {
    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    pub(super) fn warn(self, text: &str) -> String {
        self.wrap("33", text)
    }

    /// Text in the colour of a severity.
    pub(super) fn severity(self, severity: &str, text: &str) -> String {
        let code = match severity {
            "critical" => "1;31",
            "high" => "31",
            "medium" => "33",
            "low" => "36",
            _ => "2",
        };
        self.wrap(code, text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}
