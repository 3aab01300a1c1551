//! The files of the clone as the rules see them.

use std::fs;
use std::path::Path;

use super::source::Source;

/// Every text of the project, and every Rust file in particular.
pub(super) struct Project {
    pub texts: Vec<(String, String)>,
    pub sources: Vec<Source>,
}

impl Project {
    /// Reads everything below the top of the clone that `.gitignore` does not name.
    pub(super) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let ignored = fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
        let mut skipped = vec![".git", "target"];
        skipped.extend(ignored.lines().map(|line| line.trim().trim_matches('/')));

        let mut texts = Vec::new();
        walk(root, "", &skipped, &mut texts);
        let sources = texts.iter().filter(|(path, _)| path.ends_with(".rs"));
        let mut sources: Vec<Source> =
            sources.map(|(path, text)| Source::new(path, text)).collect();
        Source::forget_tests(&mut sources);
        assert!(sources.iter().any(|source| source.path == "src/lib.rs"), "where is the source?");
        Project { texts, sources }
    }

    /// The text of one file that has to be there.
    pub(super) fn text(&self, path: &str) -> &str {
        let found = self.texts.iter().find(|(at, _)| at == path);
        &found.unwrap_or_else(|| panic!("{path} is missing")).1
    }
}

fn walk(root: &Path, below: &str, skipped: &[&str], texts: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = fs::read_dir(root.join(below)).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().into_string().unwrap();
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        if skipped.contains(&path.as_str()) || skipped.contains(&name.as_str()) {
            continue;
        }
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            walk(root, &path, skipped, texts);
        } else if kind.is_file()
            && let Ok(text) = String::from_utf8(fs::read(entry.path()).unwrap())
        {
            texts.push((path, text));
        }
    }
}
