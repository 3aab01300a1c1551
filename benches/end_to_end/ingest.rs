//! The rows of ingest: time against the peer, threads, growth, memory, room on disk.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Usage, medians, run};
use crate::table::{Goal, Row, ratio};
use crate::text::{COPIES, Texts};
use crate::{Bench, Outcome};

const MEBI: f64 = 1_048_576.0;

/// A corpus to be ingested, and what its figures have to reach.
pub(crate) struct Case<'a> {
    /// What its units are called in the table.
    pub what: &'static str,
    /// The option `--unit`.
    pub unit: &'static str,
    /// The order of the corpus.
    pub order: u32,
    /// Its text.
    pub texts: &'a Texts,
    /// Against the peer on one thread, in CPU time.
    pub alone: Goal,
    /// Against the peer on two threads, in wall time.
    pub both: Option<Goal>,
    /// Bytes on disk for a byte of text.
    pub disk: Option<Goal>,
}

impl Bench<'_> {
    /// All rows of one corpus.
    ///
    /// # Errors
    /// When a process fails.
    pub(crate) fn ingest(&self, case: &Case<'_>) -> Outcome<()> {
        let (what, order) = (case.what, case.order);
        let peer = match &self.arguments.peer {
            Some(command) => Some(self.peer(command, order, &case.texts.spaced)?),
            None => None,
        };
        let name = format!("{what}-{order}");
        let megabytes = case.texts.bytes as f64 / 1e6;
        let mut walls = Vec::new();
        for (threads, goal) in [("1", Some(case.alone)), ("2", case.both)] {
            let used = medians(self.arguments.runs, || {
                self.fresh(&name)?;
                let mut command = self.command(&name, case.unit, order, &[&case.texts.whole]);
                run(command.args(["--with", "keep_text=false", "--threads", threads]))
            })?;
            let time = if threads == "1" { used.cpu } else { used.wall };
            let against = |peer: Usage| match threads {
                "1" => ratio(peer.cpu, used.cpu),
                _ => ratio(peer.wall, used.wall),
            };
            let kind = if threads == "1" { "one thread, CPU" } else { "two threads, wall" };
            Row {
                figure: peer.map(against),
                unit: " ×",
                goal,
                ours: Some(used),
                peer,
                note: format!("{:.1} MB/s", megabytes / time.as_secs_f64()),
                ..Row::new(format!("ingest {megabytes:.1} MB, {what}, order {order}, {kind}"))
            }
            .print();
            walls.push(used.wall);
        }
        Row {
            figure: Some(ratio(walls[0], walls[1])),
            unit: " ×",
            goal: Some(Goal::AtLeast(1.6, 1.9)),
            ..Row::new(format!("two threads against one, {what}, order {order}, wall"))
        }
        .print();
        let disk = size(&self.database(&name))? as f64;
        Row {
            figure: Some(disk / case.texts.bytes as f64),
            unit: " B/B",
            goal: case.disk,
            note: format!("{:.1} MB", disk / 1e6),
            ..Row::new(format!("on disk for a byte of text, {what}, order {order}"))
        }
        .print();
        match case.unit {
            "char" => self.growth(case, peer),
            _ => Ok(()),
        }
    }

    /// Adding the last lines to all others, against counting everything again.
    fn growth(&self, case: &Case<'_>, peer: Option<Usage>) -> Outcome<()> {
        let (what, order) = (case.what, case.order);
        let name = format!("{what}-{order}-growing");
        let quiet = ["--with", "keep_text=false", "--threads", "1"];
        let used = medians(self.arguments.runs, || {
            self.fresh(&name)?;
            run(self.command(&name, case.unit, order, &[&case.texts.most]).args(quiet))?;
            run(self.command(&name, case.unit, order, &[&case.texts.rest]).args(quiet))
        })?;
        Row {
            figure: peer.map(|peer| ratio(peer.cpu, used.cpu)),
            unit: " ×",
            goal: Some(Goal::AtLeast(100.0, 200.0)),
            ours: Some(used),
            peer,
            ..Row::new(format!("adding 4 % to the rest, {what}, order {order}, CPU"))
        }
        .print();
        Ok(())
    }

    /// The widest that a process gets that has a budget.
    ///
    /// # Errors
    /// When the process fails.
    pub(crate) fn budget(&self, texts: &Texts) -> Outcome<()> {
        let memory = &self.arguments.memory;
        let large = texts.write_copies(self.folder)?;
        let mut command = self.command("budget", "char", 6, &[&large]);
        let used = run(command.args(["--memory", memory]))?;
        let megabytes = std::fs::metadata(&large)?.len() as f64 / 1e6;
        let what = format!(
            "peak of {megabytes:.0} MB ({COPIES} copies, lines in other orders), order 6, \
             text kept, --memory {memory}"
        );
        let goal = Goal::AtMost(256.0, 192.0);
        let goal = (memory == "256MiB").then_some(goal);
        Row {
            figure: Some(used.peak as f64 / MEBI),
            unit: " MiB",
            goal,
            ours: Some(used),
            note: format!("{:.1} MB/s", megabytes / used.wall.as_secs_f64()),
            ..Row::new(what)
        }
        .print();
        std::fs::remove_file(large)?;
        self.fresh("budget")
    }

    /// The command `erya ingest`, into a corpus `c`.
    pub(crate) fn command(
        &self,
        name: &str,
        unit: &str,
        order: u32,
        files: &[&PathBuf],
    ) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_erya"));
        command.args(["--no-progress", "ingest"]).arg(self.database(name)).arg("c").args(files);
        command.args(["--unit", unit, "--order", &order.to_string()]);
        command
    }

    /// Removes a database, if there is one.
    fn fresh(&self, name: &str) -> Outcome<()> {
        match std::fs::remove_dir_all(self.database(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// Bytes of all files in a folder.
fn size(folder: &Path) -> Outcome<u64> {
    let mut sum = 0;
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry?;
        if entry.file_type().is_file() {
            sum += entry.metadata()?.len();
        }
    }
    Ok(sum)
}
