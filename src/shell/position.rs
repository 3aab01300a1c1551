//! Where the cursor is in a statement, and what could stand there.
//!
//! Everything offered comes out of tables: the statements, settings and options of
//! `query::vocabulary`, the stages and functions of `query`, and the names that the database holds.
//! The columns of a pipe are those that the planner finds for it.

use crate::database::Outline;
use crate::mine::ParameterRow;
use crate::query::aggregates::AGGREGATES;
use crate::query::functions::FUNCTIONS;
use crate::query::parse;
use crate::query::planner::plan;
use crate::query::stage::{Shape, StageRow, Takes};
use crate::query::stages::STAGES;
use crate::query::tree::Statement;
use crate::query::vocabulary::{SETTINGS, STATEMENTS, StatementRow, inner_keywords};
use crate::shell::lexis::{Kind, Piece};

/// One kind of thing to offer.
pub(super) enum Offer {
    /// A keyword: written as the person writes keywords.
    Keyword(&'static str),
    /// A name of the database: in backquotes where needed.
    Name(String),
    /// A name that a value follows.
    Parameter(&'static str),
    /// Anything that is taken as it is.
    Plain(String),
}

/// Words that test or join values.
const OPERATORS: [&str; 7] = ["AND", "OR", "NOT", "IN", "LIKE", "BETWEEN", "IS"];

/// Where the cursor is: behind these pieces of a statement.
pub(super) struct Position<'p> {
    text: &'p str,
    done: &'p [Piece<'p>],
    outline: &'p Outline,
}

