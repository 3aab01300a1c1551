//! `EVALUATE AGAINST 'gold' [WITH words = 'list']`: how far words agree with a gold standard.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Error, Result, Span};
use crate::measure::Agreement;
use crate::mine::{ParameterKind, ParameterRow};
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, quoted, with_clause};
use crate::query::node::{Place, Quoted};
use crate::query::parameters::Parameters;
use crate::query::rows::{ColumnKind, Datum, Row, RowStream};
use crate::query::stage::{ColumnSet, Kind, Shape, Stage, StageRow, Takes, Value, With};
use crate::text::{Input, InputOptions};

/// The row of EVALUATE.
pub(super) static ROW: StageRow = StageRow {
    name: "EVALUATE",
    syntax: "EVALUATE AGAINST 'gold file' [WITH words = 'file']",
    takes: Takes::Only(&[Kind::Sentences, Kind::Words]),
    makes: Some(Kind::Table),
    gives: "gold, predicted, correct, precision, recall, f1, oov_rate, oov_recall",
    help: "how far sentences agree with the same sentences in a file, words separated by blanks; a \
           lexicon is held against the distinct words of the file; oov are the words of the file \
           that are not in the list of WITH words",
    with: With::Parameters(PARAMETERS),
    example: "FROM FILE 'test.txt' | SEGMENT BY lex | EVALUATE AGAINST 'gold.txt'",
    paper: "Sproat & Emerson 2003, The First International Chinese Word Segmentation Bakeoff",
    parse: evaluate_stage,
};

/// What stands behind WITH.
const PARAMETERS: &[ParameterRow] = &[ParameterRow {
    name: "words",
    kind: ParameterKind::Text,
    default: "",
    help: "a file of the words that were known, separated by blanks or lines",
}];

/// Text is read from files in pieces of this size.
const CHUNK: usize = 1 << 16;

/// EVALUATE, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluate {
    /// The file of the gold standard.
    pub gold: Quoted,
    /// The list of known words.
    pub parameters: Parameters,
    /// Where it stands.
    pub place: Place,
}

fn evaluate_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("EVALUATE")(input)?;
    let (rest, _) = cut(keyword("AGAINST")).parse(rest)?;
    let (rest, gold) = cut(quoted("a quoted file name")).parse(rest)?;
    let (rest, parameters) = with_clause(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Evaluate { gold, parameters, place })))
}

impl Stage for Evaluate {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, _: &Shape, _: &dyn Catalog) -> Result<Shape> {
        self.parameters.check("EVALUATE", PARAMETERS)?;
        Ok(shape())
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::of(["tokens", "word"])
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let (shape, rows) = input.table()?;
        let rows = context.watch(rows);
        let known = self.known()?;
        let agreement = match (shape.position("tokens"), shape.position("word")) {
            (Some(tokens), _) => self.sentences(rows, tokens, known.as_ref())?,
            (None, Some(word)) => self.lexicon(rows, word, known.as_ref())?,
            _ => return Err(Error::internal("EVALUATE was given neither sentences nor words")),
        };
        let row = row(&agreement, known.is_some());
        Ok(Value::Table(self::shape(), Box::new(std::iter::once(Ok(row)))))
    }
}

impl fmt::Display for Evaluate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EVALUATE AGAINST {}{}", self.gold, self.parameters)
    }
}

fn shape() -> Shape {
    let columns = [
        ("gold", ColumnKind::Integer),
        ("predicted", ColumnKind::Integer),
        ("correct", ColumnKind::Integer),
        ("precision", ColumnKind::Real),
        ("recall", ColumnKind::Real),
        ("f1", ColumnKind::Real),
        ("oov_rate", ColumnKind::Real),
        ("oov_recall", ColumnKind::Real),
    ];
    Shape::of(Kind::Table, &columns)
}

