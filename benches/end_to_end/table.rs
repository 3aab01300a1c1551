//! The table: a row for each figure, with what it must be and what it is to become.

use std::time::Duration;

use crate::process::Usage;

const MEBI: f64 = 1_048_576.0;

/// What a figure has to reach, in the unit in which the row shows it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// At least the first, better the second: speed.
    AtLeast(f64, f64),
    /// At most the first, better the second: time and room.
    AtMost(f64, f64),
}

/// A figure of the table.
#[derive(Debug)]
pub(crate) struct Row<'a> {
    /// What was done.
    pub what: String,
    /// The figure, in `unit`; none where there was no peer to compare with.
    pub figure: Option<f64>,
    /// What stands behind the figure.
    pub unit: &'a str,
    /// What the figure has to reach.
    pub goal: Option<Goal>,
    /// What it took.
    pub ours: Option<Usage>,
    /// What the peer took.
    pub peer: Option<Usage>,
    /// Whatever else was seen.
    pub note: String,
}

impl Row<'_> {
    /// A row of which only the name is known.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Row {
            what: what.into(),
            figure: None,
            unit: "",
            goal: None,
            ours: None,
            peer: None,
            note: String::new(),
        }
    }

    /// Prints the row.
    pub(crate) fn print(&self) {
        let figure = self.figure.map_or(String::new(), |figure| number(figure) + self.unit);
        let (must, aim, reached) = match (self.goal, self.figure) {
            (None, _) => (String::new(), String::new(), ""),
            (Some(goal), figure) => {
                let (must, aim) = goal.both();
                let reached = figure.map_or("", |figure| goal.judge(figure));
                (number(must) + self.unit, number(aim) + self.unit, reached)
            }
        };
        println!(
            "| {} | {figure} | {must} | {aim} | {reached} | {} | {} | {} |",
            self.what.replace('|', "\\|"),
            used(self.ours),
            used(self.peer),
            self.note
        );
    }
}

impl Goal {
    fn both(self) -> (f64, f64) {
        match self {
            Goal::AtLeast(must, aim) | Goal::AtMost(must, aim) => (must, aim),
        }
    }

    fn judge(self, figure: f64) -> &'static str {
        let holds = |bound: f64| match self {
            Goal::AtLeast(..) => figure >= bound,
            Goal::AtMost(..) => figure <= bound,
        };
        let (must, aim) = self.both();
        match (holds(must), holds(aim)) {
            (true, true) => "aim",
            (true, false) => "must",
            (false, _) => "missed",
        }
    }
}

/// Prints what stands above the rows.
pub(crate) fn head() {
    let used = "CPU s, wall s, MiB";
    println!("| what | figure | must | aim | reached | ours: {used} | peer: {used} | |");
    println!("| --- | ---: | ---: | ---: | --- | --- | --- | --- |");
}

/// How many times `peer` is as long as `ours`.
pub(crate) fn ratio(peer: Duration, ours: Duration) -> f64 {
    peer.as_secs_f64() / ours.as_secs_f64()
}

fn used(usage: Option<Usage>) -> String {
    usage.map_or(String::new(), |used| {
        let (cpu, wall) = (used.cpu.as_secs_f64(), used.wall.as_secs_f64());
        format!("{cpu:.2}, {wall:.2}, {:.0}", used.peak as f64 / MEBI)
    })
}

/// Three digits at least, none that says nothing.
fn number(value: f64) -> String {
    match value {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