impl<'p> Position<'p> {
    /// Behind `done`, the first pieces of the statement that is `text`.
    pub(super) fn new(text: &'p str, done: &'p [Piece<'p>], outline: &'p Outline) -> Self {
        Position { text, done, outline }
    }

    /// What could stand here.
    pub(super) fn offers(&self) -> Vec<Offer> {
        let Some(last) = self.done.last() else { return first_words() };
        if last.is("|") {
            return self.stages(self.done.len() - 1);
        }
        match self.done.iter().rposition(|piece| piece.is("|")) {
            Some(pipe) => self.in_stage(pipe),
            None => self.in_statement(),
        }
    }

    /// Whether a string here is the name of a file.
    pub(super) fn wants_file(&self) -> bool {
        let has = |word: &str| self.done.iter().any(|piece| piece.is_word(word));
        let last_word = self.done.iter().rfind(|piece| piece.kind == Kind::Word);
        let after = |word: &str| last_word.is_some_and(|last| last.is_word(word));
        after("FILE")
            || after("AGAINST")
            || self.starts("EXPORT") && after("TO")
            || self.starts("IMPORT") && after("FROM")
            || self.starts("INGEST") && !has("TEXT")
    }

    /// The stages that take what stands before the pipe; all of them where that is not known.
    fn stages(&self, pipe: usize) -> Vec<Offer> {
        let before = self.shape(pipe);
        let fits =
            |row: &&&StageRow| before.as_ref().is_none_or(|shape| row.takes.accepts(shape.kind));
        STAGES.iter().filter(fits).map(|row| Offer::Keyword(row.name)).collect()
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
        let after = |words: &[&str]| words.iter().any(|word| self.last_is(word));
        if let Some(settings) = self.settings() {
            return settings;
        }
        if after(&["IF"]) {
            let not = self.starts("CREATE").then_some(Offer::Keyword("NOT"));
            return not.into_iter().chain([Offer::Keyword("EXISTS")]).collect();
        }
        let row = self.statement();
        let parameters = row.map_or(&[][..], |row| row.parameters);
        if let Some(more) = self.with(0, parameters) {
            return more;
        }
        if after(&["EXPLAIN", "EXPORT", "ANALYZE"]) {
            offers.push(Offer::Keyword("FROM"));
            offers.extend(after(&["EXPLAIN"]).then_some(Offer::Keyword("ANALYZE")));
        } else if after(&["FROM"]) {
            offers.extend(self.corpora().chain(self.saved(|_| true)));
            offers.extend([Offer::Keyword("FILE"), Offer::Keyword("STDIN")]);
        } else if let Some(corpus) = self.source() {
            return self.after_source(corpus);
        } else if self.starts("CREATE") {
            offers.extend(row.map(keywords).unwrap_or_default());
        } else if after(&["CORPUS", "INTO", "IN", "CHECK", "COMPACT"]) {
            offers.extend(self.corpora());
        } else if after(&["LEXICON"]) && !self.starts("IMPORT") {
            offers.extend(self.saved(|kind| kind == "lexicon"));
        } else if after(&["TEMPLATES"]) && (self.starts("DROP") || self.starts("REFRESH")) {
            offers.extend(self.saved(|kind| kind == "templates"));
        } else if after(&["ITEMSETS"]) && (self.starts("DROP") || self.starts("REFRESH")) {
            offers.extend(self.saved(|kind| kind == "itemsets"));
        } else if after(&["TABLE"]) {
            offers.extend(self.saved(|kind| kind != "lexicon" && kind != "templates"));
        } else if after(&["USE", "DESCRIBE"]) {
            offers.extend(self.corpora().chain(self.saved(|_| true)));
        }
        if !self.starts("CREATE") {
            offers.extend(row.map(keywords).unwrap_or_default());
        }
        offers
    }

    /// Settings and their values, where the statement is about one.
    fn settings(&self) -> Option<Vec<Offer>> {
        if self.starts("RESET") {
            return Some(SETTINGS.iter().map(|row| Offer::Plain(row.name.into())).collect());
        }
        if !self.starts("SET") {
            return None;
        }
        Some(match self.done {
            [_] => SETTINGS.iter().map(|row| Offer::Parameter(row.name)).collect(),
            [_, name, sign] if sign.is("=") => values(SETTINGS, name.text),
            _ => Vec::new(),
        })
    }

    /// The corpus of a query that has no stage yet.
    fn source(&self) -> Option<&'p Piece<'p>> {
        let from = self.done.iter().position(|piece| piece.is_word("FROM"))?;
        let named = |piece: &&Piece<'_>| matches!(piece.kind, Kind::Word | Kind::Quoted { .. });
        (!self.starts("IMPORT")).then(|| self.done[from + 1..].first().filter(named)).flatten()
    }

    /// What stands behind the name of a source.
    fn after_source(&self, corpus: &Piece<'_>) -> Vec<Offer> {
        let name = corpus.text.trim_matches('`').replace("``", "`");
        match self.done.last() {
            Some(last) if last.is_word("SINCE") => {
                (0..=self.outline.ingests(&name)).map(|n| Offer::Plain(n.to_string())).collect()
            }
            Some(last) if last.is(",") => self.corpora().collect(),
            Some(last) if last.start == corpus.start && self.outline.ingests(&name) > 0 => {
                vec![Offer::Keyword("SINCE")]
            }
            _ => Vec::new(),
        }
    }

    /// The stage's own keywords, its columns where it reads columns, names where it takes one.
    fn in_stage(&self, pipe: usize) -> Vec<Offer> {
        let Some(stage) = self.done.get(pipe + 1).and_then(stage_of) else { return Vec::new() };
        if let Some(names) = self.names_in_stage(pipe, stage) {
            return names;
        }
        let after_by = self.done[pipe..].iter().position(|piece| piece.is_word("BY"));
        let method = after_by.and_then(|at| self.done.get(pipe + at + 1)).map(|piece| piece.text);
        if let Some(more) = self.with(pipe, stage.with.parameters(method)) {
            return more;
        }
        let reads = |what: &str| stage.syntax.contains(what);
        let begins = self.last_is(stage.name) || self.last_sign();
        let mut offers: Vec<Offer> = Vec::new();
        if reads("aggregate") {
            let groups = self.done[pipe..].iter().any(|piece| piece.is_word("BY"));
            if self.is_inside(pipe) || groups {
                return self.columns(pipe);
            }
            offers.extend(AGGREGATES.iter().map(|row| Offer::Plain(format!("{}(", row.name))));
        } else if reads("expr") {
            offers.extend(self.columns(pipe));
            offers.extend(FUNCTIONS.iter().map(|row| Offer::Plain(format!("{}(", row.name))));
            offers.extend(OPERATORS.map(Offer::Keyword));
        } else if reads("column") && begins {
            return self.columns(pipe);
        }
        let words = inner_keywords(stage.syntax, stage.name);
        offers.extend(words.into_iter().map(Offer::Keyword));
        offers
    }

    /// Names of the database, or methods, where the stage takes one here.
    fn names_in_stage(&self, pipe: usize, stage: &StageRow) -> Option<Vec<Offer>> {
        if self.last_is("DIFF") {
            return Some(self.saved(|kind| kind == "lexicon").collect());
        }
        if self.last_is("AGAINST") || self.last_is("IN") && !stage.syntax.contains("expr") {
            return Some(self.corpora().collect());
        }
        if !self.last_is("BY") {
            return None;
        }
        if stage.syntax.contains("column") {
            return Some(self.columns(pipe));
        }
        let wanted = |word: &str| stage.syntax.contains(word);
        let kind = if wanted("BY templates") { "templates" } else { "lexicon" };
        let takes_saved = wanted("BY lexicon") || wanted("BY templates");
        let saved = self.saved(|own| takes_saved && own == kind);
        let methods = stage.with.methods().into_iter().map(|head| Offer::Plain(head.name.into()));
        Some(methods.chain(saved).collect())
    }

    /// The parameters behind a WITH after `from` that are not given yet, or the values of the one
    /// given last.
    fn with(&self, from: usize, rows: &'static [ParameterRow]) -> Option<Vec<Offer>> {
        let with = self.done[from..].iter().position(|piece| piece.is_word("WITH"))?;
        let given = &self.done[from + with + 1..];
        let (last, name) = (self.done.last()?, self.done.len().checked_sub(2)?);
        if last.is("=") {
            return Some(values(rows, self.done[name].text));
        }
        if !last.is_word("WITH") && !last.is(",") {
            return Some(Vec::new());
        }
        let is_given = |row: &&ParameterRow| given.iter().any(|piece| piece.text == row.name);
        let rows = rows.iter().filter(|row| !is_given(row));
        Some(rows.map(|row| Offer::Parameter(row.name)).collect())
    }

    /// What flows into the stage behind `pipe`, as the planner has it.
    fn shape(&self, pipe: usize) -> Option<Shape> {
        let from = self.done.iter().find(|piece| !is_prefix(piece))?;
        let (base, end) = (self.done.first()?.start, self.done.get(pipe)?.start);
        let text = self.text.get(from.start - base..end - base)?;
        let statement = parse(text).ok()?.pop()?;
        let Statement::Query(query) = statement.node else { return None };
        Some(plan(&query, self.outline).ok()?.output().clone())
    }

    fn columns(&self, pipe: usize) -> Vec<Offer> {
        let columns = self.shape(pipe).map_or(Vec::new(), |shape| shape.columns);
        columns.into_iter().map(|column| Offer::Name(column.name)).collect()
    }

    /// Whether a parenthesis of the stage is open.
    fn is_inside(&self, pipe: usize) -> bool {
        let of = |sign: &str| self.done[pipe..].iter().filter(|piece| piece.is(sign)).count();
        of("(") > of(")")
    }

    fn last_is(&self, word: &str) -> bool {
        self.done.last().is_some_and(|last| last.is_word(word))
    }

    /// Whether the last piece is a sign after which a value begins.
    fn last_sign(&self) -> bool {
        self.done.last().is_some_and(|last| last.kind == Kind::Sign && !last.is(")"))
    }

    fn starts(&self, word: &str) -> bool {
        self.done.first().is_some_and(|piece| piece.is_word(word))
    }

    fn statement(&self) -> Option<&'static StatementRow> {
        let fits = |name: &str| {
            let mut words = name.split(' ').zip(0..);
            words.all(|(word, at)| self.done.get(at).is_some_and(|piece| piece.is_word(word)))
        };
        STATEMENTS.iter().find(|row| fits(row.name))
    }

