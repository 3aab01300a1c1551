//! What could stand at the cursor: statements, stages, names, columns, options, files, by position.
//!
//! What a place asks for is found out in `position`; here it becomes what can be put in.

use crate::database::Outline;
use crate::render::FORMATS;
use crate::shell::commands::{Argument, COMMANDS};
use crate::shell::files::paths;
use crate::shell::help::topics;
use crate::shell::lexis::{Kind, Piece, pieces};
use crate::shell::position::{Offer, Position};

/// Something that can be put in, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// What the list of several shows.
    pub(super) display: String,
    /// What is put in.
    pub(super) replacement: String,
}

/// What could stand at the end of `before`, which holds all of the entry up to the cursor; with the
/// byte from which it is replaced.
pub(super) fn complete(before: &str, outline: &Outline) -> (usize, Vec<Candidate>) {
    if before.starts_with('.') {
        return command(before);
    }
    let all = pieces(before);
    let begin = all.iter().rposition(|piece| piece.is(";")).map_or(0, |at| at + 1);
    let (typed, done) = match all[begin..].split_last() {
        Some((last, done)) if is_open(last, before) => (Some(*last), done),
        _ => (None, &all[begin..]),
    };
    let statement = done.first().map_or("", |first| &before[first.start..]);
    let position = Position::new(statement, done, outline);
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
            Offer::Plain(word) if word.starts_with(typed) => (word.clone(), word),
            Offer::Parameter(name) if name.starts_with(typed) => {
                (name.to_owned(), format!("{name} = "))
            }
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
    use crate::database::{Database, Options};

    /// A database with a corpus, one with an odd name, a lexicon and a table.
    const SETUP: &str = "CREATE CORPUS poems; INGEST TEXT '床前明月光' INTO poems; \
         INGEST TEXT '举头望明月' INTO poems; CREATE CORPUS `my corpus`; \
         FROM poems | WORDS WITH min_count = 1 | SAVE AS lex; \
         FROM poems | NGRAMS 2 | KEEP ngram, count | EVAL double = 2 * count | SAVE AS pairs";

    fn offered(before: &str) -> Vec<String> {
        let database = Database::in_memory(Options::default()).unwrap();
        let mut session = database.session();
        session.run(SETUP).unwrap();
        let (from, found) = complete(before, &session.outline());
        found.into_iter().map(|one| format!("{}{}", &before[..from], one.replacement)).collect()
    }

    /// What is put in at the end.
    fn ends(before: &str) -> Vec<String> {
        let from = before.rfind([' ', '(']).map_or(0, |at| at + 1);
        offered(before).into_iter().map(|whole| whole[from..].to_owned()).collect()
    }

    #[test]
    fn statements_come_first() {
        assert_eq!(offered("INGE"), ["INGEST "]);
        assert_eq!(offered("inge"), ["ingest "]);
        assert_eq!(offered("CREATE "), ["CREATE CORPUS "]);
        assert!(offered("SHOW ").contains(&"SHOW STAGES ".to_owned()));
        assert_eq!(offered("FROM x; DESC"), ["FROM x; DESCRIBE "]);
        assert_eq!(offered("EXPLAIN ANA"), ["EXPLAIN ANALYZE "]);
    }

    #[test]
    fn stages_stand_behind_a_pipe() {
        assert_eq!(offered("FROM poems | NG"), ["FROM poems | NGRAMS "]);
        assert!(ends("FROM poems | ").contains(&"COUNT ".to_owned()));
        assert!(!ends("FROM poems | ").contains(&"WHERE ".to_owned()));
        assert!(!ends("FROM lex | ").contains(&"COUNT ".to_owned()));
        assert!(ends("FROM nothing | ").contains(&"COUNT ".to_owned()));
        assert!(ends("FROM lex | ").contains(&"WHERE ".to_owned()));
        assert!(ends("FROM poems | NGRAMS 2 | ").contains(&"SORT ".to_owned()));
    }

    #[test]
    fn names_stand_where_their_kind_fits() {
        assert_eq!(offered("FROM po"), ["FROM poems"]);
        assert_eq!(offered("FROM my"), ["FROM `my corpus`"]);
        assert_eq!(offered("FROM `my c"), ["FROM `my corpus`"]);
        assert_eq!(ends("USE "), ["`my corpus`", "poems", "lex", "pairs"]);
        assert_eq!(ends("DROP LEXICON "), ["lex", "IF "]);
        assert_eq!(ends("DROP TABLE "), ["pairs", "IF "]);
        assert_eq!(ends("CHECK "), ["`my corpus`", "poems"]);
        assert_eq!(ends("FROM poems, "), ["`my corpus`", "poems"]);
        assert_eq!(ends("FROM poems | KEYWORDS AGAINST p"), ["poems"]);
        assert_eq!(ends("FROM poems | WORDS | DIFF "), ["lex"]);
        assert_eq!(ends("FROM 'x' | SEGMENT BY l"), ["lex"]);
    }

    #[test]
    fn ingests_by_number() {
        assert_eq!(ends("FROM poems S"), ["SINCE "]);
        assert_eq!(ends("FROM poems SINCE "), ["0", "1", "2"]);
    }

    #[test]
    fn options_and_their_values() {
        assert_eq!(offered("CREATE CORPUS a WITH un"), ["CREATE CORPUS a WITH unit = "]);
        assert_eq!(ends("CREATE CORPUS a WITH unit = w"), ["word"]);
        assert!(!ends("CREATE CORPUS a WITH unit = word, ").contains(&"unit = ".to_owned()));
        assert_eq!(ends("INGEST 'a' INTO poems WITH inv"), ["invalid = "]);
        assert_eq!(offered("SET fo"), ["SET format = "]);
        assert_eq!(ends("SET format = m"), ["markdown"]);
        assert_eq!(ends("RESET t"), ["threads", "timeout"]);
    }

    #[test]
    fn parameters_of_stages_and_methods() {
        assert_eq!(ends("FROM poems | CONCORDANCE 'a' WITH "), ["window = "]);
        assert_eq!(ends("FROM poems | CONCORDANCE 'a' WITH window = "), ["12"]);
        assert!(ends("FROM poems | WORDS BY minent WITH min_").contains(&"min_pmi = ".to_owned()));
        assert_eq!(ends("FROM poems | WORDS WITH min_"), ["min_count = "]);
        assert_eq!(ends("FROM poems | WORDS B"), ["BY "]);
        assert!(ends("FROM poems | WORDS BY m").contains(&"minent".to_owned()));
    }

    #[test]
    fn columns_of_the_value_in_hand() {
        let found = ends("FROM poems | NGRAMS 2 | WHERE co");
        assert!(found.contains(&"count".to_owned()), "{found:?}");
        assert_eq!(ends("FROM poems | NGRAMS 2 | WHERE count > 5 AND len"), ["length("]);
        assert_eq!(ends("FROM pairs | SORT ")[..3], ["ngram", "count", "double"]);
        assert!(ends("FROM pairs | SORT count ").contains(&"DESC ".to_owned()));
        assert_eq!(ends("FROM pairs | SORT le"), ["length(", "leverage("]);
        assert_eq!(ends("FROM poems | NGRAMS 2 | KEEP n, pmi | DROP "), ["n", "pmi"]);
        assert_eq!(ends("FROM pairs | STATS sum(count) AS all BY ngram | KEEP "), ["ngram", "all"]);
        assert_eq!(ends("FROM pairs | STATS count() BY ng"), ["ngram"]);
        assert!(ends("FROM pairs | STATS me").contains(&"median(".to_owned()));
        assert!(ends("FROM pairs | EVAL x = do").contains(&"double".to_owned()));
        assert_eq!(ends("FROM pairs | EVAL x = round(do"), ["double"]);
        assert_eq!(ends("EXPORT FROM pairs | WHERE do"), ["double"]);
        assert_eq!(ends("EXPLAIN ANALYZE FROM pairs | WHERE do"), ["double"]);
    }

    #[test]
    fn nothing_inside_a_string_or_comment() {
        assert_eq!(offered("FROM poems | COUNT 'FRO"), Vec::<String>::new());
        assert_eq!(offered("-- FRO"), Vec::<String>::new());
    }

    #[test]
    fn files_stand_in_the_strings_that_name_some() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("poems.txt"), "").unwrap();
        std::fs::create_dir(directory.path().join("books")).unwrap();
        let root = directory.path().to_str().unwrap();
        assert_eq!(offered(&format!("INGEST '{root}/b")), [format!("INGEST '{root}/books/")]);
        for before in [
            "INGEST 'a', '",
            "FROM FILE '",
            "IMPORT LEXICON x FROM '",
            "EXPORT FROM lex | WHERE word LIKE 'x' TO '",
        ] {
            let typed = format!("{before}{root}/p");
            assert_eq!(offered(&typed), [format!("{before}{root}/poems.txt")]);
        }
        for before in ["INGEST TEXT '", "FROM '", "EXPORT FROM poems | COUNT '"] {
            assert!(offered(&format!("{before}{root}/p")).is_empty(), "{before}");
        }
    }

    #[test]
    fn dot_commands_and_their_arguments() {
        assert_eq!(offered(".qu"), [".quit "]);
        assert_eq!(offered(".mode j"), [".mode json", ".mode jsonl"]);
        assert_eq!(offered(".timer o"), [".timer on", ".timer off"]);
        assert!(offered(".help ngr").contains(&".help ngrams".to_owned()));
    }
}
