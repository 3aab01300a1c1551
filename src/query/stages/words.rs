//! `WORDS [BY method] [WITH …]`: the words that a discovery method finds in a corpus.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::{cut, opt};
use nom::sequence::preceded;

use crate::error::{Error, Result, Span};
use crate::mine::MethodHead;
use crate::mine::words::{METHODS, Method, Request, Word};
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, named, with_clause};
use crate::query::nearest::did_you_mean;
use crate::query::node::{Name, Place};
use crate::query::parameters::Parameters;
use crate::query::ranked::Ranked;
use crate::query::rows::{ColumnKind, Datum};
use crate::query::saved;
use crate::query::source::Corpus;
use crate::query::stage::{
    ColumnSet, Kind, Limit, Shape, Stage, StageRow, Takes, Value, With, note_of,
};

/// The row of WORDS.
pub(super) static ROW: StageRow = StageRow {
    name: "WORDS",
    syntax: "WORDS [BY method] [WITH parameter = value, …]",
    takes: Takes::Only(&[Kind::Corpus]),
    makes: Some(Kind::Words),
    gives: "word, n, count, score, and the measures that the method used",
    help: "the words that a method finds; SHOW METHODS lists the methods",
    with: With::Methods(methods),
    example: "FROM hlm | WORDS BY minent WITH min_pmi = 1.5 | SORT count DESC | LIMIT 20",
    paper: "",
    parse: words_stage,
};

/// What help and completion know of the methods, the default first.
pub(super) fn methods() -> Vec<MethodHead> {
    METHODS.iter().map(Method::head).collect()
}

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

/// The method of that name, the default without one.
pub(super) fn named_method(name: Option<&Name>) -> Result<&'static Method> {
    let Some(name) = name else {
        return METHODS.first().ok_or_else(|| Error::internal("there is no method"));
    };
    METHODS.iter().find(|method| method.name == name.text).ok_or_else(|| {
        let names = || METHODS.iter().map(|method| method.name);
        let error = Error::query(format!("there is no method `{}`", name.text)).at(name.span);
        let error = error.expected(names());
        did_you_mean(&name.text, names()).into_iter().fold(error, Error::hint)
    })
}

impl Words {
    fn method(&self) -> Result<&'static Method> {
        named_method(self.method.as_ref())
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
        Ok(shape(method))
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
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let Corpus(view) = input.corpus()?;
        let method = self.method()?;
        let arguments = self.parameters.arguments(method.parameters)?;
        let request = Request {
            view: &view,
            arguments: &arguments,
            cost: context.cost,
            control: &context.control,
            lexicon: &|name| saved::list(context.index()?, name),
            tell: &|note| context.notes.add(note),
        };
        let found = (method.find)(&request)?;
        let wanted = |number: usize| {
            let fits = |word: Word| self.limits.iter().all(|limit| allows(limit, &word, method));
            self.limits.is_empty() || fits(found.word(number))
        };
        let numbers = found.counts().iter().copied().zip(0..);
        let words: Vec<(u64, usize)> = numbers.filter(|&(_, number)| wanted(number)).collect();
        let found = Rc::new(found);
        let texts = Rc::clone(&found);
        let text = move |&number: &usize| view.render(&texts.word(number).symbols);
        let rows = Ranked::new(words, text).map(move |(text, number)| {
            let word = found.word(number);
            let mut row = vec![
                Datum::text(text),
                Datum::count(word.symbols.len() as u64),
                Datum::count(word.count),
                word.score.into(),
            ];
            row.extend(word.measures.into_iter().map(Datum::from));
            Ok(row)
        });
        Ok(Value::Table(shape(method), Box::new(rows)))
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WORDS")?;
        self.method.iter().try_for_each(|method| write!(f, " BY {method}"))?;
        write!(f, "{}", self.parameters)
    }
}

fn shape(method: &Method) -> Shape {
    let mut columns = vec![
        ("word", ColumnKind::Text),
        ("n", ColumnKind::Integer),
        ("count", ColumnKind::Integer),
        ("score", ColumnKind::Real),
    ];
    columns.extend(method.measures.iter().map(|&measure| (measure, ColumnKind::Real)));
    Shape::of(Kind::Words, &columns)
}

/// Whether a word fulfils a condition, as far as that can be told without its text.
fn allows(limit: &Limit, word: &Word, method: &Method) -> bool {
    let measure = method.measures.iter().position(|measure| *measure == limit.column);
    let value = match (limit.column.as_str(), measure) {
        ("n", _) => Some(word.symbols.len() as f64),
        ("count", _) => Some(word.count as f64),
        ("score", _) => word.score,
        (_, Some(place)) => word.measures[place],
        _ => return true,
    };
    value.is_some_and(|value| limit.allows(value))
}
