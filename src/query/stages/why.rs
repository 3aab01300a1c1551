//! `WHY 'word' [BY method] [WITH …]`: why a method takes a string for a word, or does not.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::{cut, opt};
use nom::sequence::preceded;

use super::words::{methods, named_method};
use crate::error::{Error, Result, Span};
use crate::index::CorpusView;
use crate::mine::words::Request;
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, named, quoted, with_clause};
use crate::query::node::{Name, Place, Quoted};
use crate::query::parameters::Parameters;
use crate::query::rows::{ColumnKind, Datum};
use crate::query::saved;
use crate::query::source::Corpus;
use crate::query::stage::{ColumnSet, Kind, Shape, Stage, StageRow, Takes, Value, With};

/// The row of WHY.
pub(super) static ROW: StageRow = StageRow {
    name: "WHY",
    syntax: "WHY 'word' [BY method] [WITH parameter = value, …]",
    takes: Takes::Only(&[Kind::Corpus]),
    makes: Some(Kind::Table),
    gives: "measure, value, limit, verdict",
    help: "why a method takes a string for a word or drops it: what it measures, what it asks for; \
           the last line is the verdict",
    with: With::Methods(methods),
    example: "FROM hlm | WHY '黛玉' BY nvbe",
    paper: "",
    parse: why_stage,
};

/// WHY, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// The string that is perhaps a word.
    pub word: Quoted,
    /// The method, where one is named.
    pub method: Option<Name>,
    /// Its parameters.
    pub parameters: Parameters,
    /// Where it stands.
    pub place: Place,
}

fn why_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("WHY")(input)?;
    let (rest, word) = cut(quoted("a quoted word")).parse(rest)?;
    let (rest, method) = opt(preceded(keyword("BY"), cut(named("a method")))).parse(rest)?;
    let (rest, parameters) = with_clause(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Why { word, method, parameters, place })))
}

impl Stage for Why {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, _: &Shape, _: &dyn Catalog) -> Result<Shape> {
        let method = named_method(self.method.as_ref())?;
        self.parameters.check(&format!("WHY BY {}", method.name), method.parameters)?;
        if self.word.text.trim().is_empty() {
            return Err(Error::query("an empty string is no word").at(self.word.span));
        }
        Ok(shape())
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::none()
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let Corpus(view) = input.corpus()?;
        let method = named_method(self.method.as_ref())?;
        let arguments = self.parameters.arguments(method.parameters)?;
        let symbols = self.symbols(&view)?;
        let request = Request {
            view: &view,
            arguments: &arguments,
            cost: context.cost,
            control: &context.control,
            lexicon: &|name| saved::list(context.index()?, name),
            tell: &|note| context.notes.add(note),
        };
        let evidence = (method.why)(&request, &symbols)?;
        let rows = evidence.into_iter().map(|evidence| {
            let text = |text: String| match text.as_str() {
                "" => Datum::Null,
                text => Datum::text(text),
            };
            let measure = Datum::text(&evidence.measure);
            Ok(vec![measure, evidence.value.into(), text(evidence.limit), text(evidence.verdict)])
        });
        Ok(Value::Table(shape(), Box::new(rows)))
    }
}

impl Why {
    /// The symbols of the word. Refuses what holds a unit that never occurs, or a boundary.
    fn symbols(&self, view: &CorpusView<'_>) -> Result<Vec<u32>> {
        let symbols = view.symbols_of(&self.word.text);
        let name = &view.record().name;
        let refused = |message: String| Err(Error::query(message).at(self.word.span));
        let mut known = Vec::with_capacity(symbols.len());
        for symbol in symbols {
            match symbol {
                None => {
                    let word = &self.word.text;
                    return refused(format!(
                        "`{word}` holds something that never occurs in {name}"
                    ));
                }
                Some(crate::index::BOUNDARY) => {
                    return refused(format!(
                        "`{}` holds something that is no text in {name}, so it is no word",
                        self.word.text
                    ));
                }
                Some(symbol) => known.push(symbol),
            }
        }
        if known.is_empty() {
            return refused(format!("`{}` is no text in {name}", self.word.text));
        }
        Ok(known)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WHY {}", self.word)?;
        self.method.iter().try_for_each(|method| write!(f, " BY {method}"))?;
        write!(f, "{}", self.parameters)
    }
}

fn shape() -> Shape {
    let columns = [
        ("measure", ColumnKind::Text),
        ("value", ColumnKind::Real),
        ("limit", ColumnKind::Text),
        ("verdict", ColumnKind::Text),
    ];
    Shape::of(Kind::Table, &columns)
}