/// The figures; those of unknown words are null where no list says which are known.
fn row(agreement: &Agreement, with_list: bool) -> Row {
    vec![
        Datum::count(agreement.gold),
        Datum::count(agreement.predicted),
        Datum::count(agreement.correct),
        agreement.precision().into(),
        agreement.recall().into(),
        agreement.f1().into(),
        agreement.unknown_rate().filter(|_| with_list).into(),
        agreement.unknown_recall().filter(|_| with_list).into(),
    ]
}

impl Evaluate {
    /// The words of the list, if one is given.
    fn known(&self) -> Result<Option<BTreeSet<String>>> {
        let Some(list) = self.parameters.get("words") else { return Ok(None) };
        let path = self.parameters.text("words")?.unwrap_or_default();
        let lines = lines(&path).map_err(|error| error.at(list.value.span))?;
        let words = lines.iter().flat_map(|line| line.split_whitespace());
        Ok(Some(words.map(str::to_owned).collect()))
    }

    /// The lines of the gold standard that have something in them.
    fn gold(&self) -> Result<Vec<String>> {
        lines(&self.gold.text).map_err(|error| error.at(self.gold.span))
    }

    fn sentences(
        &self,
        rows: RowStream<'_>,
        tokens: usize,
        known: Option<&BTreeSet<String>>,
    ) -> Result<Agreement> {
        let mut agreement = Agreement::default();
        let mut gold = self.gold()?.into_iter().enumerate();
        for row in rows {
            let row = row?;
            let predicted = words(&row[tokens]);
            if predicted.is_empty() {
                continue;
            }
            let Some((number, line)) = gold.next() else {
                return Err(self.refused("has fewer sentences than there are here".into()));
            };
            let wanted: Vec<&str> = line.split_whitespace().collect();
            if wanted.concat() != predicted.concat() {
                let message = format!("has another sentence {}: {line}", number + 1);
                return Err(self.refused(message));
            }
            let is_known = |word: &str| known.is_none_or(|known| known.contains(word));
            agreement.add(&wanted, &predicted, is_known);
        }
        if gold.next().is_some() {
            return Err(self.refused("has more sentences than there are here".into()));
        }
        Ok(agreement)
    }

    /// The distinct words of a lexicon against those of the gold standard.
    fn lexicon(
        &self,
        rows: RowStream<'_>,
        word: usize,
        known: Option<&BTreeSet<String>>,
    ) -> Result<Agreement> {
        let gold = self.gold()?;
        let gold: BTreeSet<&str> = gold.iter().flat_map(|line| line.split_whitespace()).collect();
        let mut found = BTreeSet::new();
        for row in rows {
            if let Datum::Text(word) = &row?[word] {
                found.insert(Arc::clone(word));
            }
        }
        let mut agreement = Agreement {
            gold: gold.len() as u64,
            predicted: found.len() as u64,
            ..Agreement::default()
        };
        for word in gold {
            let right = u64::from(found.contains(word));
            agreement.correct += right;
            if known.is_some_and(|known| !known.contains(word)) {
                agreement.unknown += 1;
                agreement.unknown_correct += right;
            }
        }
        Ok(agreement)
    }

    fn refused(&self, what: String) -> Error {
        Error::query(format!("{} {what}", self.gold.text))
            .at(self.gold.span)
            .hint("the gold standard has the same sentences in the same order, a line each")
    }
}

/// The words among tokens: without blanks.
fn words(tokens: &Datum) -> Vec<&str> {
    let Datum::List(tokens) = tokens else { return Vec::new() };
    let texts = tokens.iter().filter_map(|token| match token {
        Datum::Text(text) => Some(&**text),
        _ => None,
    });
    texts.flat_map(str::split_whitespace).collect()
}

/// The lines of a file that have something in them.
fn lines(path: &str) -> Result<Vec<String>> {
    let mut input = Input::open(std::path::Path::new(path), &InputOptions::default())?;
    let mut lines = Vec::new();
    let mut chunk = String::new();
    while input.next_chunk(CHUNK, &mut chunk)? {
        let filled = chunk.lines().filter(|line| !line.trim().is_empty());
        lines.extend(filled.map(str::to_owned));
    }
    Ok(lines)
}
