//! `erya ingest`: CREATE CORPUS IF NOT EXISTS and INGEST, for scripts.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::arguments::GlobalOptions;
use crate::cli::opening::open;
use crate::error::{Error, Result};
use crate::index::Index;
use crate::query::parameters::{ParameterKind, ParameterRow};
use crate::query::vocabulary::INGEST_OPTIONS;
use crate::shell::{Idle, Outcome, Script, note, run_all};
use crate::text::expand;

/// Counts files into a corpus, each content once; makes the database and the corpus if need be
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The directory of the database
    #[arg(value_name = "DB")]
    database: PathBuf,

    /// The corpus
    corpus: String,

    /// Files, directories, patterns with * and ?; - reads standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// What a symbol is: char, word, item
    #[arg(long)]
    unit: Option<String>,

    /// The longest n-gram, 2 to 8
    #[arg(long)]
    order: Option<u8>,

    /// Another option of the corpus or of the ingest, as in latin=char or item=product
    #[arg(long = "with", value_name = "OPTION=VALUE", value_parser = pair, value_delimiter = ',')]
    options: Vec<(String, String)>,

    /// What the files are: lines; for a corpus of items baskets, csv, jsonl
    #[arg(long, value_name = "KIND")]
    input_format: Option<String>,

    /// What stands between the items of a basket, or the fields of a csv
    #[arg(long, value_name = "TEXT")]
    separator: Option<String>,

    /// The encoding of the files, where it is not to be detected
    #[arg(long)]
    encoding: Option<String>,

    /// What to do about bytes that cannot be decoded: refuse, replace
    #[arg(long, value_name = "WHAT")]
    invalid: Option<String>,
}

