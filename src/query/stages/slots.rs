//! `SLOTS 'template'`: what fills each slot of a template, and how often.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Error, Result, Span};
use crate::mine::templates::{Fitting, Template, Vocabulary};
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, quoted};
use crate::query::node::{Place, Quoted};
use crate::query::rows::{ColumnKind, Datum};
use crate::query::sentences::{each_clause, tokens_column};
use crate::query::stage::{ColumnSet, Kind, Shape, Stage, StageRow, Takes, Value, With};

/// The row of SLOTS.
pub(super) static ROW: StageRow = StageRow {
    name: "SLOTS",
    syntax: "SLOTS 'template'",
    takes: Takes::Only(&[Kind::Sentences]),
    makes: Some(Kind::Table),
    gives: "slot, filler, count",
    help: "what fills each slot [X] of a template in the clauses that it fits from end to end; \
           where it fits in several ways, the earlier slots are the shortest",
    with: With::Nothing,
    example: "FROM hlm | SEGMENT BY lex | SLOTS '[X]可以[X]吗'",
    paper: "",
    parse: slots_stage,
};

/// Bytes of a filler beside its text.
const FILLER_BYTES: u64 = 80;
/// Clauses between two looks at the memory.
const CHECK_EVERY: usize = 1 << 12;

/// SLOTS, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Slots {
    /// The template as it is written.
    pub template: Quoted,
    /// Where it stands.
    pub place: Place,
}

fn slots_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("SLOTS")(input)?;
    let (rest, template) = cut(quoted("a quoted template")).parse(rest)?;
    let place = Place(start.0.to(template.span));
    Ok((rest, Arc::new(Slots { template, place })))
}

impl Slots {
    fn template(&self) -> Result<Template> {
        let template = Template::parse(&self.template.text);
        let template = template.map_err(|error| error.at(self.template.span))?;
        if template.slots() == 0 {
            let message = format!("{} has no slot to fill", self.template);
            let hint = "a slot is written [X]";
            return Err(Error::query(message).at(self.template.span).hint(hint));
        }
        Ok(template)
    }
}

impl Stage for Slots {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, _: &Shape, _: &dyn Catalog) -> Result<Shape> {
        self.template()?;
        Ok(shape())
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::of(["tokens"])
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let (of, rows) = input.table()?;
        let text = of.text.or(context.text).unwrap_or_default();
        let mut vocabulary = Vocabulary::new(&text);
        let mut fitting = Fitting::new(&self.template()?, |word| vocabulary.spelled(word));
        let separator = if vocabulary.apart() { " " } else { "" };
        let column = tokens_column(&of)?;
        let mut fillers: BTreeMap<(usize, String), u64> = BTreeMap::new();
        let (mut seen, mut bytes) = (0usize, 0u64);
        each_clause(rows, column, &mut vocabulary, |words, clause| {
            seen += 1;
            if seen.is_multiple_of(CHECK_EVERY) {
                context.check()?;
                fits(bytes, context.cost.memory)?;
            }
            let words: Vec<&str> = clause.words.iter().map(|word| words.text(*word)).collect();
            let Some(slots) = fitting.fit(&words) else { return Ok(()) };
            for (slot, filler) in (1..).zip(slots) {
                let filler = words[filler.clone()].join(separator);
                let size = filler.len() as u64 + FILLER_BYTES;
                let count = fillers.entry((slot, filler)).or_insert(0);
                bytes += if *count == 0 { size } else { 0 };
                *count += 1;
            }
            Ok(())
        })?;
        let mut found: Vec<((usize, String), u64)> = fillers.into_iter().collect();
        // Stable: of equal counts, by the filler.
        found.sort_by(|a, b| a.0.0.cmp(&b.0.0).then(b.1.cmp(&a.1)));
        let rows = found.into_iter().map(|((slot, filler), count)| {
            Ok(vec![Datum::count(slot as u64), Datum::text(filler), Datum::count(count)])
        });
        Ok(Value::Table(shape(), Box::new(rows)))
    }
}

fn fits(bytes: u64, memory: u64) -> Result<()> {
    if bytes <= memory {
        return Ok(());
    }
    let message =
        format!("the different fillers take more than the {} MB that are allowed", memory >> 20);
    Err(Error::query(message).hint("a template with more words; SET memory = 2GiB allows more"))
}

impl fmt::Display for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SLOTS {}", self.template)
    }
}

fn shape() -> Shape {
    let columns = [
        ("slot", ColumnKind::Integer),
        ("filler", ColumnKind::Text),
        ("count", ColumnKind::Integer),
    ];
    Shape::of(Kind::Table, &columns)
}
