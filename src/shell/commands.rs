//! The dot-commands of the shell: one table, one function each.

use std::path::Path;

use crate::error::{Error, Result};
use crate::render::FORMATS;
use crate::shell::help;
use crate::shell::output::Output;
use crate::shell::runner::Outcome;
use crate::shell::screen::note;
use crate::shell::script::Script;
use crate::shell::session::Shell;

/// A dot-command.
pub(super) struct Command {
    /// Its name, with the dot.
    pub(super) name: &'static str,
    /// How it is written.
    pub(super) syntax: &'static str,
    /// One line of help.
    pub(super) help: &'static str,
    /// What may stand behind its name.
    pub(super) argument: Argument,
    run: fn(&mut Shell<'_>, &str) -> Result<Flow>,
}

/// What may stand behind the name of a dot-command.
pub(super) enum Argument {
    None,
    Switch,
    Format,
    Topic,
    File,
}

/// How the shell goes on after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Stay,
    Leave,
}

/// Every dot-command.
pub(super) static COMMANDS: &[Command] = &[
    Command {
        name: ".help",
        syntax: ".help [TOPIC]",
        help: "this list, or a statement or stage explained",
        argument: Argument::Topic,
        run: help_command,
    },
    Command {
        name: ".mode",
        syntax: ".mode [FORMAT]",
        help: "how results are written: table, csv, tsv, json, jsonl, markdown",
        argument: Argument::Format,
        run: mode,
    },
    Command {
        name: ".timer",
        syntax: ".timer on|off",
        help: "rows and time after each result",
        argument: Argument::Switch,
        run: timer,
    },
    Command {
        name: ".pager",
        syntax: ".pager on|off",
        help: "results longer than the screen page by page",
        argument: Argument::Switch,
        run: pager,
    },
    Command {
        name: ".once",
        syntax: ".once FILE",
        help: "the next result into a file",
        argument: Argument::File,
        run: once,
    },
    Command {
        name: ".output",
        syntax: ".output [FILE]",
        help: "results into a file from now on, without FILE to the screen",
        argument: Argument::File,
        run: output,
    },
    Command {
        name: ".read",
        syntax: ".read FILE",
        help: "runs the statements of a file",
        argument: Argument::File,
        run: read,
    },
    Command {
        name: ".last",
        syntax: ".last",
        help: "the last result once more",
        argument: Argument::None,
        run: last,
    },
    Command {
        name: ".history",
        syntax: ".history [N]",
        help: "the last entries",
        argument: Argument::None,
        run: history,
    },
    Command {
        name: ".quit",
        syntax: ".quit",
        help: "leaves; so does Ctrl-D",
        argument: Argument::None,
        run: quit,
    },
];

/// Runs the command on a line that begins with a dot. A name may be cut short where that is clear.
///
/// # Errors
/// [`Error::Query`] when there is no such command, and the errors of the command.
pub(super) fn run(shell: &mut Shell<'_>, line: &str) -> Result<Flow> {
    let line = line.trim().trim_end_matches(';').trim_end();
    let (name, argument) = match line.split_once(char::is_whitespace) {
        Some((name, argument)) => (name, unquoted(argument.trim())),
        None => (line, ""),
    };
    let short =
        || COMMANDS.iter().filter(|command| name.len() > 1 && command.name.starts_with(name));
    let exact = COMMANDS.iter().find(|command| command.name == name);
    let command = exact.or_else(|| if short().count() == 1 { short().next() } else { None });
    match command {
        Some(command) => (command.run)(shell, argument),
        None => Err(unknown(name)),
    }
}

fn unknown(name: &str) -> Error {
    let error = Error::query(format!("no command is called {name}"));
    match name {
        ".exit" | ".q" => error.hint(".quit leaves"),
        _ => error.hint(".help lists the commands"),
    }
}

