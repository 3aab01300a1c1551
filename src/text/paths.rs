//! From what a user names — files, globs, directories — to the files that are meant.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use glob::MatchOptions;
use walkdir::{DirEntry, WalkDir};

use super::source::unreadable;
use crate::error::{Error, Result};

/// The files that `patterns` name, each once.
///
/// A pattern is a path, a glob (`*`, `?`, `[…]`, `**`) or a directory, which is walked with all its
/// subdirectories. Patterns keep their order; the files of one pattern are sorted. Hidden files,
/// and those of a database, are taken only where they are named outright. Links are followed, and a
/// file that is reached twice is taken once.
///
/// Fails with an input error for a missing file, a glob that matches nothing, a directory without
/// files, and what cannot be read.
pub fn expand(patterns: &[String]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut seen = HashSet::new();
    for pattern in patterns {
        let mut found = expand_one(pattern)?;
        found.sort();
        for file in found {
            let identity = fs::canonicalize(&file).unwrap_or_else(|_| file.clone());
            if seen.insert(identity) {
                files.push(file);
            }
        }
    }
    Ok(files)
}

fn expand_one(pattern: &str) -> Result<Vec<PathBuf>> {
    let path = Path::new(pattern);
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            let files = walk(path)?;
            if files.is_empty() {
                let hint = "hidden files and databases are not taken; name files outright";
                return Err(Error::input(format!("no files in the directory {pattern}")).hint(hint));
            }
            Ok(files)
        }
        Ok(_) => Ok(vec![path.to_path_buf()]),
        Err(_) if pattern.contains(['*', '?', '[']) => expand_glob(pattern),
        Err(cause) => Err(unreadable(pattern, cause)),
    }
}

fn expand_glob(pattern: &str) -> Result<Vec<PathBuf>> {
    let options = MatchOptions { require_literal_leading_dot: true, ..MatchOptions::new() };
    let matches = glob::glob_with(pattern, options).map_err(|cause| {
        let hint = "a literal [, ? or * is written [[], [?] or [*]";
        Error::input(format!("`{pattern}` is not a valid glob")).hint(hint).because(cause)
    })?;
    let mut files = Vec::new();
    for found in matches {
        let found = found
            .map_err(|failure| unreadable(&failure.path().display().to_string(), failure.into()))?;
        // As if the shell had expanded the glob and named the directory.
        if found.is_dir() {
            files.append(&mut walk(&found)?);
        } else {
            files.push(found);
        }
    }
    if files.is_empty() {
        let hint = "check the pattern: ** crosses directories, * does not match hidden files";
        return Err(Error::input(format!("no file matches {pattern}")).hint(hint));
    }
    Ok(files)
}

/// The files below a directory that are neither hidden nor of a database.
fn walk(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let wanted = |entry: &DirEntry| {
        let is_visible = entry.depth() == 0 || !is_hidden(entry.file_name());
        is_visible && !(entry.file_type().is_dir() && is_database(entry.path()))
    };
    for entry in WalkDir::new(directory).follow_links(true).into_iter().filter_entry(wanted) {
        let entry = entry.map_err(|cause| {
            let place = cause.path().unwrap_or(directory).display().to_string();
            Error::input(format!("cannot read {place}")).because(cause)
        })?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// Whether a directory is a database, as RocksDB keeps one: ours often lies beside the texts.
fn is_database(directory: &Path) -> bool {
    ["CURRENT", "IDENTITY", "LOCK"].iter().all(|file| directory.join(file).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[PathBuf], root: &Path) -> Vec<String> {
        let name = |file: &PathBuf| file.strip_prefix(root).unwrap().display().to_string();
        files.iter().map(name).collect()
    }

    #[test]
    fn files_globs_and_directories() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("sub/.git")).unwrap();
        for file in ["b.txt", "a.txt", "sub/c.txt", "sub/.git/x", ".hidden", "e[1].txt"] {
            fs::write(root.path().join(file), "x").unwrap();
        }
        let at = |name: &str| root.path().join(name).display().to_string();
        let expanded = |patterns: &[&str]| {
            let patterns: Vec<String> = patterns.iter().map(|name| at(name)).collect();
            names(&expand(&patterns).unwrap(), root.path())
        };
        assert_eq!(expanded(&[""]), ["a.txt", "b.txt", "e[1].txt", "sub/c.txt"]);
        assert_eq!(expanded(&["b.txt", "*.txt"]), ["b.txt", "a.txt", "e[1].txt"]);
        assert_eq!(expanded(&["e[1].txt"]), ["e[1].txt"]);
        assert_eq!(expanded(&["b.txt", "./b.txt", "sub/../b.txt"]), ["b.txt"]);
        assert_eq!(expanded(&["**/*.txt"]), ["a.txt", "b.txt", "e[1].txt", "sub/c.txt"]);
        assert_eq!(expanded(&["su*"]), ["sub/c.txt"]);
        assert_eq!(expanded(&[".hidden"]), [".hidden"]);
        fs::create_dir(root.path().join("my.db")).unwrap();
        for file in ["CURRENT", "IDENTITY", "LOCK", "OPTIONS"].map(|name| format!("my.db/{name}")) {
            fs::write(root.path().join(file), "x").unwrap();
        }
        assert_eq!(expanded(&[""]), ["a.txt", "b.txt", "e[1].txt", "sub/c.txt"]);
        assert_eq!(expanded(&["my.db/OPTIONS"]), ["my.db/OPTIONS"]);
    }

    #[test]
    fn what_names_nothing_is_an_error_with_advice() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("empty")).unwrap();
        for (name, message) in [
            ("empty", "no files in the directory"),
            ("*.txt", "no file matches"),
            ("none.txt", "cannot read"),
            ("a***b", "is not a valid glob"),
        ] {
            let pattern = root.path().join(name).display().to_string();
            let error = expand(&[pattern]).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
            assert!(error.report().hint.is_some(), "{error}");
        }
    }
}
