//! `TEMPLATES [WITH …]`: the templates of sentences, found from skip-grams.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result, Span};
use crate::mine::templates::{
    Cap, Clauses, Discovery, Limits, SkipGrams, Survey, Thresholds, Vocabulary, text_of,
};
use crate::mine::{Arguments, ParameterKind, ParameterRow};
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, with_clause};
use crate::query::node::Place;
use crate::query::parameters::Parameters;
use crate::query::rows::{ColumnKind, Datum, Row, RowStream};
use crate::query::sentences::{Segmented, each_clause, tokens_column};
use crate::query::skipgrams::{CLAUSES_SHARE, Counted, Owner, reach};
use crate::query::stage::{ColumnSet, Kind, Reads, Shape, Stage, StageRow, Takes, Value, With};
use crate::query::stages::Segment;
use crate::text::TextOptions;

/// The row of TEMPLATES.
pub(super) static ROW: StageRow = StageRow {
    name: "TEMPLATES",
    syntax: "TEMPLATES [WITH window = 5, min_proba = 1e-5, min_pmi = 2, …]",
    takes: Takes::Only(&[Kind::Sentences]),
    makes: Some(Kind::Templates),
    gives: "template, words, slots, count",
    help: "sentence templates: words that attract each other within the window, with slots [X] for \
           what stands between; SAVE AS keeps them for PARSE",
    with: With::Parameters(PARAMETERS),
    example: "FROM hlm | SEGMENT BY lex | TEMPLATES WITH window = 3 | SAVE AS tpl",
    paper: "Su Jianlin 2018, https://kexue.fm/archives/5577 and nlp-zero 0.1.6",
    parse: templates_stage,
};

const PARAMETERS: &[ParameterRow] = &[
    ParameterRow {
        name: "window",
        kind: ParameterKind::POSITIVE,
        default: "5",
        help: "how far apart two words of a link may stand",
    },
    ParameterRow {
        name: "min_proba",
        kind: ParameterKind::SHARE,
        default: "1e-5",
        help: "a pair of words, and a template, is more frequent than this share of all",
    },
    ParameterRow {
        name: "min_pmi",
        kind: ParameterKind::REAL,
        default: "2",
        help: "two words are linked when ln p(ab) − ln p(a) − ln p(b) is above this, in nats",
    },
    ParameterRow {
        name: "min_count",
        kind: ParameterKind::COUNT,
        default: "2",
        help: "a template is seen at least so often; nlp-zero takes those seen once as well",
    },
    ParameterRow {
        name: "max_slots",
        kind: ParameterKind::COUNT,
        default: "0",
        help: "templates with more slots are left out; 0 is no limit",
    },
    ParameterRow {
        name: "trivial",
        kind: ParameterKind::Boolean,
        default: "false",
        help: "whether one word between two slots is a template",
    },
    ParameterRow {
        name: "max_paths",
        kind: ParameterKind::POSITIVE,
        default: "1000",
        help: "of a clause with more paths through its links, the strongest are taken",
    },
];

/// Clauses between two looks at the clock and the memory.
const CHECK_EVERY: usize = 1 << 10;

/// TEMPLATES, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Templates {
    /// Thresholds and limits.
    pub parameters: Parameters,
    /// The SEGMENT before it, where it reads what the database keeps of corpora.
    pub segment: Option<Segment>,
    /// What was kept when the query was planned.
    pub kept: Option<String>,
    /// Where it stands.
    pub place: Place,
}

fn templates_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("TEMPLATES")(input)?;
    let (rest, parameters) = with_clause(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Templates { parameters, segment: None, kept: None, place })))
}

