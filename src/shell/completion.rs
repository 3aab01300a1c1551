//! What could stand at the cursor: statements, stages, names, columns, options, files, by position.
//!
//! Everything offered comes out of tables: the statements and options of `vocabulary`, the stages
//! of `query`, the dot-commands of `commands`, and the names that the database holds.

use crate::query::aggregates::AGGREGATES;
use crate::query::functions::FUNCTIONS;
use crate::query::stage::StageRow;
use crate::query::stages::STAGES;
use crate::render::FORMATS;
use crate::shell::commands::{Argument, COMMANDS};
use crate::shell::files::paths;
use crate::shell::help::topics;
use crate::shell::lexis::{Kind, Piece, pieces};
use crate::shell::vocabulary::{
    CORPUS_OPTIONS, INGEST_OPTIONS, SETTINGS, STATEMENTS, StatementRow, inner_keywords,
};

/// Something that can be put in, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// What the list of several shows.
    pub(super) display: String,
    /// What is put in.
    pub(super) replacement: String,
}

/// A name in the database and what it is.
pub(super) type Named = (String, &'static str);

/// What could stand at the end of `before`, which holds all of the entry up to the cursor; with the
/// byte from which it is replaced.
pub(super) fn complete(before: &str, names: &[Named]) -> (usize, Vec<Candidate>) {
    if before.starts_with('.') {
        return command(before);
    }
    let all = pieces(before);
    let begin = all.iter().rposition(|piece| piece.is(";")).map_or(0, |at| at + 1);
    let (typed, done) = match all[begin..].split_last() {
        Some((last, done)) if is_open(last, before) => (Some(*last), done),
        _ => (None, &all[begin..]),
    };
    let position = Position { done, names };
    match typed {
        Some(piece) if matches!(piece.kind, Kind::Text { .. }) => {
            let found = if position.wants_file() { paths(&piece.text[1..]) } else { Vec::new() };
            (piece.start + 1, found.into_iter().map(plain).collect())
        }
        Some(Piece { kind: Kind::Comment, start, .. }) => (start, Vec::new()),
        Some(piece) => (piece.start, chosen(position.offers(), piece.text)),
        None => (before.len(), chosen(position.offers(), "")),
    }
}

/// Whether a piece is still being typed.
fn is_open(piece: &Piece<'_>, before: &str) -> bool {
    piece.end() == before.len()
        && match piece.kind {
            Kind::Word | Kind::Comment => true,
            Kind::Quoted { closed } | Kind::Text { closed } => !closed,
            Kind::Number | Kind::Sign => false,
        }
}

/// One kind of thing to offer.
enum Offer {
    /// A keyword: written as the person writes keywords.
    Keyword(&'static str),
    /// A name of the database: in backquotes where needed.
    Name(String),
    /// Anything that is taken as it is.
    Plain(&'static str),
}

/// The offers that begin as typed, in the spelling that fits.
fn chosen(offers: Vec<Offer>, typed: &str) -> Vec<Candidate> {
    let bare = typed.trim_start_matches('`');
    let lower = typed.starts_with(|c: char| c.is_lowercase());
    let mut found = Vec::new();
    for offer in offers {
        let (display, replacement) = match offer {
            Offer::Keyword(word) if begins(word, typed) => {
                let word = if lower { word.to_lowercase() } else { word.to_owned() };
                (word.clone(), format!("{word} "))
            }
            Offer::Name(name) if name.starts_with(bare) => {
                let written = written(&name);
                (name, written)
            }
            Offer::Plain(word) if word.starts_with(typed) => (word.to_owned(), word.to_owned()),
            _ => continue,
        };
        let candidate = Candidate { display, replacement };
        if !found.contains(&candidate) {
            found.push(candidate);
        }
    }
    found
}

fn begins(word: &str, typed: &str) -> bool {
    word.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed))
}

/// A name as the language writes it.
fn written(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if plain { name.to_owned() } else { format!("`{}`", name.replace('`', "``")) }
}

fn plain(text: String) -> Candidate {
    Candidate { display: text.clone(), replacement: text }
}

/// Where the cursor is: behind these pieces of a statement.
struct Position<'p> {
    done: &'p [Piece<'p>],
    names: &'p [Named],
}

