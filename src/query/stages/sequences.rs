//! `SEQUENCES [WITH …]`: frequent sequences of words or items, with gaps between them.

use std::fmt;
use std::sync::Arc;

use crate::error::{Result, Span};
use crate::mine::sequences::{GAP, Sentences, SequenceLimits, sequences};
use crate::mine::templates::{Token, Vocabulary};
use crate::mine::{ParameterKind, ParameterRow};
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, with_clause};
use crate::query::node::Place;
use crate::query::parameters::{Parameters, ShareOrCount};
use crate::query::rows::{ColumnKind, Datum};
use crate::query::sentences::{tokens, tokens_column};
use crate::query::source::Corpus;
use crate::query::stage::{ColumnSet, Kind, Reads, Shape, Stage, StageRow, Takes, Value, With};
use crate::query::transactions::Naming;

/// The row of SEQUENCES.
pub(super) static ROW: StageRow = StageRow {
    name: "SEQUENCES",
    syntax: "SEQUENCES [WITH support = 0.1%, max_gap = 2, max_size = 0, closed = false]",
    takes: Takes::Only(&[Kind::Sentences, Kind::Baskets]),
    makes: Some(Kind::Table),
    gives: "sequence, size, count, support",
    help: "words that follow each other in at least so many sentences, with up to max_gap tokens \
           between two of them; punctuation takes up a place and is in no sequence. Of a corpus of \
           items: items that follow each other in transactions, in the order in which they were \
           written",
    with: With::Parameters(PARAMETERS),
    example: "FROM hlm | SEGMENT BY lex | SEQUENCES WITH support = 50, max_gap = 2, closed = true",
    paper: "Pei et al. 2004, Mining sequential patterns by pattern-growth: the PrefixSpan approach",
    parse: sequences_stage,
};

const PARAMETERS: &[ParameterRow] = &[
    ParameterRow {
        name: "support",
        kind: ParameterKind::ShareOrCount,
        default: "0.1%",
        help: "a sequence is in at least so many sentences or transactions, or such a share of \
               them",
    },
    ParameterRow {
        name: "max_gap",
        kind: ParameterKind::COUNT,
        default: "",
        help: "how many tokens or items may stand between two of a sequence; any number without it",
    },
    ParameterRow {
        name: "max_size",
        kind: ParameterKind::COUNT,
        default: "0",
        help: "the most words or items of a sequence; 0 is no limit",
    },
    ParameterRow {
        name: "closed",
        kind: ParameterKind::Boolean,
        default: "false",
        help: "leaves out what is in as many sentences as a sequence with one more word or item",
    },
];

/// The support without one given.
const SUPPORT: ShareOrCount = ShareOrCount::Share(0.001);
/// Sentences between two looks at the memory.
const CHECK_EVERY: usize = 1 << 12;

/// SEQUENCES, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequences {
    /// Limits.
    pub parameters: Parameters,
    /// Where it stands.
    pub place: Place,
}

fn sequences_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("SEQUENCES")(input)?;
    let (rest, parameters) = with_clause(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Sequences { parameters, place })))
}

impl Stage for Sequences {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, _: &Shape, _: &dyn Catalog) -> Result<Shape> {
        self.parameters.check(ROW.name, PARAMETERS)?;
        Ok(shape())
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::of(["tokens"])
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
        let (sentences, names) = match input {
            Value::Corpus(_) | Value::Corpora(_) => of_items(&input.corpora()?, context)?,
            input => of_tokens(input, context)?,
        };
        let total = sentences.len() as u64;
        let size = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let parameters = &self.parameters;
        let limits = SequenceLimits {
            support: parameters.share_or_count("support")?.unwrap_or(SUPPORT).least(total),
            max_gap: parameters.count("max_gap")?.map(size),
            max_size: size(parameters.count("max_size")?.unwrap_or(0)),
            closed: parameters.boolean("closed")?.unwrap_or(false),
            memory: context.cost.memory.saturating_sub(sentences.bytes()),
        };
        let mut found: Vec<(u64, Vec<&str>)> = sequences(&sentences, &limits, &context.control)?
            .into_iter()
            .map(|(items, count)| {
                (count, items.iter().map(|item| &*names[*item as usize]).collect())
            })
            .collect();
        found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let rows: Vec<_> =
            found.into_iter().map(|(count, items)| row(count, &items, total)).collect();
        Ok(Value::Table(shape(), Box::new(rows.into_iter().map(Ok))))
    }
}

/// Sentences, and the names of what is in them, by number.
type Named = (Sentences, Vec<Arc<str>>);

/// The words of sentences, punctuation as gaps.
fn of_tokens(input: Value<'_>, context: &Context<'_>) -> Result<Named> {
    let (of, rows) = input.table()?;
    let column = tokens_column(&of)?;
    let mut vocabulary = Vocabulary::new(&of.text.or(context.text).unwrap_or_default());
    let mut sentences = Sentences::default();
    for row in rows {
        let row = row?;
        let words = tokens(&row, column).filter_map(|token| match vocabulary.token(token) {
            Token::Word(word) => Some(word),
            Token::Boundary => Some(GAP),
            Token::Blank => None,
        });
        add(&mut sentences, words, context)?;
    }
    Ok((sentences, vocabulary.words().map(Arc::from).collect()))
}

/// The items of transactions in the order in which they were written.
fn of_items(corpora: &[Corpus<'_>], context: &Context<'_>) -> Result<Named> {
    let (mut all, mut sentences) = (Naming::default(), Sentences::default());
    for Corpus(view) in corpora {
        let items = (0u32..).take(view.dictionary().len());
        let numbers: Vec<u32> = items.map(|item| all.number(&view.item(item).into())).collect();
        view.each_transaction(&context.control, |items| {
            let items = items.iter().map(|item| numbers[*item as usize]);
            add(&mut sentences, items, context)
        })?;
    }
    Ok((sentences, all.names))
}

fn add(
    sentences: &mut Sentences,
    items: impl Iterator<Item = u32>,
    context: &Context<'_>,
) -> Result<()> {
    sentences.push(items);
    if sentences.len().is_multiple_of(CHECK_EVERY) {
        context.check()?;
        sentences.fits(context.cost.memory)?;
    }
    Ok(())
}

fn row(count: u64, items: &[&str], total: u64) -> Vec<Datum> {
    let list = items.iter().map(Datum::text).collect();
    vec![
        Datum::List(list),
        Datum::count(items.len() as u64),
        Datum::count(count),
        Datum::real(count as f64 / total as f64),
    ]
}

impl fmt::Display for Sequences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SEQUENCES{}", self.parameters)
    }
}

fn shape() -> Shape {
    let columns = [
        ("sequence", ColumnKind::List),
        ("size", ColumnKind::Integer),
        ("count", ColumnKind::Integer),
        ("support", ColumnKind::Real),
    ];
    Shape::of(Kind::Table, &columns)
}
