//! The conversation in a terminal: prompts, lines, history.

use std::path::Path;

use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::history::{DefaultHistory, History, SearchDirection};
use rustyline::{ColorMode, CompletionType, Config, Editor};

use crate::error::{Error, Result};
use crate::query::is_complete;
use crate::shell::commands::Flow;
use crate::shell::files;
use crate::shell::helper::LineHelper;
use crate::shell::lexis::is_blank;
use crate::shell::screen::{is_coloured, note};
use crate::shell::session::{Shell, command};

const PROMPT: &str = "erya> ";
const CONTINUED: &str = "  ... ";
const REMEMBERED: usize = 10_000;

type LineEditor = Editor<LineHelper, DefaultHistory>;

/// What came of asking for an entry.
enum Asked {
    Entry(String),
    Nothing,
    End,
}

/// Talks until the person leaves.
///
/// # Errors
/// When the terminal cannot be set up or read.
pub(super) fn converse(shell: &mut Shell<'_>, title: &str) -> Result<()> {
    let mut editor = editor().map_err(broken)?;
    let file = files::history();
    if let Some(file) = &file {
        // A file that is not there yet, or not readable, leaves the history empty.
        drop(editor.load_history(file));
    }
    for entry in loaded(&editor) {
        shell.remember(&entry);
    }
    note(&format!("erya {}, {title}", env!("CARGO_PKG_VERSION")));
    note("A statement ends with ; and Tab completes it. .help explains, .quit or Ctrl-D leaves.");
    loop {
        let outline = shell.runner.session.outline();
        if let Some(helper) = editor.helper_mut() {
            helper.outline = outline;
        }
        let entry = match ask(&mut editor).map_err(broken)? {
            Asked::Entry(entry) => entry,
            Asked::Nothing => continue,
            Asked::End => return Ok(()),
        };
        keep(&mut editor, file.as_deref(), &entry);
        shell.remember(&entry);
        if shell.enter(&entry, 0) == Flow::Leave {
            return Ok(());
        }
    }
}

fn editor() -> rustyline::Result<LineEditor> {
    let colours = is_coloured();
    let config = Config::builder()
        .max_history_size(REMEMBERED)?
        .history_ignore_dups(true)?
        .history_ignore_space(true)
        .completion_type(CompletionType::List)
        .completion_show_all_if_ambiguous(true)
        .color_mode(if colours { ColorMode::Enabled } else { ColorMode::Disabled })
        .auto_add_history(false)
        .build();
    let mut editor = LineEditor::with_config(config)?;
    editor.set_helper(Some(LineHelper { colours, ..LineHelper::default() }));
    editor.set_max_history_size(REMEMBERED)?;
    Ok(editor)
}

/// Asks for lines until they make an entry.
fn ask(editor: &mut LineEditor) -> rustyline::Result<Asked> {
    let mut entry = String::new();
    loop {
        if let Some(helper) = editor.helper_mut() {
            helper.pending.clone_from(&entry);
        }
        let line = editor.readline(if entry.is_empty() { PROMPT } else { CONTINUED });
        match line {
            Ok(line) => entry.push_str(&line),
            Err(ReadlineError::Interrupted) => return Ok(Asked::Nothing),
            // Ctrl-D in the midst of an entry drops it, as Ctrl-C does; at a fresh prompt it
            // leaves.
            Err(ReadlineError::Eof) if entry.is_empty() => return Ok(Asked::End),
            Err(ReadlineError::Eof) => return Ok(Asked::Nothing),
            Err(error) => return Err(error),
        }
        if is_blank(&entry) {
            return Ok(Asked::Nothing);
        }
        if command(&entry).is_some() || is_complete(&entry) {
            return Ok(Asked::Entry(entry));
        }
        entry.push('\n');
    }
}

/// Adds an entry to the history, whole, and to its file at once: another shell may be open.
fn keep(editor: &mut LineEditor, file: Option<&Path>, entry: &str) {
    let added = editor.add_history_entry(entry.trim_end());
    if let (Ok(true), Some(file)) = (added, file) {
        // A history that cannot be written is no reason to disturb anybody.
        drop(editor.append_history(file));
    }
}

fn loaded(editor: &LineEditor) -> Vec<String> {
    let history = editor.history();
    let entry = |index| history.get(index, SearchDirection::Forward).ok().flatten();
    (0..history.len()).filter_map(entry).map(|found| found.entry.into_owned()).collect()
}

fn broken(error: ReadlineError) -> Error {
    Error::retry("the terminal cannot be read").because(error)
}