impl Position<'_> {
    fn offers(&self) -> Vec<Offer> {
        let Some(last) = self.done.last() else { return self.first_words() };
        if last.is("|") {
            return STAGES.iter().map(|stage| Offer::Keyword(stage.name)).collect();
        }
        if last.is("=") {
            return self.values();
        }
        if let Some(pipe) = self.done.iter().rposition(|piece| piece.is("|")) {
            return self.in_stage(pipe);
        }
        self.in_statement()
    }

    fn first_words(&self) -> Vec<Offer> {
        let words = STATEMENTS.iter().filter_map(|row| row.name.split(' ').next());
        words.map(Offer::Keyword).collect()
    }

    /// Words of the statement's name that are still missing, then what its kind asks for.
    fn in_statement(&self) -> Vec<Offer> {
        let missing = STATEMENTS.iter().filter_map(|row| {
            let words: Vec<&str> = row.name.split(' ').collect();
            let begun = self.done.len() < words.len()
                && self.done.iter().zip(&words).all(|(piece, word)| piece.is_word(word));
            begun.then(|| words[self.done.len()])
        });
        let mut offers: Vec<Offer> = missing.map(Offer::Keyword).collect();
        let Some(last) = self.done.last() else { return offers };
        let after = |words: &[&str]| words.iter().any(|word| last.is_word(word));
        if self.starts(&["SET"]) || self.starts(&["RESET"]) {
            offers.extend(SETTINGS.iter().map(|name| Offer::Plain(name)));
        } else if after(&["EXPLAIN", "EXPORT", "ANALYZE"]) {
            offers.extend([Offer::Keyword("FROM"), Offer::Keyword("ANALYZE")]);
        } else if self.wants_option() {
            offers.extend(self.options().iter().map(|(name, _)| Offer::Plain(name)));
        } else if after(&["FROM"]) {
            offers.extend(self.all_names());
            offers.extend([Offer::Keyword("FILE"), Offer::Keyword("STDIN")]);
        } else if after(&["USE", "INTO", "IN", "DESCRIBE", "CHECK", "COMPACT", ","])
            || after(&["CORPUS", "LEXICON", "TABLE"]) && !self.starts(&["CREATE"])
        {
            offers.extend(self.all_names());
        } else if let Some(row) = self.statement() {
            let words = inner_keywords(row.syntax, row.name);
            offers.extend(words.into_iter().map(Offer::Keyword));
        }
        offers
    }

    /// The stage's own keywords, its columns where it reads columns, names where it takes one.
    fn in_stage(&self, pipe: usize) -> Vec<Offer> {
        let Some(stage) = self.done.get(pipe + 1).and_then(stage_of) else { return Vec::new() };
        let Some(last) = self.done.last() else { return Vec::new() };
        if last.is_word("AGAINST") || last.is_word("DIFF") || last.is_word("IN") {
            return self.all_names();
        }
        if last.is_word("BY") && stage.name != "STATS" {
            let lexicons = self.names.iter().filter(|(_, kind)| *kind != "corpus");
            let names = lexicons.map(|(name, _)| Offer::Name(name.clone()));
            return methods(stage).into_iter().map(Offer::Plain).chain(names).collect();
        }
        let mut offers: Vec<Offer> = Vec::new();
        if stage.syntax.contains("expr") || stage.syntax.contains("column") {
            offers.extend(self.columns(pipe).into_iter().map(Offer::Plain));
        }
        if stage.syntax.contains("aggregate") {
            offers.extend(AGGREGATES.iter().map(|row| Offer::Plain(row.name)));
        }
        if stage.syntax.contains("expr") {
            offers.extend(FUNCTIONS.iter().map(|row| Offer::Plain(row.name)));
            let words = ["AND", "OR", "NOT", "IN", "LIKE", "BETWEEN", "IS"];
            offers.extend(words.map(Offer::Keyword));
        }
        let words = inner_keywords(stage.syntax, stage.name);
        offers.extend(words.into_iter().map(Offer::Keyword));
        offers
    }

    /// The columns of what comes into the stage behind `pipe`: those that the last stage lists
    /// which lists any.
    fn columns(&self, pipe: usize) -> Vec<&'static str> {
        let stages = self.done[..pipe].windows(2).filter(|pair| pair[0].is("|"));
        let mut listed = stages.filter_map(|pair| listed_columns(stage_of(&pair[1])?));
        listed.next_back().unwrap_or_default()
    }

    /// What may stand after `name =`.
    fn values(&self) -> Vec<Offer> {
        let Some(name) = self.done.len().checked_sub(2).map(|at| self.done[at].text) else {
            return Vec::new();
        };
        if self.starts(&["SET"]) && name.eq_ignore_ascii_case("format") {
            return FORMATS.iter().map(|row| Offer::Plain(row.name)).collect();
        }
        let options = self.options().iter().filter(|(option, _)| *option == name);
        options.flat_map(|(_, values)| values.iter().map(|value| Offer::Plain(value))).collect()
    }

    fn options(&self) -> &'static [(&'static str, &'static [&'static str])] {
        match self.done.first() {
            Some(first) if first.is_word("CREATE") => CORPUS_OPTIONS,
            Some(first) if first.is_word("INGEST") => INGEST_OPTIONS,
            _ => &[],
        }
    }

    /// Whether an option's name stands here: after WITH, or a comma behind WITH.
    fn wants_option(&self) -> bool {
        let has_with = self.done.iter().any(|piece| piece.is_word("WITH"));
        has_with && self.done.last().is_some_and(|last| last.is_word("WITH") || last.is(","))
    }

    fn wants_file(&self) -> bool {
        let last_word = self.done.iter().rfind(|piece| piece.kind == Kind::Word);
        ["INGEST", "IMPORT", "EXPORT"].iter().any(|word| self.starts(&[word]))
            || last_word.is_some_and(|word| word.is_word("FILE") || word.is_word("AGAINST"))
    }

    fn starts(&self, words: &[&str]) -> bool {
        self.done.len() >= words.len()
            && self.done.iter().zip(words).all(|(piece, word)| piece.is_word(word))
    }

    fn statement(&self) -> Option<&'static StatementRow> {
        let fits = |name: &str| self.starts(&name.split(' ').collect::<Vec<_>>());
        STATEMENTS.iter().find(|row| fits(row.name))
    }

    fn all_names(&self) -> Vec<Offer> {
        self.names.iter().map(|(name, _)| Offer::Name(name.clone())).collect()
    }
}

