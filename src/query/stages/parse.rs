//! `PARSE BY templates [WITH …]`: the tree of each sentence.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Error, Result, Span};
use crate::mine::templates::{ParserOptions, TemplateParser};
use crate::mine::{Bounds, ParameterKind, ParameterRow};
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, named, with_clause};
use crate::query::nearest::{did_you_mean, there_is_no};
use crate::query::node::{Name, Place};
use crate::query::parameters::Parameters;
use crate::query::rows::ColumnKind;
use crate::query::saved;
use crate::query::sentences::tokens_column;
use crate::query::stage::{ColumnSet, Kind, Reads, Shape, Stage, StageRow, Takes, Value, With};
use crate::query::stages::{Cut, Segment};
use crate::query::trees::Trees;
use crate::text::{TextOptions, Unit};

/// The row of PARSE.
pub(super) static ROW: StageRow = StageRow {
    name: "PARSE",
    syntax: "PARSE BY templates [WITH null_score = -20, clauses = true, max_words = 1000]",
    takes: Takes::Only(&[Kind::Sentences]),
    makes: Some(Kind::Table),
    gives: "sentence, tree, score",
    help: "the nested templates that cover each sentence with the best sum of ln p; a clause that \
           none covers is left whole",
    with: With::Parameters(PARAMETERS),
    example: "FROM '鸡蛋可以吃吗' | SEGMENT BY lex | PARSE BY tpl",
    paper: "Su Jianlin 2018, https://kexue.fm/archives/5577 and nlp-zero 0.1.6",
    parse: parse_stage,
};

const PARAMETERS: &[ParameterRow] = &[
    ParameterRow {
        name: "null_score",
        kind: ParameterKind::Real(Bounds::between(-1e5, 0.0)),
        default: "-20",
        help: "of n words that no template covers, n − 1 cost so much, in nats",
    },
    ParameterRow {
        name: "clauses",
        kind: ParameterKind::Boolean,
        default: "true",
        help: "whether what stands between punctuation is parsed by itself; false takes all tokens \
               of a sentence for words, as nlp-zero does",
    },
    ParameterRow {
        name: "max_words",
        kind: ParameterKind::POSITIVE,
        default: "1000",
        help: "more words at once are refused",
    },
];

/// PARSE, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Parse {
    /// The template set.
    pub by: Name,
    /// How it weighs.
    pub parameters: Parameters,
    /// The SEGMENT before it, where it cuts the sentences itself: nobody then lists their tokens.
    pub segment: Option<Segment>,
    /// Where it stands.
    pub place: Place,
}

fn parse_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("PARSE")(input)?;
    let (rest, (_, by)) = (cut(keyword("BY")), cut(named("saved templates"))).parse(rest)?;
    let (rest, parameters) = with_clause(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Parse { by, parameters, segment: None, place })))
}

impl Stage for Parse {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, _: &Shape, catalog: &dyn Catalog) -> Result<Shape> {
        self.parameters.check(ROW.name, PARAMETERS)?;
        let by = &self.by;
        match catalog.saved(&by.text)? {
            Some(saved) if saved.kind == Kind::Templates => Ok(shape()),
            Some(saved) => {
                let message = format!("{by} is {}, and PARSE goes by templates", saved.kind);
                Err(Error::query(message).at(by.span))
            }
            None => {
                let names = catalog.saved_names();
                let message = format!("{} `{}`", there_is_no("templates"), by.text);
                let error = Error::query(message).at(by.span);
                let near = did_you_mean(&by.text, names.iter().map(String::as_str));
                Err(error.hint(near.unwrap_or_else(|| {
                    format!("make some: FROM corpus | SEGMENT BY lex | TEMPLATES | SAVE AS {by}")
                })))
            }
        }
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::of(["tokens"])
    }

    fn is_row_by_row(&self) -> bool {
        true
    }

    fn reads(&self) -> Reads {
        self.segment.as_ref().map_or(Reads::Text, Segment::reads)
    }

    fn join(
        &self,
        first: &dyn Stage,
        _: Option<&[String]>,
        _: &dyn Catalog,
    ) -> Result<Option<Arc<dyn Stage>>> {
        let first: &dyn Any = first;
        let Some(segment) = first.downcast_ref::<Segment>() else { return Ok(None) };
        Ok(Some(Arc::new(Parse { segment: Some(segment.clone()), ..self.clone() })))
    }

    fn note(&self) -> Option<String> {
        self.segment.as_ref().map(|segment| format!("{segment} as it goes"))
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let Some(segment) = &self.segment else {
            let (of, rows) = input.table()?;
            let column = tokens_column(&of)?;
            let trees = self.trees(of.text.or(context.text).unwrap_or_default(), context)?;
            return Ok(Value::Table(shape(), trees.of_rows(rows, column, context)));
        };
        let Cut { text, segmenter, lines } = segment.open(input, context)?;
        let trees = self.trees(text, context)?;
        Ok(Value::Table(shape(), trees.of_lines(lines, segmenter, context)))
    }
}

impl Parse {
    fn trees(&self, text: TextOptions, context: &Context<'_>) -> Result<Trees> {
        let arguments = self.parameters.arguments(PARAMETERS)?;
        let options = ParserOptions {
            null_score: arguments.real("null_score"),
            max_words: usize::try_from(arguments.count("max_words")).unwrap_or(usize::MAX),
            apart: text.unit != Unit::Char,
        };
        let templates = saved::templates(context.index()?, &self.by.text)?;
        let parser = TemplateParser::new(templates, options);
        Ok(Trees { parser, text, by_clause: arguments.boolean("clauses") })
    }
}

impl fmt::Display for Parse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PARSE BY {}{}", self.by, self.parameters)
    }
}

fn shape() -> Shape {
    let columns =
        [("sentence", ColumnKind::Text), ("tree", ColumnKind::Tree), ("score", ColumnKind::Real)];
    Shape::of(Kind::Table, &columns)
}
