//! `WORDS [BY method] [WITH …]`: the words that a discovery method finds in a corpus.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::{cut, opt};
use nom::sequence::preceded;

use crate::error::{Error, Result, Span};
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, named, with_clause};
use crate::query::nearest::did_you_mean;
use crate::query::node::{Name, Place};
use crate::query::parameters::{ParameterKind, ParameterRow, Parameters};
use crate::query::rows::ColumnKind;
use crate::query::stage::{ColumnSet, Kind, Limit, Shape, Stage, StageRow, Takes, Value, note_of};

/// The row of WORDS.
pub(super) static ROW: StageRow = StageRow {
    name: "WORDS",
    syntax: "WORDS [BY method] [WITH parameter = value, …]",
    takes: Takes::Only(&[Kind::Corpus]),
    makes: Some(Kind::Words),
    gives: "word, n, count, score, and the measures that the method used",
    help: "the words that a method finds; SHOW METHODS lists the methods",
    example: "FROM hlm | WORDS BY minent WITH min_pmi = 1.5 | SORT count DESC | LIMIT 20",
    paper: "",
    parse: words_stage,
};

/// The method of WORDS without BY.
pub(super) const DEFAULT_METHOD: &str = "minent";

/// What is known of a method before anything runs. To be replaced by the rows of `mine`.
struct Method {
    name: &'static str,
    parameters: &'static [ParameterRow],
    columns: &'static [(&'static str, ColumnKind)],
}

static METHODS: &[Method] = &[Method {
    name: "minent",
    parameters: &[
        ParameterRow {
            name: "min_proba",
            kind: ParameterKind::Real,
            default: "1e-7",
            help: "the least share of the text",
        },
        ParameterRow {
            name: "min_pmi",
            kind: ParameterKind::Real,
            default: "1",
            help: "the least pointwise mutual information, in nats",
        },
    ],
    columns: &[],
}];

/// WORDS, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Words {
    /// The method, where one is named.
    pub method: Option<Name>,
    /// Its parameters.
    pub parameters: Parameters,
    /// What every word that is wanted fulfils, pushed down from WHERE.
    pub limits: Vec<Limit>,
    /// Where it stands.
    pub place: Place,
}

fn words_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("WORDS")(input)?;
    let (rest, method) = opt(preceded(keyword("BY"), cut(named("a method")))).parse(rest)?;
    let (rest, parameters) = with_clause(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Words { method, parameters, limits: Vec::new(), place })))
}

impl Words {
    /// The row of its method.
    fn method(&self) -> Result<&'static Method> {
        let name = self.method.as_ref().map_or(DEFAULT_METHOD, |name| name.text.as_str());
        METHODS.iter().find(|method| method.name == name).ok_or_else(|| {
            let names = || METHODS.iter().map(|method| method.name);
            let span = self.method.as_ref().map_or(self.place.0, |name| name.span);
            let error = Error::query(format!("there is no method `{name}`")).at(span);
            let error = error.expected(names());
            did_you_mean(name, names()).into_iter().fold(error, Error::hint)
        })
    }

    /// Checks names and values of the parameters against what the method knows.
    fn parameters(&self, method: &Method) -> Result<()> {
        self.parameters.check(&format!("WORDS BY {}", method.name), method.parameters)
    }
}

impl Stage for Words {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, _: &Shape, _: &dyn Catalog) -> Result<Shape> {
        let method = self.method()?;
        self.parameters(method)?;
        let mut columns = vec![
            ("word", ColumnKind::Text),
            ("n", ColumnKind::Integer),
            ("count", ColumnKind::Integer),
            ("score", ColumnKind::Real),
        ];
        columns.extend(method.columns);
        Ok(Shape::of(Kind::Words, &columns))
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::none()
    }

    fn with_limits(&self, limits: &[Limit]) -> Option<Arc<dyn Stage>> {
        if limits.is_empty() {
            return None;
        }
        Some(Arc::new(Words { limits: limits.to_vec(), ..self.clone() }))
    }

    fn note(&self) -> Option<String> {
        note_of(&self.limits)
    }

    fn run<'a>(
        &'a self,
        _input: Value<'a>,
        _needed: &ColumnSet,
        _context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        Err(Error::internal("WORDS does not run yet").at(self.span()))
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WORDS")?;
        self.method.iter().try_for_each(|method| write!(f, " BY {method}"))?;
        write!(f, "{}", self.parameters)
    }
}