fn stage_of(piece: &Piece<'_>) -> Option<&'static StageRow> {
    STAGES.iter().copied().find(|stage| piece.is_word(stage.name))
}

/// The columns that a stage says it gives, where it lists columns and is not put in words.
fn listed_columns(stage: &'static StageRow) -> Option<Vec<&'static str>> {
    let names: Vec<&str> = stage.gives.split(", ").collect();
    let is_name = |name: &&str| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let listed = names.iter().take_while(|name| is_name(name)).count();
    // A phrase may follow the columns: `word, n, count, score, and the measures used`.
    (listed > 1).then(|| names[..listed].to_vec())
}

/// The methods that the example of a stage names, where its syntax takes a method.
fn methods(stage: &'static StageRow) -> Vec<&'static str> {
    if !stage.syntax.contains("[BY method]") {
        return Vec::new();
    }
    let pieces = pieces(stage.example);
    let pairs = pieces.windows(2).filter(|pair| pair[0].is_word("BY"));
    pairs.map(|pair| pair[1].text).collect()
}

/// A dot-command, or its argument.
fn command(before: &str) -> (usize, Vec<Candidate>) {
    let Some(blank) = before.find(' ') else {
        let names = COMMANDS.iter().filter(|command| command.name.starts_with(before));
        return (0, names.map(|command| plain(format!("{} ", command.name))).collect());
    };
    let (name, argument) = (&before[..blank], before[blank..].trim_start());
    let from = before.len() - argument.len();
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        return (from, Vec::new());
    };
    let found: Vec<String> = match command.argument {
        Argument::None => Vec::new(),
        Argument::Switch => vec!["on".to_owned(), "off".to_owned()],
        Argument::Format => FORMATS.iter().map(|row| row.name.to_owned()).collect(),
        Argument::Topic => topics(),
        Argument::File => paths(argument),
    };
    let fits = found.into_iter().filter(|word| begins(word, argument));
    (from, fits.map(plain).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(before: &str) -> Vec<String> {
        let names = [("poems".to_owned(), "corpus"), ("my corpus".to_owned(), "corpus")];
        let (from, found) = complete(before, &names);
        found.into_iter().map(|one| format!("{}{}", &before[..from], one.replacement)).collect()
    }

    #[test]
    fn statements_come_first() {
        assert_eq!(offered("INGE"), ["INGEST "]);
        assert_eq!(offered("inge"), ["ingest "]);
        assert_eq!(offered("CREATE "), ["CREATE CORPUS "]);
        assert!(offered("SHOW ").contains(&"SHOW STAGES ".to_owned()));
        assert_eq!(offered("FROM x; DESC"), ["FROM x; DESCRIBE "]);
    }

    #[test]
    fn stages_stand_behind_a_pipe() {
        assert_eq!(offered("FROM poems | NG"), ["FROM poems | NGRAMS "]);
        assert!(offered("FROM poems |").len() >= 4);
    }

    #[test]
    fn names_stand_behind_from() {
        assert_eq!(offered("FROM po"), ["FROM poems"]);
        assert_eq!(offered("FROM my"), ["FROM `my corpus`"]);
        assert_eq!(offered("FROM `my c"), ["FROM `my corpus`"]);
        assert!(offered("USE ").contains(&"USE poems".to_owned()));
    }

    #[test]
    fn options_and_their_values() {
        assert_eq!(offered("CREATE CORPUS a WITH un"), ["CREATE CORPUS a WITH unit"]);
        assert_eq!(offered("CREATE CORPUS a WITH unit = w"), ["CREATE CORPUS a WITH unit = word"]);
        assert_eq!(offered("SET fo"), ["SET format"]);
        assert_eq!(offered("SET format = m"), ["SET format = markdown"]);
    }

    #[test]
    fn columns_of_the_stage_before() {
        let found = offered("FROM poems | NGRAMS 2 | WHERE co");
        assert!(found.contains(&"FROM poems | NGRAMS 2 | WHERE count".to_owned()), "{found:?}");
        let found = offered("FROM poems | NGRAMS 2 | WHERE count > 5 AND len");
        assert_eq!(found, ["FROM poems | NGRAMS 2 | WHERE count > 5 AND length"]);
        assert_eq!(offered("FROM poems | WORDS B"), ["FROM poems | WORDS BY "]);
        assert_eq!(offered("FROM poems | WORDS BY m"), ["FROM poems | WORDS BY minent"]);
    }

    #[test]
    fn nothing_inside_a_string_or_comment() {
        assert_eq!(offered("FROM poems | COUNT 'FRO"), Vec::<String>::new());
        assert_eq!(offered("-- FRO"), Vec::<String>::new());
    }

    #[test]
    fn files_stand_in_the_strings_of_ingest() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("poems.txt"), "").unwrap();
        std::fs::create_dir(directory.path().join("books")).unwrap();
        let root = directory.path().to_str().unwrap();
        assert_eq!(offered(&format!("INGEST '{root}/p")), [format!("INGEST '{root}/poems.txt")]);
        assert_eq!(offered(&format!("INGEST '{root}/b")), [format!("INGEST '{root}/books/")]);
    }

    #[test]
    fn dot_commands_and_their_arguments() {
        assert_eq!(offered(".qu"), [".quit "]);
        assert_eq!(offered(".mode j"), [".mode json", ".mode jsonl"]);
        assert_eq!(offered(".timer o"), [".timer on", ".timer off"]);
        assert!(offered(".help ngr").contains(&".help ngrams".to_owned()));
    }
}
