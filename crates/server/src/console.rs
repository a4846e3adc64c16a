//! Everything that commands write: answers on standard output, all else on standard error.

use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

use serde_json::Value;

/// What a command has to say, for people and for programs.
#[derive(Debug)]
pub(crate) struct Answer {
    /// A few short lines.
    pub(crate) text: String,
    /// One object or array.
    pub(crate) json: Value,
}

/// Where a command writes, and in which of the two forms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    pub(crate) json: bool,
}

impl Console {
    /// Writes the answer. A reader who went away (`| head`) has read enough.
    pub(crate) fn answer(self, answer: &Answer) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let written = match self.json {
            true => writeln!(out, "{}", answer.json),
            false => writeln!(out, "{}", answer.text.trim_end()),
        };
        match written.and_then(|()| out.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// What a long command is doing, for somebody who watches.
    pub(crate) fn progress(self, what: &str) {
        if io::stderr().is_terminal() {
            complain("", what);
        }
    }

    /// Something to look at that stops nothing.
    pub(crate) fn warning(self, what: &str) {
        complain("warning: ", what);
    }

    /// Why the command failed.
    pub(crate) fn error(self, what: &str) {
        complain("error: ", what);
    }
}

fn complain(kind: &str, what: &str) {
    // With standard error gone there is nobody left to tell.
    let _unheard = writeln!(io::stderr(), "{kind}{}", one_line(what));
}

/// Text of documents and arguments can stand in a message: it stays one line, and its control
/// characters do not reach the terminal.
pub(crate) fn one_line(text: &str) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_message_is_one_line_without_control_characters() {
        assert_eq!(one_line("a\nb\u{1b}[31mc\r\n"), "a b [31mc");
    }
}
