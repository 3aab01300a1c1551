//! `SEGMENT [BY name] [IN corpus] [WITH …]`: text cut into words, by a lexicon or a method.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::{cut, opt};
use nom::sequence::preceded;

use crate::error::{Error, Result, Span};
use crate::query::context::{Catalog, Context, known_corpus};
use crate::query::grammar::{Parsed, Tokens, keyword, named, with_clause};
use crate::query::kept;
use crate::query::nearest::did_you_mean;
use crate::query::node::{Name, Place};
use crate::query::parameters::Parameters;
use crate::query::rows::{ColumnKind, Datum};
use crate::query::saved;
use crate::query::source::Corpus;
use crate::query::stage::{ColumnSet, Kind, Reads, Shape, Stage, StageRow, Takes, Value, With};
use crate::word::Lexicon;

/// The row of SEGMENT.
pub(super) static ROW: StageRow = StageRow {
    name: "SEGMENT",
    syntax: "SEGMENT BY lexicon [IN corpus]",
    takes: Takes::Only(&[Kind::Corpus, Kind::Text]),
    makes: Some(Kind::Sentences),
    gives: "sentence, tokens",
    help: "sentences cut into words by a lexicon; IN names a corpus that says what a unit is",
    with: With::Nothing,
    example: "FROM '鸡蛋可以吃吗' | SEGMENT BY lex",
    paper: "",
    parse: segment_stage,
};

/// SEGMENT, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// The lexicon or method.
    pub by: Option<Name>,
    /// The corpus whose statistics a method uses.
    pub corpus: Option<Name>,
    /// Parameters of the method.
    pub parameters: Parameters,
    /// Whether each sentence is given with the number of its document.
    pub documents: bool,
    /// Where it stands.
    pub place: Place,
}

fn segment_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("SEGMENT")(input)?;
    let by = preceded(keyword("BY"), cut(named("a lexicon or a method")));
    let (rest, by) = opt(by).parse(rest)?;
    let (rest, corpus) = opt(preceded(keyword("IN"), cut(named("a corpus")))).parse(rest)?;
    let (rest, parameters) = with_clause(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Segment { by, corpus, parameters, documents: false, place })))
}

impl Stage for Segment {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, input: &Shape, catalog: &dyn Catalog) -> Result<Shape> {
        if let Some(corpus) = &self.corpus {
            known_corpus(corpus, catalog)?;
        }
        let by = self.by.as_ref().ok_or_else(|| {
            let lexicons = catalog.saved_names();
            Error::query("SEGMENT wants a lexicon").at(self.place.0).expected(["BY"]).hint(
                match lexicons.first() {
                    Some(name) => format!("SEGMENT BY {name}"),
                    None => "make one: FROM corpus | WORDS | SAVE AS lex".into(),
                },
            )
        })?;
        match catalog.saved(&by.text)? {
            Some(shape) if shape.kind == Kind::Words => {
                Ok(self::shape(self.documents && input.kind == Kind::Corpus))
            }
            Some(shape) => {
                let message = format!("`{}` is {}, not a lexicon", by.text, shape.kind);
                Err(Error::query(message).at(by.span))
            }
            None => {
                let names = catalog.saved_names();
                let error = Error::query(format!("there is no lexicon `{}`", by.text)).at(by.span);
                let near = did_you_mean(&by.text, names.iter().map(String::as_str));
                Err(error.expected(names.clone()).hint(near.unwrap_or_else(|| {
                    format!("make one: FROM corpus | WORDS | SAVE AS {}", by.text)
                })))
            }
        }
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::none()
    }

    fn with_documents(&self) -> Option<Arc<dyn Stage>> {
        Some(Arc::new(Segment { documents: true, ..self.clone() }))
    }

    fn reads(&self) -> Reads {
        Reads::Text
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let lexicon = self.lexicon(context)?;
        let lines = match input {
            Value::Corpus(corpus) => corpus_lines(vec![corpus], context)?,
            Value::Corpora(corpora) => corpus_lines(corpora, context)?,
            Value::Text(lines) => Box::new(lines.0.map(|line| line.map(|line| (0, line)))),
            Value::Itemsets(_) | Value::Found(_) | Value::Table(..) => {
                return Err(Error::internal("SEGMENT was given a table"));
            }
        };
        let mut tokens = Vec::new();
        let rows = lines.map(move |line| {
            let (document, line) = line?;
            lexicon.worker().segment(&line, &mut tokens);
            let list = tokens.iter().map(|token| Datum::text(&line[token.clone()])).collect();
            let mut row = vec![Datum::text(&line), Datum::List(list)];
            row.extend(self.documents.then(|| Datum::count(document)));
            Ok(row)
        });
        Ok(Value::Table(shape(self.documents), context.watch(Box::new(rows))))
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SEGMENT")?;
        self.by.iter().try_for_each(|by| write!(f, " BY {by}"))?;
        self.corpus.iter().try_for_each(|corpus| write!(f, " IN {corpus}"))?;
        write!(f, "{}", self.parameters)
    }
}

fn shape(documents: bool) -> Shape {
    let mut columns = vec![("sentence", ColumnKind::Text), ("tokens", ColumnKind::List)];
    columns.extend(documents.then_some(("document", ColumnKind::Integer)));
    Shape::of(Kind::Sentences, &columns)
}

impl Segment {
    /// The lexicon, for text cut into units as by the corpus of IN, else as by the corpus that it
    /// was made from; an imported one was made from none.
    fn lexicon(&self, context: &Context<'_>) -> Result<Lexicon> {
        self.parameters.check("SEGMENT BY a lexicon", &[])?;
        let name = self.by.as_ref().map_or("", |name| name.text.as_str());
        let index = context.index()?;
        let (head, words) = saved::words(index, name)?;
        let corpus = self.corpus.as_ref().and_then(|corpus| index.corpus(&corpus.text));
        let options = corpus.map(|corpus| corpus.record.text).or(head.text);
        Lexicon::new(words, &options.unwrap_or_default())
    }
}

/// Lines, each with the number of its document.
type NumberedLines<'a> = Box<dyn Iterator<Item = Result<(u64, String)>> + 'a>;

/// The lines of the kept text of some corpora that have something in them. Documents are numbered
/// through, so that those of two corpora differ.
fn corpus_lines<'a>(
    corpora: Vec<Corpus<'a>>,
    context: &'a Context<'a>,
) -> Result<NumberedLines<'a>> {
    let mut last: Option<(u64, String)> = None;
    let mut number = 0;
    let lines = kept::blocks(corpora, context)?.flat_map(move |read| {
        let lines: Vec<Result<(u64, String)>> = match read {
            Ok((head, text)) => {
                let document = (head.document, head.name);
                if last.as_ref() != Some(&document) {
                    number += 1;
                    last = Some(document);
                }
                text.lines().map(|line| Ok((number, line.to_owned()))).collect()
            }
            Err(error) => vec![Err(error)],
        };
        lines.into_iter().filter(|line| line.as_ref().map_or(true, |(_, line)| !line.is_empty()))
    });
    Ok(Box::new(lines))
}
