//! `ITEMSETS [BY method] [WITH …]`: which items are often together in a transaction.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::{cut, opt};
use nom::sequence::preceded;

use crate::error::{Error, Result, Span};
use crate::index::Index;
use crate::mine::itemsets::{METHODS, Method, Search, Tally, Target, method, mine, spare_floor};
use crate::mine::{MethodHead, is_derivable};
use crate::query::answered::{Asked, is_front, item_of, number, select};
use crate::query::constant::Constant;
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, named, with_clause};
use crate::query::mining::{self, NamedSets};
use crate::query::nearest::did_you_mean;
use crate::query::node::{Name, Place};
use crate::query::parameters::{ParameterKind, ParameterRow, Parameters, Support};
use crate::query::rows::Datum;
use crate::query::saved;
use crate::query::sets::Sets;
use crate::query::stage::{
    ColumnSet, Comparison, Kind, Limit, Mined, Reads, Shape, Stage, StageRow, Takes, Value, With,
    least_count, note_of,
};
use crate::query::transactions::{Transactions, WordChoice};

/// The row of ITEMSETS.
pub(super) static ROW: StageRow = StageRow {
    name: "ITEMSETS",
    syntax: "ITEMSETS [BY method] [WITH support = 0.001, target = all, …]",
    takes: Takes::Only(&[Kind::Baskets, Kind::Sentences, Kind::Itemsets]),
    makes: Some(Kind::Itemsets),
    gives: "items, size, count, support",
    help: "items that are often together; of sentences, words; saved itemsets answer a higher \
           support without their transactions",
    with: With::Methods(methods),
    example: "FROM shop | ITEMSETS WITH support = 1%, target = closed | SORT count DESC",
    paper: "Agrawal & Srikant 1994",
    parse: itemsets_stage,
};

/// What help and completion know of the methods, the default first.
fn methods() -> Vec<MethodHead> {
    let head = |method: &'static Method| MethodHead {
        name: method.name,
        help: method.help,
        score: "",
        paper: method.paper,
        parameters: PARAMETERS,
    };
    METHODS.iter().map(head).collect()
}

/// Those that say how words become items.
const OF_WORDS: &[&str] = &["level", "stop_words", "min_length"];

/// What ITEMSETS knows.
const PARAMETERS: &[ParameterRow] = &[
    ParameterRow::new(
        "support",
        ParameterKind::ShareOrCount,
        "0.001",
        "the least count, or share of all",
    ),
    ParameterRow::new("strict", ParameterKind::Boolean, "false", "more than that support"),
    ParameterRow::new(
        "target",
        ParameterKind::Word(Target::NAMES),
        "all",
        "which of the frequent ones",
    ),
    ParameterRow::new("min_size", ParameterKind::COUNT, "1", "the least number of items"),
    ParameterRow::new(
        "max_size",
        ParameterKind::COUNT,
        "0",
        "the largest number of items; 0 for no limit",
    ),
    ParameterRow::new("top", ParameterKind::COUNT, "", "only so many, the most frequent"),
    ParameterRow::new("contains", ParameterKind::Names, "", "items that every itemset has"),
    ParameterRow::new("without", ParameterKind::Names, "", "items that none has"),
    ParameterRow::new(
        "level",
        ParameterKind::Word(&["sentence", "document"]),
        "sentence",
        "of words: what a \
         transaction is",
    ),
    ParameterRow::new(
        "stop_words",
        ParameterKind::Names,
        "",
        "of words: those left out; a bare name is a \
         lexicon",
    ),
    ParameterRow::new(
        "min_length",
        ParameterKind::COUNT,
        "1",
        "of words: the least number of characters",
    ),
];

/// ITEMSETS, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Itemsets {
    /// The method, where one is named.
    pub method: Option<Name>,
    /// Its parameters.
    pub parameters: Parameters,
    /// What every row that is wanted fulfils, pushed down from WHERE.
    pub limits: Vec<Limit>,
    /// The column of their number, where nothing else is wanted.
    pub counted: Option<String>,
    /// Which saved itemsets come in, where they do.
    pub saved: Option<Mined>,
    /// Whether those that are a little too rare are found as well: to spare, for they are saved.
    pub spare: bool,
    /// Where it stands.
    pub place: Place,
}

fn itemsets_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("ITEMSETS")(input)?;
    let (rest, method) = opt(preceded(keyword("BY"), cut(named("a method")))).parse(rest)?;
    let (rest, parameters) = with_clause(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    let (limits, counted, saved, spare) = (Vec::new(), None, None, false);
    Ok((rest, Arc::new(Itemsets { method, parameters, limits, counted, saved, spare, place })))
}