    fn corpora(&self) -> impl Iterator<Item = Offer> + '_ {
        self.outline.corpora().map(|name| Offer::Name(name.to_owned()))
    }

    fn saved(&self, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = Offer> {
        let fitting = self.outline.saved().filter(move |(_, kind)| wanted(kind));
        fitting.map(|(name, _)| Offer::Name(name.to_owned()))
    }
}

fn first_words() -> Vec<Offer> {
    let words = STATEMENTS.iter().filter_map(|row| row.name.split(' ').next());
    let stages = STAGES.iter().filter(|row| row.takes != Takes::AnyTable);
    words.chain(stages.map(|row| row.name)).map(Offer::Keyword).collect()
}

/// The keywords of a statement; EXISTS only ever follows IF.
fn keywords(row: &StatementRow) -> Vec<Offer> {
    let words = inner_keywords(row.syntax, row.name).into_iter();
    words.filter(|word| *word != "EXISTS" && *word != "NOT").map(Offer::Keyword).collect()
}

/// The values that a parameter takes, or the one that it has without being told.
fn values(rows: &[ParameterRow], name: &str) -> Vec<Offer> {
    let Some(row) = rows.iter().find(|row| row.name == name) else { return Vec::new() };
    let words = row.kind.words();
    if !words.is_empty() {
        return words.iter().map(|word| Offer::Plain((*word).to_owned())).collect();
    }
    let is_written = row.default.starts_with(|c: char| c.is_ascii_digit() || c == '-');
    is_written.then(|| Offer::Plain(row.default.to_owned())).into_iter().collect()
}

/// Whether a piece stands before the query of a statement.
fn is_prefix(piece: &Piece<'_>) -> bool {
    ["EXPLAIN", "ANALYZE", "EXPORT"].iter().any(|word| piece.is_word(word))
}

fn stage_of(piece: &Piece<'_>) -> Option<&'static StageRow> {
    STAGES.iter().copied().find(|stage| piece.is_word(stage.name))
}
