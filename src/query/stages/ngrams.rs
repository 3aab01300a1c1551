//! `NGRAMS [2..4] [LIKE 'pattern']`: n-grams with their counts and measures.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, map, opt};
use nom::sequence::preceded;

use crate::error::{Error, Result, Span};
use crate::index::{CorpusView, Row, Statistics};
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, pattern, symbol, whole};
use crate::query::matcher::Matcher;
use crate::query::ngram::{NgramColumn, NgramReader};
use crate::query::node::{Place, Spanned};
use crate::query::pattern::QuotedPattern;
use crate::query::ranked::Ranked;
use crate::query::rows::{Datum, RowStream, lazily};
use crate::query::source::Corpus;
use crate::query::stage::{
    ColumnSet, Kind, Limit, Shape, Stage, StageRow, Takes, Value, With, least_count, note_of,
};

/// The row of NGRAMS.
pub(super) static ROW: StageRow = StageRow {
    name: "NGRAMS",
    syntax: "NGRAMS [2..4] [LIKE 'pattern']",
    takes: Takes::Only(&[Kind::Corpus]),
    makes: Some(Kind::Table),
    gives: "ngram, n, count, per_million, pmi, npmi, g2, t, logdice, left_entropy, \
            right_entropy, left_variety, right_variety",
    help: "n-grams of these lengths, of all lengths if none are given, with their measures",
    with: With::Nothing,
    example: "FROM hlm | NGRAMS 2..4 | WHERE count >= 50 AND pmi >= 3 | SORT g2 DESC | LIMIT 20",
    paper: "",
    parse: ngrams_stage,
};

/// NGRAMS, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Ngrams {
    /// The lengths, both ends in; all lengths of the corpus where not given.
    pub lengths: Option<Spanned<(u64, u64)>>,
    /// What the n-grams look like.
    pub like: Option<QuotedPattern>,
    /// What every n-gram that is wanted fulfils, pushed down from WHERE.
    pub limits: Vec<Limit>,
    /// Where it stands.
    pub place: Place,
}

fn ngrams_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("NGRAMS")(input)?;
    let (rest, lengths) = opt(lengths).parse(rest)?;
    let (rest, like) = opt(preceded(keyword("LIKE"), cut(pattern))).parse(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Ngrams { lengths, like, limits: Vec::new(), place })))
}

fn lengths(input: Tokens<'_>) -> Parsed<'_, Spanned<(u64, u64)>> {
    let start = input.span();
    let range = map((whole, symbol(".."), cut(whole)), |(low, _, high)| (low, high));
    let (rest, ends) = alt((range, map(whole, |only| (only, only)))).parse(input)?;
    Ok((rest, Spanned::new(ends, start.to(input.last_before(rest)))))
}

impl Stage for Ngrams {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, _: &Shape, _: &dyn Catalog) -> Result<Shape> {
        if let Some(Spanned { node: (low, high), span }) = &self.lengths {
            if *low == 0 {
                return Err(Error::query("an n-gram has at least one unit").at(*span));
            }
            if low > high {
                let error = Error::query(format!("the range {low}..{high} is empty")).at(*span);
                return Err(error.hint(format!("write {high}..{low}")));
            }
        }
        Ok(shape())
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::none()
    }

    fn with_limits(&self, limits: &[Limit]) -> Option<Arc<dyn Stage>> {
        let own = limits.iter().filter(|limit| NgramColumn::named(&limit.column).is_some());
        let limits: Vec<Limit> = own.cloned().collect();
        if limits.is_empty() {
            return None;
        }
        Some(Arc::new(Ngrams { limits, ..self.clone() }))
    }

    fn descends_by(&self) -> Option<&str> {
        Some("count")
    }

    fn note(&self) -> Option<String> {
        note_of(&self.limits)
    }

    fn patterns(&self) -> Vec<&QuotedPattern> {
        self.like.iter().collect()
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let Corpus(view) = input.corpus()?;
        let (low, high) = self.range(&view)?;
        let columns: Vec<Option<NgramColumn>> = NgramColumn::ALL
            .iter()
            .map(|(column, name, _)| needed.contains(name).then_some(*column))
            .collect();
        let (least, usual) = (least_count(&self.limits), view.usual_count());
        let wanted = Wanted { view: Arc::clone(&view), lengths: low..=high, columns };
        let frequent = self.rows(wanted.clone(), least.max(usual)..=u64::MAX, context)?;
        if least >= usual {
            return Ok(Value::Table(shape(), frequent));
        }
        // The rare ones come last, and often nobody goes on so far.
        let rare = lazily(move || self.rows(wanted, least..=usual - 1, context));
        Ok(Value::Table(shape(), Box::new(frequent.chain(rare))))
    }
}