impl Itemsets {
    /// The stage itself, if it is this one.
    pub fn of(stage: &Arc<dyn Stage>) -> Option<&Itemsets> {
        let stage: &dyn Any = stage.as_ref();
        stage.downcast_ref()
    }

    fn method(&self) -> Result<&'static Method> {
        let Some(name) = &self.method else { return Ok(&METHODS[0]) };
        method(&name.text).ok_or_else(|| {
            let names = || METHODS.iter().map(|method| method.name);
            let error = Error::query(format!("there is no method `{}`", name.text)).at(name.span);
            let error = error.expected(names());
            did_you_mean(&name.text, names()).into_iter().fold(error, Error::hint)
        })
    }

    fn target(&self) -> Result<Target> {
        let word = self.parameters.word("target", Target::NAMES)?;
        Ok(word.and_then(Target::named).unwrap_or_default())
    }

    /// The support that is asked for, and whether it has to be exceeded.
    pub fn support(&self) -> Result<(Support, bool)> {
        let usual = || crate::mine::Share::new(0.001, false).map(Support::Share);
        let support = self.parameters.support("support")?.or_else(usual);
        let strict = self.parameters.boolean("strict")?.unwrap_or(false);
        Ok((support.unwrap_or(Support::Count(1)), strict))
    }

    /// What it finds all of.
    ///
    /// # Errors
    /// When a parameter is wrong.
    pub fn mined(&self) -> Result<Mined> {
        let (support, strict) = self.support()?;
        let others = ["min_size", "max_size", "top", "contains", "without"];
        let plain =
            self.limits.is_empty() && others.iter().all(|name| self.parameters.get(name).is_none());
        Ok(Mined { target: self.target()?, support, strict, plain })
    }

    /// Refuses parameters that make no sense of what comes in, or together.
    fn check(&self, input: &Shape) -> Result<()> {
        self.parameters.check("ITEMSETS", PARAMETERS)?;
        let of_words = |parameter: &&crate::query::parameters::Parameter| {
            OF_WORDS.contains(&parameter.name.text.as_str())
        };
        if input.kind != Kind::Sentences
            && let Some(parameter) = self.parameters.0.iter().find(of_words)
        {
            let message = format!("`{}` is for the words of sentences", parameter.name.text);
            return Err(Error::query(message)
                .at(parameter.name.span)
                .hint(format!("what comes in is {}", input.kind)));
        }
        let span = |name: &str| self.parameters.get(name).map(|own| own.value.span);
        let min = self.parameters.count("min_size")?.unwrap_or(1);
        let max = self.parameters.count("max_size")?.unwrap_or(0);
        if max > 0 && min > max {
            let message = format!("no itemset has at least {min} items and at most {max}");
            return Err(Error::query(message).at(span("max_size").unwrap_or_default()));
        }
        if self.by_document()? && input.position("document").is_none() {
            let error = Error::query("it is not known which document these sentences are of");
            return Err(error
                .at(span("level").unwrap_or_default())
                .hint("level = document wants FROM corpus | SEGMENT BY lexicon before it"));
        }
        Ok(())
    }

    fn by_document(&self) -> Result<bool> {
        Ok(self.parameters.word("level", &["sentence", "document"])? == Some("document"))
    }

    /// Which words are items.
    fn choice(&self, context: &Context<'_>) -> Result<WordChoice> {
        let lexicon = self.parameters.get("stop_words").map(|own| &own.value.node);
        let stop = match lexicon {
            Some(Constant::Word(name)) => {
                let words = saved::words(context.index()?, name)?.1;
                words.into_iter().map(|(word, _)| word).collect()
            }
            _ => self.parameters.names("stop_words")?.unwrap_or_default().into_iter().collect(),
        };
        let min_length = self.parameters.count("min_length")?.unwrap_or(1);
        let min_length = usize::try_from(min_length).unwrap_or(usize::MAX);
        Ok(WordChoice { stop, min_length, by_document: self.by_document()? })
    }

    /// The search among so many transactions; `find` gives items their numbers.
    fn search(
        &self,
        transactions: u64,
        names: &[Arc<str>],
        find: impl Fn(&str) -> Option<u32>,
        context: &Context<'_>,
    ) -> Result<Search> {
        let (support, strict) = self.support()?;
        let target = self.target()?;
        let number = |name: &str, usual: u64| -> Result<usize> {
            let number = self.parameters.count(name)?.unwrap_or(usual);
            Ok(usize::try_from(number).unwrap_or(usize::MAX))
        };
        let items = |parameter: &str| -> Result<Vec<u32>> {
            let wanted = self.parameters.names(parameter)?.unwrap_or_default();
            let number = |name: &String| {
                find(name).ok_or_else(|| {
                    let span = self.parameters.get(parameter).map(|own| own.value.span);
                    let error = Error::query(format!("there is no item `{name}`"));
                    let near = did_you_mean(name, names.iter().map(|name| &**name));
                    near.into_iter().fold(error.at(span.unwrap_or_default()), Error::hint)
                })
            };
            let mut items = wanted.iter().map(number).collect::<Result<Vec<u32>>>()?;
            items.sort_unstable();
            items.dedup();
            Ok(items)
        };
        let top = match self.parameters.get("top") {
            Some(_) => Some(number("top", 0)?),
            None => None,
        };
        let mut search = Search {
            min_count: support.least(transactions, strict).max(1),
            target,
            min_size: number("min_size", 1)?,
            max_size: number("max_size", 0)?,
            top,
            contains: items("contains")?,
            without: items("without")?,
            threads: context.cost.threads,
            memory: context.cost.memory,
        };
        self.narrow(&mut search);
        Ok(search)
    }

    /// Makes use of the conditions of a WHERE behind it. They select, as the sizes of a search do;
    /// a higher least count would make other itemsets maximal, and is the more frequent of `top`.
    fn narrow(&self, search: &mut Search) {
        if search.top.is_some() {
            return;
        }
        if search.target != Target::Maximal {
            search.min_count = search.min_count.max(least_count(&self.limits));
        }
        for limit in self.limits.iter().filter(|limit| limit.column == "size") {
            let Some(size) = crate::query::constant::whole(limit.value.ceil()) else { continue };
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            match limit.comparison {
                Comparison::AtLeast => search.min_size = search.min_size.max(size),
                Comparison::AtMost if size > 0 && limit.value.fract() == 0.0 => {
                    let own = if search.max_size == 0 { usize::MAX } else { search.max_size };
                    search.max_size = own.min(size);
                }
                _ => {}
            }
        }
    }

    /// Whether some itemsets are of the items that its parameters name.
    ///
    /// # Errors
    /// When a parameter is wrong.
    pub fn knows_items(&self, sets: &Sets, index: &Index) -> Result<bool> {
        for parameter in ["contains", "without"] {
            let names = self.parameters.names(parameter)?.unwrap_or_default();
            if names.iter().any(|name| item_of(sets, index, name).is_none()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// From saved itemsets, without their transactions.
    fn of_saved<'a>(
        &self,
        asked: Asked<'a>,
        mined: Mined,
        context: &Context<'_>,
    ) -> Result<Value<'a>> {
        let head = asked.head();
        let all = head.transactions;
        let index = context.index()?;
        let search = self.search(all, &head.names, |name| item_of(head, index, name), context)?;
        let kept = mined.support.least(all, mined.strict).max(1);
        let (support, strict) = self.support()?;
        let least = support.least(all, strict).max(1);
        if least < kept && all > 0 {
            let message = format!(
                "what was saved has the itemsets of {kept} transactions and more, not of {least}"
            );
            return Err(
                Error::query(message).hint("ask for a higher support, or mine the corpus again")
            );
        }
        if let Some(column) = &self.counted
            && let Some(number) = number(&asked, mined.target, &search)
        {
            return Ok(counted(column, number));
        }
        let asked = match asked {
            Asked::Kept(kept) if self.counted.is_none() && is_front(mined.target, &search) => {
                return Ok(Value::Kept(kept.at_least(search.min_count)));
            }
            asked => asked,
        };
        let sets = select(asked, mined.target, &search, context.cost.memory, &context.control)?;
        Ok(match &self.counted {
            Some(column) => counted(column, sets.list.len()),
            None => Value::Itemsets(sets),
        })
    }

    /// From transactions: a count, or rows as they are found.
    fn mine<'a>(&self, from: Transactions, context: &Context<'_>) -> Result<Value<'a>> {
        let Transactions { data, names } = from;
        let all = u64::from(data.transactions());
        let number = |name: &str| {
            let place = names.iter().position(|own| **own == *name)?;
            u32::try_from(place).ok()
        };
        let mut search = self.search(all, &names, number, context)?;
        let method = self.method()?;
        let least = search.min_count;
        if self.spare {
            search.min_count = spare_floor(least);
        }
        let spare = if self.spare { (least, search.min_count) } else { (0, 0) };
        if let Some(column) = &self.counted {
            let mut tally = Tally::default();
            mine(method, &data, &search, &context.control, &mut tally)?;
            return Ok(counted(column, tally.found));
        }
        let is_frequent = |item: &u32| u64::from(data.count(*item)) >= search.min_count;
        let frequent = (0..data.items()).filter(is_frequent).collect();
        let found = mining::begin(method, data, search, context.control.clone());
        let mut found = NamedSets::new(found, (&names, frequent), all);
        found.spare = spare;
        Ok(Value::Found(found))
    }
}

