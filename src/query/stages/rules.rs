//! `RULES [WITH …]`: what is in a transaction that holds certain items, read off itemsets.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result, Span};
use crate::measure::RuleCounts;
use crate::mine::itemsets::Target;
use crate::mine::{Rule, RuleSearch, Share, rules};
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, with_clause};
use crate::query::nearest::did_you_mean;
use crate::query::node::Place;
use crate::query::parameters::{ParameterKind, ParameterRow, Parameters};
use crate::query::rows::{ColumnKind, Datum, Row};
use crate::query::sets::Sets;
use crate::query::stage::{ColumnSet, Kind, Shape, Stage, StageRow, Takes, Value, With};

/// The row of RULES.
pub(super) static ROW: StageRow = StageRow {
    name: "RULES",
    syntax: "RULES [WITH confidence = 0.5, consequent = single, …]",
    takes: Takes::Only(&[Kind::Itemsets]),
    makes: Some(Kind::Rules),
    gives: "antecedent, consequent, count, support, and the measures of rules",
    help: "rules from one part of an itemset to the rest, the most confident first",
    with: With::Parameters(PARAMETERS),
    example: "FROM shop | ITEMSETS WITH support = 1% | RULES WITH confidence = 60%",
    paper: "Agrawal & Srikant 1994",
    parse: rules_stage,
};

/// What RULES knows.
const PARAMETERS: &[ParameterRow] = &[
    ParameterRow::new("confidence", ParameterKind::SHARE, "0.5", "the least confidence"),
    ParameterRow::new("strict", ParameterKind::Boolean, "false", "more than that confidence"),
    ParameterRow::new(
        "consequent",
        ParameterKind::Word(SIDES),
        "single",
        "one item to the right, or several",
    ),
    ParameterRow::new("contains_left", ParameterKind::Names, "", "items that every antecedent has"),
    ParameterRow::new(
        "contains_right",
        ParameterKind::Names,
        "",
        "items that every consequent has",
    ),
];

const SIDES: &[&str] = &["single", "multi"];

/// A measure of a rule.
type Measure = fn(&RuleCounts) -> Option<f64>;

/// The columns of measures.
const MEASURES: &[(&str, Measure)] = &[
    ("support", RuleCounts::support),
    ("confidence", RuleCounts::confidence),
    ("lift", RuleCounts::lift),
    ("leverage", RuleCounts::leverage),
    ("conviction", RuleCounts::conviction),
    ("zhang", RuleCounts::zhang),
    ("jaccard", RuleCounts::jaccard),
    ("certainty", RuleCounts::certainty),
    ("kulczynski", RuleCounts::kulczynski),
    ("p_value", RuleCounts::p_value),
];

/// RULES, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Its parameters.
    pub parameters: Parameters,
    /// Which itemsets come in, as far as that is known.
    pub target: Target,
    /// Where it stands.
    pub place: Place,
}

fn rules_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("RULES")(input)?;
    let (rest, parameters) = with_clause(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Rules { parameters, target: Target::All, place })))
}

impl Rules {
    fn confidence(&self) -> Result<Share> {
        let share = self.parameters.share("confidence")?.or_else(|| Share::new(0.5, false));
        share.ok_or_else(|| Error::internal("no confidence"))
    }

    fn search(&self, sets: &Sets, memory: u64) -> Result<RuleSearch> {
        let items = |parameter: &str| -> Result<Vec<u32>> {
            let wanted = self.parameters.names(parameter)?.unwrap_or_default();
            let number = |name: &String| {
                sets.find(name).ok_or_else(|| {
                    let span = self.parameters.get(parameter).map(|own| own.value.span);
                    let error = Error::query(format!("no itemset has the item `{name}`"));
                    let near = did_you_mean(name, sets.names.iter().map(|name| &**name));
                    near.into_iter().fold(error.at(span.unwrap_or_default()), Error::hint)
                })
            };
            let mut items = wanted.iter().map(number).collect::<Result<Vec<u32>>>()?;
            items.sort_unstable();
            items.dedup();
            Ok(items)
        };
        Ok(RuleSearch {
            confidence: self.confidence()?,
            strict: self.parameters.boolean("strict")?.unwrap_or(false),
            multi: self.parameters.word("consequent", SIDES)? == Some("multi"),
            left: items("contains_left")?,
            right: items("contains_right")?,
            memory,
        })
    }
}

impl Stage for Rules {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, input: &Shape, _: &dyn Catalog) -> Result<Shape> {
        self.parameters.check("RULES", PARAMETERS)?;
        self.confidence()?;
        if input.position("support").is_none() {
            let error = Error::query("RULES wants the column support, which was left out");
            return Err(error.hint("KEEP items, count, support"));
        }
        match input.mined.map(|mined| mined.target) {
            Some(Target::Maximal) => Err(Error::query(
                "maximal itemsets do not say how often their parts occur, which rules need",
            )
            .hint("ITEMSETS WITH target = all, or closed")),
            Some(Target::Generators) => Err(Error::query(
                "generators do not say how often other itemsets occur, which rules need",
            )
            .hint("ITEMSETS WITH target = all, or closed")),
            _ => Ok(shape()),
        }
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::of(["items", "count", "support"])
    }

    fn with_input(&self, input: &Shape, _: &dyn Catalog) -> Result<Option<Arc<dyn Stage>>> {
        let Some(mined) = input.mined else { return Ok(None) };
        Ok(Some(Arc::new(Rules { target: mined.target, ..self.clone() })))
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let memory = context.cost.memory;
        let sets = input.sets(context)?;
        let search = self.search(&sets, memory)?;
        let name = |items: &[u32]| sets.shown(items);
        let found = rules(&sets.list, self.target, &search, &name, &context.control)?;
        let wanted: Vec<bool> = MEASURES.iter().map(|(name, _)| needed.contains(name)).collect();
        let rows = found.map(move |rule| Ok(values(&rule, &sets, &wanted)));
        Ok(Value::Table(shape(), context.watch(Box::new(rows))))
    }
}

/// A rule as a row; measures that nobody asks for are null.
fn values(rule: &Rule, sets: &Sets, wanted: &[bool]) -> Row {
    let (left, right) = (sets.datum(&rule.antecedent), sets.datum(&rule.consequent));
    let counts = rule.counts(sets.transactions);
    let mut row = vec![left, right, Datum::count(rule.both)];
    row.extend(MEASURES.iter().zip(wanted).map(|((_, measure), wanted)| {
        Datum::from(counts.filter(|_| *wanted).and_then(|counts| measure(&counts)))
    }));
    row
}

fn shape() -> Shape {
    let sides = [
        ("antecedent", ColumnKind::List),
        ("consequent", ColumnKind::List),
        ("count", ColumnKind::Integer),
    ];
    let measures = MEASURES.iter().map(|(name, _)| (*name, ColumnKind::Real));
    let columns: Vec<(&str, ColumnKind)> = sides.into_iter().chain(measures).collect();
    Shape::of(Kind::Rules, &columns)
}

impl fmt::Display for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RULES{}", self.parameters)
    }
}
