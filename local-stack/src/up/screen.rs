//! What the runner says: lines on standard output, coloured on a terminal, and a bar at its foot during a replay.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};
use std::collections::HashMap;
use std::io::{IsTerminal as _, Write as _, stderr, stdout};

/// A colour, by what it means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    Good,
    Bad,
    Quiet,
    Strong,
    Caught,
    Listed,
    Traded,
    Seen,
}

impl Paint {
    /// The number of an ANSI escape sequence ("select graphic rendition").
    const fn code(self) -> &'static str {
        match self {
            Self::Good | Self::Seen => "32",
            Self::Bad => "31",
            Self::Quiet => "2",
            Self::Strong => "1",
            Self::Caught => "33",
            Self::Listed => "36",
            Self::Traded => "35",
        }
    }
}

/// Where the runner says things.
#[derive(Debug)]
pub(crate) struct Screen {
    colours: bool,
    bars: MultiProgress,
    bars_are_shown: bool,
}

impl Screen {
    /// Standard output: coloured when it is a terminal and nobody asked for `NO_COLOR`.
    pub(crate) fn of_process(environment: &HashMap<String, String>) -> Self {
        let is_set = |name: &str| environment.get(name).is_some_and(|text| !text.is_empty());
        let dumb = environment.get("TERM").is_some_and(|name| name == "dumb");
        let terminal = stdout().is_terminal();
        let bars_are_shown = terminal && stderr().is_terminal() && !dumb;
        let target = match bars_are_shown {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        Self {
            colours: terminal && !dumb && !is_set("NO_COLOR"),
            bars: MultiProgress::with_draw_target(target),
            bars_are_shown,
        }
    }

    /// Says a line. A reader that has gone away is no reason to stop.
    pub(crate) fn say(&self, line: &str) {
        self.bars.suspend(|| {
            let mut out = stdout().lock();
            let _gone = writeln!(out, "{line}").and_then(|()| out.flush());
        });
    }

    /// Says that something went wrong, and what to do.
    pub(crate) fn warn(&self, line: &str) {
        self.say(&self.paint(Paint::Bad, line));
    }

    /// The text in a colour, or as it is.
    pub(crate) fn paint(&self, paint: Paint, text: &str) -> String {
        match self.colours {
            true => format!("\u{1b}[{}m{text}\u{1b}[0m", paint.code()),
            false => text.to_owned(),
        }
    }

    /// A bar at the foot of a terminal; none in a pipe.
    pub(super) fn bar(&self, length: u64) -> Option<ProgressBar> {
        self.bars_are_shown
            .then(|| self.bars.add(ProgressBar::new(length)))
    }
}

/// 1234567 as `1,234,567`.
pub(super) fn with_commas(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        let written = [0, 999, 1_000, 62_242, 1_234_567].map(with_commas);
        assert_eq!(written, ["0", "999", "1,000", "62,242", "1,234,567"]);
    }

    #[test]
    fn a_pipe_gets_plain_text() {
        let screen = Screen {
            colours: false,
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()),
            bars_are_shown: false,
        };
        assert_eq!(screen.paint(Paint::Bad, "text"), "text");
        assert!(screen.bar(1).is_none());
    }
}