impl fmt::Display for Ngrams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NGRAMS")?;
        match &self.lengths {
            Some(Spanned { node: (low, high), .. }) if low == high => write!(f, " {low}")?,
            Some(Spanned { node: (low, high), .. }) => write!(f, " {low}..{high}")?,
            None => {}
        }
        self.like.iter().try_for_each(|like| write!(f, " LIKE {like}"))
    }
}

fn shape() -> Shape {
    let columns = NgramColumn::ALL.map(|(_, name, kind)| (name, kind));
    Shape::of(Kind::Table, &columns)
}

/// What rows are made of.
#[derive(Clone)]
struct Wanted<'a> {
    view: Arc<CorpusView<'a>>,
    lengths: RangeInclusive<usize>,
    /// `None` where nobody asks for the column.
    columns: Vec<Option<NgramColumn>>,
}

impl Ngrams {
    /// The lengths that are asked for, both ends in.
    fn range(&self, view: &CorpusView<'_>) -> Result<(usize, usize)> {
        let order = view.order();
        let Some(lengths) = &self.lengths else { return Ok((1, order)) };
        let (low, high) = lengths.node;
        let whole = |length: u64| usize::try_from(length).ok().filter(|length| *length <= order);
        whole(low).zip(whole(high)).ok_or_else(|| {
            let message = format!("{} counts n-grams up to {order}", view.record().name);
            Error::query(message).at(lengths.span)
        })
    }

    /// The rows whose counts are in a range, the most frequent first.
    fn rows<'a>(
        &'a self,
        wanted: Wanted<'a>,
        counts: RangeInclusive<u64>,
        context: &'a Context<'a>,
    ) -> Result<RowStream<'a>> {
        let Wanted { view, lengths, columns } = wanted;
        let (count, longest) = (*counts.start(), *lengths.end());
        let statistics = view.statistics(count, longest, context.cost, &context.control)?;
        let found = self.find(&view, &statistics, (lengths, counts), context)?;
        let ranks = NgramReader::new(&view, &statistics).ranks();
        let own = (Arc::clone(&view), Arc::clone(&statistics));
        let place = move |row: &Row| NgramReader::new(&own.0, &own.1).place(*row, &ranks);
        Ok(Box::new(Ranked::new(found, place).map(move |(_, row)| {
            let (reader, length) = (NgramReader::new(&view, &statistics), statistics.length(row));
            let datum = |column: &Option<NgramColumn>| {
                column.map_or(Datum::Null, |column| reader.datum(row, length, column))
            };
            let row = columns.iter().map(datum).collect();
            statistics.check()?;
            Ok(row)
        })))
    }

    /// The n-grams that are wanted with their counts.
    fn find(
        &self,
        view: &CorpusView<'_>,
        statistics: &Statistics,
        (lengths, counts): (RangeInclusive<usize>, RangeInclusive<u64>),
        context: &Context<'_>,
    ) -> Result<Vec<(u64, Row)>> {
        let reader = NgramReader::new(view, statistics);
        let matcher = self.matcher(view)?;
        let limits: Vec<(NgramColumn, &Limit)> = self
            .limits
            .iter()
            .filter_map(|limit| NgramColumn::named(&limit.column).map(|column| (column, limit)))
            .collect();
        let mut found = Vec::new();
        for length in lengths {
            for (seen, row) in statistics.rows(length).enumerate() {
                if seen % (1 << 14) == 0 {
                    context.check()?;
                }
                let count = statistics.count(row);
                let wanted = counts.contains(&count)
                    && limits.iter().all(|(column, limit)| {
                        reader.value(row, length, *column).is_some_and(|value| limit.allows(value))
                    });
                if wanted && matcher.as_ref().is_none_or(|like| like.matches(&reader.units(row))) {
                    found.push((count, row));
                }
            }
        }
        statistics.check()?;
        Ok(found)
    }

    fn matcher(&self, view: &CorpusView<'_>) -> Result<Option<Matcher>> {
        let split = |text: &str| {
            let pieces = view.splitter().pieces(text).into_iter();
            pieces.filter(|piece| piece.is_unit()).map(|piece| piece.text.into_owned()).collect()
        };
        let make = |like: &QuotedPattern| {
            Matcher::new(&like.pattern, &split).map_err(|error| error.at(like.quoted.span))
        };
        self.like.as_ref().map(make).transpose()
    }
}