impl Stage for Templates {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, _: &Shape, _: &dyn Catalog) -> Result<Shape> {
        self.parameters.check(ROW.name, PARAMETERS)?;
        Ok(templates_shape())
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::of(["tokens"])
    }

    fn reads(&self) -> Reads {
        Reads::Text
    }

    fn join(
        &self,
        first: &dyn Stage,
        corpora: Option<&[String]>,
        catalog: &dyn Catalog,
    ) -> Result<Option<Arc<dyn Stage>>> {
        let first: &dyn Any = first;
        let (Some(segment), Some(corpora)) = (first.downcast_ref::<Segment>(), corpora) else {
            return Ok(None);
        };
        let Some(index) = catalog.index() else { return Ok(None) };
        let Some((name, identity)) = segment.fingerprint(index)? else { return Ok(None) };
        let owner = Owner { name, identity };
        let window = self.parameters.arguments(PARAMETERS)?.count("window");
        let mut told = Vec::new();
        for view in corpora.iter().filter_map(|name| index.view(name)) {
            let name = &view.record().name;
            told.push(match reach(&view, &owner, window)? {
                Some((_, true)) => format!("kept of {name}, nothing is counted again"),
                Some((ingests, false)) => {
                    format!("kept of {name} up to ingest {ingests}, only later text is counted")
                }
                None => format!("counted in {name} and kept"),
            });
        }
        let kept = format!("{segment}; skip-grams within {window} words {}", told.join("; "));
        let (segment, kept) = (Some(segment.clone()), Some(kept));
        Ok(Some(Arc::new(Templates { segment, kept, ..self.clone() })))
    }

    fn note(&self) -> Option<String> {
        self.kept.clone()
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let arguments = self.parameters.arguments(PARAMETERS)?;
        let (segment, corpora) = match (&self.segment, input) {
            (_, Value::Table(of, rows)) => {
                let text = of.text.or(context.text).unwrap_or_default();
                return self.of_rows(rows, tokens_column(&of)?, &text, &arguments, context);
            }
            (Some(segment), input) => (segment, input.corpora()?),
            (None, _) => return Err(Error::internal("TEMPLATES was given no sentences")),
        };
        let index = context.index()?;
        let Some((name, identity)) = segment.fingerprint(index)? else {
            return Err(Error::retry("the lexicon was dropped while the query began"));
        };
        let text = segment.text_options(None, index)?;
        let segmented = Segmented { corpora, segment, context };
        let owner = Owner { name, identity };
        let counted = Counted::of(&segmented, &owner, arguments.count("window"), &text)?;
        let Counted { grams, mut vocabulary, mut clauses } = counted;
        let memory = context.cost.memory / CLAUSES_SHARE;
        let words = clauses.as_ref().map(Clauses::words);
        let discovery = find(grams, words, &arguments, context, |each| {
            if let Some(clauses) = &clauses {
                return clauses.each(each);
            }
            let mut read = Some(Clauses::within(memory));
            for corpus in &segmented.corpora {
                let task = format!("templates of {}", corpus.0.record().name);
                let first = corpus.0.blocks().start;
                segmented.each_clause(
                    corpus,
                    first,
                    &task,
                    &mut vocabulary,
                    &mut read,
                    &mut *each,
                )?;
            }
            if let Some(read) = &mut read {
                read.forget_texts();
                read.each(each)?;
            }
            clauses = read;
            Ok(())
        })?;
        drop(clauses);
        Ok(found(discovery, &vocabulary, &text, &arguments, context))
    }
}

impl Templates {
    /// Finds the templates of sentences that come only once: their clauses are kept in memory.
    fn of_rows<'a>(
        &self,
        rows: RowStream<'a>,
        column: usize,
        text: &TextOptions,
        arguments: &Arguments,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let window = usize::try_from(arguments.count("window")).unwrap_or(usize::MAX);
        let Counted { mut grams, mut vocabulary, .. } = Counted::new(window, text);
        let (memory, mut seen) = (context.cost.memory, 0usize);
        let mut clauses = Clauses::default();
        each_clause(rows, column, &mut vocabulary, |_, clause| {
            grams.count(&clause.words, 1);
            clauses.push(&clause.words);
            seen += 1;
            if seen.is_multiple_of(CHECK_EVERY) {
                context.check()?;
                grams.fits(memory.saturating_sub(clauses.bytes()))?;
            }
            Ok(())
        })?;
        let words = Some(clauses.words());
        let discovery = find(grams, words, arguments, context, |each| clauses.each(each))?;
        drop(clauses);
        Ok(found(discovery, &vocabulary, text, arguments, context))
    }
}

