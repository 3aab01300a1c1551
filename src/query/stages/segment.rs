//! `SEGMENT [BY name] [IN corpus] [WITH …]`: text cut into words, by a lexicon or a method.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::{cut, opt};
use nom::sequence::preceded;

use crate::error::{Error, Result, Span};
use crate::index::Index;
use crate::query::context::{Catalog, Context, known_corpus};
use crate::query::grammar::{Parsed, Tokens, keyword, named, with_clause};
use crate::query::kept;
use crate::query::nearest::did_you_mean;
use crate::query::node::{Name, Place};
use crate::query::parameters::Parameters;
use crate::query::rows::{ColumnKind, Datum};
use crate::query::saved;
use crate::query::source::{Corpus, Lines};
use crate::query::stage::{ColumnSet, Kind, Reads, Shape, Stage, StageRow, Takes, Value, With};
use crate::store::encode;
use crate::text::TextOptions;
use crate::word::Lexicon;

/// Counts up when the same lexicon begins to cut the same text otherwise: tables of what it cut are
/// then made anew.
const SEGMENTATION: u8 = 1;

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
    Ok((rest, Arc::new(Segment { by, corpus, parameters, place })))
}

impl Stage for Segment {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, _: &Shape, catalog: &dyn Catalog) -> Result<Shape> {
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
            Some(shape) if shape.kind == Kind::Words => Ok(self::shape()),
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

    fn reads(&self) -> Reads {
        Reads::Text
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let source = match &input {
            Value::Corpus(Corpus(view)) => Some(view.record().text),
            _ => None,
        };
        let text = Some(self.text_options(source, context.index()?)?);
        let lexicon = self.lexicon(context)?;
        let lines = match input {
            Value::Corpus(corpus) => corpus_lines(vec![corpus], context)?,
            Value::Corpora(corpora) => corpus_lines(corpora, context)?,
            Value::Text(lines) => lines,
            Value::Table(..) => {
                return Err(Error::internal("SEGMENT was given a table"));
            }
        };
        let mut tokens = Vec::new();
        let rows = lines.0.map(move |line| {
            let line = line?;
            lexicon.worker().segment(&line, &mut tokens);
            let list = tokens.iter().map(|token| Datum::text(&line[token.clone()])).collect();
            Ok(vec![Datum::text(&line), Datum::List(list)])
        });
        let shape = Shape { text, ..shape() };
        Ok(Value::Table(shape, context.watch(Box::new(rows))))
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

fn shape() -> Shape {
    let columns = [("sentence", ColumnKind::Text), ("tokens", ColumnKind::List)];
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

impl Segment {
    /// How the text is cut into units: as the corpus of IN does, else as the corpus that the
    /// lexicon was made from, else as the source does.
    pub(super) fn text_options(
        &self,
        source: Option<TextOptions>,
        index: &Index,
    ) -> Result<TextOptions> {
        if let Some(corpus) = &self.corpus {
            return Ok(index
                .corpus(&corpus.text)
                .map(|corpus| corpus.record.text)
                .unwrap_or_default());
        }
        let by = self.by.as_ref().map_or("", |by| by.text.as_str());
        let lexicon = index.saved_head(by)?.filter(|head| saved::shape(head).kind == Kind::Words);
        Ok(lexicon.map_or(source, |head| head.text).unwrap_or_default())
    }

    /// The lexicon it cuts by and a hash of all that its tokens depend on besides the text; `None`
    /// where it goes by the statistics of a corpus, which change with each ingest.
    pub(super) fn fingerprint(&self, index: &Index) -> Result<Option<(&str, [u8; 32])>> {
        let Some(by) = &self.by else { return Ok(None) };
        let head = index.saved_head(&by.text)?;
        if head.is_none_or(|head| saved::shape(&head).kind != Kind::Words) {
            return Ok(None);
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(&encode(SEGMENTATION, &self.text_options(None, index)?)?);
        hasher.update(&index.saved_body(&by.text)?);
        Ok(Some((&by.text, *hasher.finalize().as_bytes())))
    }
}

/// The lines of the kept text of some corpora that have something in them.
fn corpus_lines<'a>(corpora: Vec<Corpus<'a>>, context: &'a Context<'a>) -> Result<Lines<'a>> {
    let lines = kept::blocks(corpora, context)?.flat_map(|read| {
        let lines: Vec<Result<String>> = match read {
            Ok((_, text)) => text.lines().map(|line| Ok(line.to_owned())).collect(),
            Err(error) => vec![Err(error)],
        };
        lines.into_iter().filter(|line| line.as_ref().map_or(true, |line| !line.is_empty()))
    });
    Ok(Lines(Box::new(lines)))
}
