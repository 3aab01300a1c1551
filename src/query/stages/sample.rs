//! `SAMPLE n [SEED s]`: some rows, each as likely as any other; the same seed, the same rows.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::{cut, opt};
use nom::sequence::preceded;

use crate::error::{Result, Span};
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, whole};
use crate::query::node::Place;
use crate::query::rows::{Row, RowStream, lazily, stream};
use crate::query::stage::{ColumnSet, Shape, Stage, StageRow, Takes, Value, With};

/// The row of SAMPLE.
pub(super) static ROW: StageRow = StageRow {
    name: "SAMPLE",
    syntax: "SAMPLE n [SEED s]",
    takes: Takes::AnyTable,
    makes: None,
    gives: "n of the rows, in their order",
    help: "n rows drawn at random; the same seed draws the same rows",
    with: With::Nothing,
    example: "FROM lex | SAMPLE 100 SEED 7",
    paper: "Vitter 1985, Random sampling with a reservoir, algorithm R",
    parse: sample_stage,
};

/// SAMPLE, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// How many rows.
    pub rows: u64,
    /// What the draw begins with; 0 if not given.
    pub seed: Option<u64>,
    /// Where it stands.
    pub place: Place,
}

fn sample_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("SAMPLE")(input)?;
    let (rest, rows) = cut(whole).parse(rest)?;
    let (rest, seed) = opt(preceded(keyword("SEED"), cut(whole))).parse(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Sample { rows, seed, place })))
}

impl Stage for Sample {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, input: &Shape, _: &dyn Catalog) -> Result<Shape> {
        Ok(input.clone())
    }

    fn needs(&self, output: &ColumnSet) -> ColumnSet {
        output.clone()
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let (shape, rows) = input.table()?;
        let rows = context.watch(rows);
        let drawn = lazily(move || draw(rows, self.rows, self.seed.unwrap_or(0)).map(stream));
        Ok(Value::Table(shape, drawn))
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SAMPLE {}", self.rows)?;
        self.seed.iter().try_for_each(|seed| write!(f, " SEED {seed}"))
    }
}

/// A reservoir of `most` rows, given back in the order they came.
fn draw(rows: RowStream<'_>, most: u64, seed: u64) -> Result<Vec<Row>> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut random = SplitMix(seed);
    let mut reservoir: Vec<(usize, Row)> = Vec::new();
    for (arrival, row) in rows.enumerate() {
        let row = row?;
        if reservoir.len() < most {
            reservoir.push((arrival, row));
        } else if let Some(slot) = reservoir.get_mut(random.below(arrival + 1)) {
            *slot = (arrival, row);
        }
    }
    reservoir.sort_by_key(|(arrival, _)| *arrival);
    Ok(reservoir.into_iter().map(|(_, row)| row).collect())
}

/// Steele, Lea and Flood's SplitMix64: small, and the same everywhere.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, by the high half of a product; its bias is below 2⁻³² here.
    fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.next()) * bound as u128;
        usize::try_from(product >> 64).unwrap_or(0)
    }
}