fn pair(text: &str) -> std::result::Result<(String, String), String> {
    let wrong = || format!("`{text}` is not OPTION=VALUE");
    let (name, value) = text.split_once('=').ok_or_else(wrong)?;
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || value.is_empty() {
        return Err(wrong());
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// Runs the subcommand.
pub(super) fn run(arguments: &Arguments, global: &GlobalOptions) -> Result<Outcome> {
    let (options, patterns) = (options(arguments), patterns(arguments)?);
    let texts = [create(arguments, &options), ingest(arguments, &patterns)];
    let mut scripts: Vec<Script> = texts.into_iter().map(Script::made).collect::<Result<_>>()?;
    if !arguments.database.exists() {
        // Whoever mistypes a path need not find a new database afterwards.
        expand(&patterns)?;
    }
    let opened = open(&arguments.database, true, Idle::Exit, global)?;
    let mut runner = opened.runner();
    let is_there = runner.session.names().iter().any(|(name, _)| *name == arguments.corpus);
    // Whoever adds to a corpus need not be told that it is there, unless the options may differ.
    if is_there && options.is_empty() {
        scripts.remove(0);
    }
    let outcome = run_all(&mut runner, &opened.interrupts, &scripts, true);
    if outcome == Outcome::Failed && !is_there {
        let is_dropped = drop_if_empty(opened.database.index(), &arguments.corpus)?;
        if is_dropped && !global.quiet {
            note(&format!("nothing came in; dropped the corpus {} again", arguments.corpus));
        }
    }
    Ok(outcome)
}

/// Drops a corpus again that was made for what then did not come in: else it would keep the options
/// that it was made with. Whether it did.
fn drop_if_empty(index: &Index, name: &str) -> Result<bool> {
    let is_empty = index.corpus(name).is_some_and(|corpus| corpus.manifest().ingests == 0);
    if is_empty { index.drop_corpus(name) } else { Ok(false) }
}

/// The options of a new corpus.
fn options(arguments: &Arguments) -> Vec<String> {
    let mut create = Vec::new();
    create.extend(arguments.unit.iter().map(|unit| option("unit", unit)));
    create.extend(arguments.order.iter().map(|order| format!("order = {order}")));
    let of_corpus = arguments.options.iter().filter(|(name, _)| of_ingest(name).is_none());
    create.extend(of_corpus.map(|(name, value)| option(name, value)));
    create
}

/// An option of INGEST by its name; the others are of the corpus.
fn of_ingest(name: &str) -> Option<&'static ParameterRow> {
    INGEST_OPTIONS.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

fn corpus(arguments: &Arguments) -> String {
    format!("`{}`", arguments.corpus.replace('`', "``"))
}

/// The statement that makes the corpus.
fn create(arguments: &Arguments, options: &[String]) -> String {
    format!("CREATE CORPUS IF NOT EXISTS {}{}", corpus(arguments), with(options))
}

/// The statements that ingest files of these patterns, and standard input where that is meant.
fn ingest(arguments: &Arguments, patterns: &[String]) -> String {
    let corpus = corpus(arguments);
    let mut ingest = Vec::new();
    let named = [
        ("encoding", &arguments.encoding),
        ("invalid", &arguments.invalid),
        ("separator", &arguments.separator),
    ];
    let named = named.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let others = arguments.options.iter().map(|(name, value)| (&**name, &**value));
    for (name, value) in named.chain(others) {
        ingest.extend(of_ingest(name).map(|row| match row.kind {
            ParameterKind::Text => format!("{name} = {}", quoted(value)),
            _ => option(name, value),
        }));
    }
    let format = arguments.input_format.as_ref();
    let format = format.map_or(String::new(), |format| format!(" FORMAT {format}"));

    let mut statements = Vec::new();
    if !patterns.is_empty() {
        let globs: Vec<String> = patterns.iter().map(|pattern| quoted(pattern)).collect();
        let globs = globs.join(", ");
        statements.push(format!("INGEST {globs}{format} INTO {corpus}{}", with(&ingest)));
    }
    if arguments.paths.iter().any(|path| is_input(path)) {
        statements.push(format!("INGEST STDIN{format} INTO {corpus}{}", with(&ingest)));
    }
    statements.join(";\n")
}

fn with(options: &[String]) -> String {
    if options.is_empty() { String::new() } else { format!(" WITH {}", options.join(", ")) }
}

/// An option as the language writes it: names, numbers and sizes bare, anything else as a string.
fn option(name: &str, value: &str) -> String {
    let is_bare = value.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let value = if is_bare { value.to_owned() } else { quoted(value) };
    format!("{name} = {value}")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether standard input is meant.
fn is_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The paths as patterns.
fn patterns(arguments: &Arguments) -> Result<Vec<String>> {
    let files = arguments.paths.iter().filter(|path| !is_input(path));
    files.map(|path| pattern(path)).collect()
}

/// A path as a pattern; what exists as it stands is meant as it stands, even with `[1]` in it.
fn pattern(path: &Path) -> Result<String> {
    let text = path.to_str().ok_or_else(|| {
        Error::input(format!("the path {} is not UTF-8", path.display()))
            .hint("cat FILE | erya ingest DB CORPUS - reads it all the same")
    })?;
    let is_meant = text.contains(['*', '?', '[']) && path.exists();
    Ok(if is_meant { glob::Pattern::escape(text) } else { text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn text(line: &[&str]) -> String {
        let line = ["ingest", "a.db"].iter().chain(line);
        let arguments = Line::parse_from(line).arguments;
        let create = create(&arguments, &options(&arguments));
        format!("{create};\n{}", ingest(&arguments, &patterns(&arguments).unwrap()))
    }

    #[test]
    fn the_statements() {
        let expected =
            "CREATE CORPUS IF NOT EXISTS `poems`;\nINGEST 'a.txt', 'b/*.gz' INTO `poems`";
        assert_eq!(text(&["poems", "a.txt", "b/*.gz"]), expected);
    }

    #[test]
    fn options_go_where_they_belong() {
        let line = "poems - it's.txt --unit char --order 4 --with latin=char,keep=all \
                    --encoding gb18030 --invalid replace --input-format lines";
        let line: Vec<&str> = line.split_whitespace().collect();
        let expected = "CREATE CORPUS IF NOT EXISTS `poems` WITH unit = char, order = 4, \
                        latin = char, keep = all;\n\
                        INGEST 'it''s.txt' FORMAT lines INTO `poems` \
                        WITH encoding = 'gb18030', invalid = replace;\n\
                        INGEST STDIN FORMAT lines INTO `poems` \
                        WITH encoding = 'gb18030', invalid = replace";
        assert_eq!(text(&line), expected);
        let line = ["sales", "a.csv", "--unit", "item", "--with", "item=product,transaction=bill"];
        let expected = "CREATE CORPUS IF NOT EXISTS `sales` WITH unit = item;\n\
                        INGEST 'a.csv' INTO `sales` WITH item = 'product', transaction = 'bill'";
        assert_eq!(text(&line), expected);
    }

    #[test]
    fn a_file_that_looks_like_a_pattern_is_meant() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a[1].txt");
        std::fs::write(&path, "").unwrap();
        assert!(pattern(&path).unwrap().ends_with("a[[]1[]].txt"));
        assert_eq!(pattern(Path::new("b[1].txt")).unwrap(), "b[1].txt");
    }
}