/// A file name may stand in quotes, as in the language.
fn unquoted(argument: &str) -> &str {
    ['\'', '"']
        .iter()
        .find_map(|quote| argument.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(argument)
}

fn help_command(shell: &mut Shell<'_>, argument: &str) -> Result<Flow> {
    let text = match argument {
        "" => help::overview(),
        name => help::topic(name).ok_or_else(|| {
            Error::query(format!("there is no help about {name}")).hint(".help lists the topics")
        })?,
    };
    shell.show(&text);
    Ok(Flow::Stay)
}

fn mode(shell: &mut Shell<'_>, argument: &str) -> Result<Flow> {
    if argument.is_empty() {
        let format = shell.runner.format()?;
        shell.show(&format!("{format}\n"));
        return Ok(Flow::Stay);
    }
    let named = FORMATS.iter().find(|row| row.name.eq_ignore_ascii_case(argument));
    match named {
        // The same as the statement, so that SET, .mode and SHOW SETTINGS cannot disagree.
        Some(row) => {
            let text = format!("SET format = {}", row.name);
            shell.run_quietly(&text);
        }
        None => {
            argument.parse::<crate::render::Format>()?;
        }
    }
    Ok(Flow::Stay)
}

fn switch(argument: &str, now: bool) -> Result<bool> {
    match argument.to_ascii_lowercase().as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        "" => Ok(!now),
        other => Err(Error::query(format!("{other} is neither on nor off"))),
    }
}

fn timer(shell: &mut Shell<'_>, argument: &str) -> Result<Flow> {
    let footer = &mut shell.runner.options.footer;
    *footer = switch(argument, *footer)?;
    Ok(Flow::Stay)
}

fn pager(shell: &mut Shell<'_>, argument: &str) -> Result<Flow> {
    let paged = &mut shell.runner.output.paged;
    *paged = switch(argument, *paged)?;
    Ok(Flow::Stay)
}

fn once(shell: &mut Shell<'_>, argument: &str) -> Result<Flow> {
    to_file(&mut shell.runner.output, argument, true)
}

fn output(shell: &mut Shell<'_>, argument: &str) -> Result<Flow> {
    let output = &mut shell.runner.output;
    if argument.is_empty() {
        output.to_screen();
        return Ok(Flow::Stay);
    }
    to_file(output, argument, false)
}

fn to_file(output: &mut Output, argument: &str, once: bool) -> Result<Flow> {
    if argument.is_empty() {
        return Err(Error::query("the name of a file is missing"));
    }
    output.to_file(Path::new(argument), once)?;
    Ok(Flow::Stay)
}

fn read(shell: &mut Shell<'_>, argument: &str) -> Result<Flow> {
    if argument.is_empty() {
        return Err(Error::query("the name of a file is missing"));
    }
    match Script::read(Path::new(argument))? {
        Some(script) => shell.run_script(&script),
        None => shell.failed(),
    }
    Ok(Flow::Stay)
}

fn last(shell: &mut Shell<'_>, _argument: &str) -> Result<Flow> {
    shell.run_entry("FROM _", 0);
    Ok(Flow::Stay)
}

fn history(shell: &mut Shell<'_>, argument: &str) -> Result<Flow> {
    let many = match argument {
        "" => 20,
        number => number
            .parse::<usize>()
            .map_err(|_| Error::query(format!("{number} is not a number of entries")))?,
    };
    let entries = shell.entries();
    let skipped = entries.len().saturating_sub(many);
    let lines =
        entries.iter().enumerate().skip(skipped).map(|(index, entry)| {
            format!("{:>5}  {}\n", index + 1, entry.replace('\n', "\n       "))
        });
    let text: String = lines.collect();
    shell.show(&text);
    Ok(Flow::Stay)
}

fn quit(_shell: &mut Shell<'_>, _argument: &str) -> Result<Flow> {
    Ok(Flow::Leave)
}

/// Words that people type to leave or for help, and what they get.
pub(super) fn spoken(line: &str) -> Option<&'static str> {
    match line.trim().trim_end_matches(';').trim_end().to_ascii_lowercase().as_str() {
        "help" | "\\h" | "\\?" | "?" => Some(".help"),
        "quit" | "exit" | "\\q" | ":q" => Some(".quit"),
        _ => None,
    }
}

/// Tells that results go to a file, where they do: a person who sees none would wonder.
pub(super) fn remind(output: &Output, outcome: Outcome) {
    if let (Some(path), Outcome::Done) = (output.file(), outcome) {
        note(&format!("written to {}", path.display()));
    }
}
