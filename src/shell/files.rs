//! Where the shell keeps its history: `erya/history` in the user's data directory.

use std::env;
use std::fs;
use std::path::PathBuf;

/// The file of the history, its directory made; `None` where there is no home to keep it in.
pub(super) fn history() -> Option<PathBuf> {
    let base = absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local").join("share")))
        .or_else(|| absolute("LOCALAPPDATA"))?;
    let directory = base.join("erya");
    fs::create_dir_all(&directory).ok()?;
    Some(directory.join("history"))
}

fn absolute(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// Files and directories whose path begins with `prefix`, sorted; directories end in `/`.
pub(super) fn paths(prefix: &str) -> Vec<String> {
    let (directory, start) = match prefix.rfind('/') {
        Some(slash) => prefix.split_at(slash + 1),
        None => ("", prefix),
    };
    let home = || absolute("HOME").and_then(|home| Some(home.to_str()?.to_owned()));
    let listed = match directory.strip_prefix("~/") {
        Some(rest) => home().map_or_else(|| directory.to_owned(), |home| format!("{home}/{rest}")),
        None if directory.is_empty() => ".".to_owned(),
        None => directory.to_owned(),
    };
    let Ok(entries) = fs::read_dir(listed) else { return Vec::new() };
    let mut found: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let wanted =
                name.starts_with(start) && (start.starts_with('.') || !name.starts_with('.'));
            let slash = if entry.path().is_dir() { "/" } else { "" };
            wanted.then(|| format!("{directory}{name}{slash}"))
        })
        .collect();
    found.sort();
    found
}