impl fmt::Display for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TEMPLATES{}", self.parameters)
    }
}

/// The columns of templates.
pub fn templates_shape() -> Shape {
    let columns = [
        ("template", ColumnKind::Text),
        ("words", ColumnKind::Integer),
        ("slots", ColumnKind::Integer),
        ("count", ColumnKind::Integer),
    ];
    Shape::of(Kind::Templates, &columns)
}

/// Whoever is handed clauses, each with how often it occurs.
type Taker<'t> = dyn FnMut(&[u32], u64) -> Result<()> + 't;

/// Finds the templates once the skip-grams are known. `through` hands all clauses to whoever asks,
/// as often as it is asked, so many words in all.
fn find(
    mut grams: SkipGrams,
    words: Option<u64>,
    arguments: &Arguments,
    context: &Context<'_>,
    mut through: impl FnMut(&mut Taker<'_>) -> Result<()>,
) -> Result<Discovery> {
    let limits = Limits {
        thresholds: Thresholds {
            min_proba: arguments.real("min_proba"),
            min_pmi: arguments.real("min_pmi"),
        },
        min_count: arguments.count("min_count"),
        max_slots: arguments.count("max_slots"),
        trivial: arguments.boolean("trivial"),
    };
    let memory = context.cost.memory;
    let paths = usize::try_from(arguments.count("max_paths")).unwrap_or(usize::MAX);
    let words = words.unwrap_or_else(|| grams.words().iter().sum());
    let (links, window) = (grams.links(limits.thresholds), grams.window());
    drop(grams);
    let cap = Cap { paths, memory };
    let mut survey = Survey::new(links, window, cap, limits, words);
    let mut seen = 0usize;
    through(&mut |clause, times| {
        seen += 1;
        if seen.is_multiple_of(CHECK_EVERY) {
            context.check()?;
        }
        survey.add(clause, times)
    })?;
    let mut discovery = survey.finish();
    through(&mut |clause, times| {
        seen += 1;
        if seen.is_multiple_of(CHECK_EVERY) {
            context.check()?;
            discovery.fits(memory)?;
        }
        discovery.add(clause, times)
    })?;
    Ok(discovery)
}

/// The rows, the frequent first, ties by the template; and a note where the cap left paths out.
fn found<'a>(
    discovery: Discovery,
    vocabulary: &Vocabulary,
    text: &TextOptions,
    arguments: &Arguments,
    context: &Context<'_>,
) -> Value<'a> {
    let capped = discovery.capped();
    if capped.clauses > 0 {
        let most = match capped.most {
            u64::MAX => "more than 10^19".to_owned(),
            most => most.to_string(),
        };
        let (one, clauses) = (capped.clauses == 1, capped.clauses);
        context.notes.add(format!(
            "{clauses} clause{} than max_paths = {} paths, up to {most}; the strongest were taken",
            if one { " has more" } else { "s have more" },
            arguments.count("max_paths")
        ));
    }
    let mut found: Vec<(u64, String, usize, usize)> = Vec::new();
    discovery.each(|parts, count| {
        let slots = parts.iter().filter(|part| part.is_none()).count();
        let words = parts.len() - slots;
        let texts = parts.iter().map(|part| part.map(|word| vocabulary.text(word)));
        found.push((count, text_of(texts, vocabulary.apart()), words, slots));
    });
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let rows = found.into_iter().map(|(count, template, words, slots)| -> Result<Row> {
        let number = |number: usize| Datum::count(number as u64);
        Ok(vec![Datum::text(template), number(words), number(slots), Datum::count(count)])
    });
    let shape = Shape { text: Some(*text), ..templates_shape() };
    Value::Table(shape, Box::new(rows))
}