/// A table of one number.
fn counted<'a>(column: &str, number: u64) -> Value<'a> {
    let columns = [(column, crate::query::rows::ColumnKind::Integer)];
    let rows = std::iter::once(Ok(vec![Datum::count(number)]));
    Value::Table(Shape::of(Kind::Table, &columns), Box::new(rows))
}

impl Stage for Itemsets {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, input: &Shape, _: &dyn Catalog) -> Result<Shape> {
        self.method()?;
        self.check(input)?;
        let mined = self.mined()?;
        if input.kind == Kind::Itemsets {
            let again = "mine the corpus again";
            let Some(from) = input.mined.filter(|from| from.plain) else {
                let message = "these itemsets are a selection, and others may be asked for";
                return Err(Error::query(message).hint(format!("{again}, or use WHERE")));
            };
            let same = from.target == Target::Maximal
                && (from.support, from.strict, from.target)
                    == (mined.support, mined.strict, mined.target);
            if !same && !is_derivable(from.target, mined.target) {
                let names = ["all", "closed", "maximal", "generators"];
                let from = names[from.target as usize];
                let message = format!("saved itemsets that are {from} do not say that");
                let hint = format!("save those with target = all or closed, or {again}");
                return Err(Error::query(message).hint(hint));
            }
        }
        Ok(Shape { mined: Some(mined), ..Sets::shape() })
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::of(["tokens", "document", "items", "count", "support"])
    }

    fn with_input(&self, input: &Shape, _: &dyn Catalog) -> Result<Option<Arc<dyn Stage>>> {
        let saved = input.mined.filter(|_| input.kind == Kind::Itemsets);
        if saved.is_none() {
            return Ok(None);
        }
        Ok(Some(Arc::new(Itemsets { saved, ..self.clone() })))
    }

    fn wants_documents(&self) -> bool {
        self.by_document().unwrap_or(false)
    }

    fn with_limits(&self, limits: &[Limit]) -> Option<Arc<dyn Stage>> {
        let used = |limit: &&Limit| limit.column == "count" || limit.column == "size";
        let limits: Vec<Limit> = limits.iter().filter(used).cloned().collect();
        if limits.is_empty() || self.parameters.get("top").is_some() {
            return None;
        }
        Some(Arc::new(Itemsets { limits, ..self.clone() }))
    }

    fn with_count(&self, name: &str) -> Option<Arc<dyn Stage>> {
        Some(Arc::new(Itemsets { counted: Some(name.to_owned()), ..self.clone() }))
    }

    fn reads(&self) -> Reads {
        Reads::Text
    }

    fn note(&self) -> Option<String> {
        let saved = self.saved.map(|_| "read off the saved itemsets, without transactions".into());
        let counted = self.counted.as_ref().map(|_| "counted and not listed".to_owned());
        let spare = self.spare.then(|| "a little rarer ones too, for REFRESH".to_owned());
        let notes: Vec<String> =
            [saved, counted, note_of(&self.limits), spare].into_iter().flatten().collect();
        (!notes.is_empty()).then(|| notes.join("; "))
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let asked = match input {
            Value::Table(shape, rows) if shape.kind == Kind::Sentences => {
                let choice = self.choice(context)?;
                let from = Transactions::of_sentences(&shape, rows, &choice, context)?;
                return self.mine(from, context);
            }
            Value::Kept(kept) => Asked::Kept(kept),
            table @ (Value::Table(..) | Value::Itemsets(_) | Value::Found(_)) => {
                Asked::Loaded(table.sets(context)?)
            }
            corpora => {
                let from = Transactions::of_corpora(&corpora.corpora()?, context)?;
                return self.mine(from, context);
            }
        };
        let mined = self.saved.ok_or_else(|| Error::internal("itemsets of an unknown kind"))?;
        self.of_saved(asked, mined, context)
    }
}

impl fmt::Display for Itemsets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ITEMSETS")?;
        self.method.iter().try_for_each(|method| write!(f, " BY {method}"))?;
        write!(f, "{}", self.parameters)
    }
}
