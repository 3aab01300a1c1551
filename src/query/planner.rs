//! From a query to a plan: every stage fits what comes before it, and is told what it may skip.
//!
//! Nothing is read here. Each rewrite is a function with a name, and none changes an answer.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::query::answered::{ask_saved, find_to_spare};
use crate::query::context::{Catalog, Context};
use crate::query::difference;
use crate::query::nearest::{did_you_mean, there_is_no};
use crate::query::node::Name;
use crate::query::stage::{ColumnSet, Kind, Limit, Reads, Shape, Stage, Value};
use crate::query::stages::STAGES;
use crate::query::tokenised::tokenised;
use crate::query::tree::{Listed, Query, Refreshed, Source};
use crate::text::TextOptions;

/// Stages after which all itemsets are still there.
const KEEP_ALL: &[&str] = &["ITEMSETS", "SORT", "SAVE"];

/// Stages after which rows come in the order in which they came before.
const KEEP_ORDER: &[&str] = &["WHERE", "LIMIT"];

/// A query whose stages fit together.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where the data comes from.
    pub source: Source,
    /// What comes from there.
    pub shape: Shape,
    /// How a corpus there is cut into units.
    pub text: Option<TextOptions>,
    /// What is done to it.
    pub steps: Vec<Step>,
}

/// A stage in its place.
#[derive(Clone, Debug)]
pub struct Step {
    /// The stage.
    pub stage: Arc<dyn Stage>,
    /// What it gives.
    pub shape: Shape,
    /// Which columns of that somebody asks for.
    pub needed: ColumnSet,
}

/// The plan of a query, rewritten.
pub fn plan(query: &Query, catalog: &dyn Catalog) -> Result<Plan> {
    let plan = join_stages(optimize(plan_as_written(query, catalog)?), catalog)?;
    ask_saved(find_to_spare(plan), catalog)
}

/// The plan of a query, checked and not rewritten.
pub fn plan_as_written(query: &Query, catalog: &dyn Catalog) -> Result<Plan> {
    let source = source_shape(&query.source, catalog)?;
    let mut steps: Vec<Step> = Vec::with_capacity(query.stages.len());
    for stage in &query.stages {
        if stage.wants_documents() {
            tell_documents(&source, &mut steps, catalog)?;
        }
        let before = steps.last().map_or(&source, |step| &step.shape);
        check_fit(stage.as_ref(), before.kind, steps.last(), &query.source)?;
        let mut shape = stage.plan(before, catalog).map_err(|error| error.at(stage.span()))?;
        // Whatever else came in between may have left itemsets out.
        if !KEEP_ALL.contains(&stage.row().name) {
            shape.mined = None;
        }
        let stage = stage.with_input(before, catalog)?.unwrap_or_else(|| Arc::clone(stage));
        steps.push(Step { stage, shape, needed: ColumnSet::All });
    }
    let text = text_options(&query.source, catalog);
    Ok(Plan { source: query.source.clone(), shape: source, text, steps })
}

/// Lets the last stage say of which document its rows are, if it can.
fn tell_documents(source: &Shape, steps: &mut [Step], catalog: &dyn Catalog) -> Result<()> {
    if let Some((last, before)) = steps.split_last_mut()
        && let Some(stage) = last.stage.with_documents()
    {
        let input = before.last().map_or(source, |step| &step.shape);
        last.shape = stage.plan(input, catalog).map_err(|error| error.at(stage.span()))?;
        last.stage = stage;
    }
    Ok(())
}

/// Every rewrite, in order.
pub fn optimize(plan: Plan) -> Plan {
    let plan = without_idle_sorts(push_limits_down(count_at_the_source(plan)));
    only_needed_columns(push_row_limits_down(plan))
}

/// Lets a stage count its rows where a STATS after it would do nothing else, so that none is made.
pub fn count_at_the_source(mut plan: Plan) -> Plan {
    for index in 1..plan.steps.len() {
        let Some(name) = plan.steps[index].stage.counts_rows() else { continue };
        if let Some(stage) = plan.steps[index - 1].stage.with_count(&name) {
            plan.steps[index - 1].stage = stage;
            plan.steps[index - 1].shape = plan.steps.remove(index).shape;
            break;
        }
    }
    plan
}

/// Lets a second stage do the work of the first as well, where it can.
pub fn join_stages(mut plan: Plan, catalog: &dyn Catalog) -> Result<Plan> {
    let corpora: Option<Vec<String>> = match &plan.source {
        _ if plan.shape.kind != Kind::Corpus => None,
        Source::Names(names) => Some(names.iter().map(|name| name.text.clone()).collect()),
        Source::Current(_) => Some(catalog.current().into_iter().collect()),
        _ => None,
    };
    if let [first, second, ..] = plan.steps.as_slice()
        && let Some(stage) = second.stage.join(first.stage.as_ref(), corpora.as_deref(), catalog)?
    {
        plan.steps.remove(0);
        plan.steps[0].stage = stage;
    }
    Ok(plan)
}

/// Tells a stage the conditions of the WHEREs that directly follow it.
pub fn push_limits_down(mut plan: Plan) -> Plan {
    for index in 0..plan.steps.len() {
        let following = plan.steps.iter().skip(index + 1).map(|step| &step.stage);
        let filters = following.take_while(|stage| stage.row().name == "WHERE");
        let limits: Vec<Limit> = filters.flat_map(|stage| stage.limits()).collect();
        if limits.is_empty() {
            continue;
        }
        if let Some(step) = plan.steps.get_mut(index)
            && let Some(stage) = step.stage.with_limits(&limits)
        {
            step.stage = stage;
        }
    }
    plan
}

/// Leaves out a SORT of rows that come in its order anyway, and are perhaps not all made then.
pub fn without_idle_sorts(mut plan: Plan) -> Plan {
    let mut order: Option<String> = None;
    plan.steps.retain(|step| {
        let sorted = step.stage.sorts_by();
        let is_idle = sorted.is_some() && sorted == order.as_deref();
        if !is_idle && !KEEP_ORDER.contains(&step.stage.row().name) {
            order = step.stage.descends_by().map(str::to_owned);
        }
        !is_idle
    });
    plan
}

/// Tells a stage how many rows a LIMIT after it takes, also through stages that go row by row.
pub fn push_row_limits_down(mut plan: Plan) -> Plan {
    let mut most: Option<u64> = None;
    for step in plan.steps.iter_mut().rev() {
        if let Some(rows) = step.stage.row_limit() {
            most = Some(rows);
        } else if !step.stage.is_row_by_row() {
            if let Some(stage) = most.and_then(|rows| step.stage.with_row_limit(rows)) {
                step.stage = stage;
            }
            most = None;
        }
    }
    plan
}

/// Tells each stage which of its columns later stages, or the reader, ask for.
pub fn only_needed_columns(mut plan: Plan) -> Plan {
    let names = |shape: &Shape| ColumnSet::of(shape.columns.iter().map(|c| c.name.clone()));
    let mut needed = plan.steps.last().map_or(ColumnSet::All, |step| names(&step.shape));
    for step in plan.steps.iter_mut().rev() {
        if needed == ColumnSet::All {
            needed = names(&step.shape);
        }
        step.needed = needed;
        needed = step.stage.needs(&step.needed);
    }
    plan
}

impl Plan {
    /// What the whole gives.
    pub fn output(&self) -> &Shape {
        self.steps.last().map_or(&self.shape, |step| &step.shape)
    }

    /// What the first stage reads of a corpus.
    pub fn reads(&self) -> Reads {
        self.steps.first().map_or(Reads::Text, |step| step.stage.reads())
    }

    /// What is done about several corpora, for EXPLAIN.
    fn source_note(&self) -> &'static str {
        match (&self.source, self.reads()) {
            (Source::Names(names), Reads::Counts) if names.len() > 1 => {
                "  [their kept texts counted together]"
            }
            (Source::Names(names), Reads::Sums) if names.len() > 1 => "  [counts added up]",
            _ => "",
        }
    }

    /// The notes of a step: what rewrites have added, and its patterns as they were tokenised.
    pub fn notes(&self, step: &Step) -> String {
        let patterns = step.stage.patterns();
        let patterns = patterns.iter().zip(self.text.iter().cycle());
        let read = patterns.map(|(own, text)| tokenised(&own.pattern, text));
        let read: Vec<String> = read.collect();
        let read = (!read.is_empty()).then(|| format!("looks for {}", read.join(", ")));
        let notes = step.stage.note().into_iter().chain(read);
        notes.map(|note| format!("  [{note}]")).collect()
    }

    /// Runs the stages on what the source gave.
    pub fn run<'a>(&'a self, source: Value<'a>, context: &'a Context<'a>) -> Result<Value<'a>> {
        self.steps.iter().try_fold(source, |value, step| {
            context.check()?;
            let ran = step.stage.run(value, &step.needed, context);
            ran.map_err(|error| error.at(step.stage.span()))
        })
    }
}

/// The plan as an indented tree, the last stage on top of what feeds it.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, step) in self.steps.iter().rev().enumerate() {
            write!(f, "{:indent$}{}", "", step.stage, indent = depth * 2)?;
            write!(f, "{}  → {}", self.notes(step), step.shape.kind)?;
            if let ColumnSet::Some(needed) = &step.needed {
                let of = &step.shape.columns;
                let made: Vec<&str> = of.iter().map(|column| column.name.as_str()).collect();
                let used: Vec<&str> =
                    made.iter().copied().filter(|n| needed.contains(*n)).collect();
                match used.len() {
                    0 => f.write_str(": no column")?,
                    _ => write!(f, ": {}", used.join(", "))?,
                }
            }
            writeln!(f)?;
        }
        let source = match self.source {
            Source::Current(_) => "the corpus in use".to_owned(),
            _ => self.source.to_string(),
        };
        let (indent, note, kind) = (self.steps.len() * 2, self.source_note(), self.shape.kind);
        write!(f, "{:indent$}{source}{note}  → {kind}", "")
    }
}

/// How the first corpus of a source is cut into units.
fn text_options(source: &Source, catalog: &dyn Catalog) -> Option<TextOptions> {
    let name = match source {
        Source::Names(names) => names.first()?.text.clone(),
        Source::Since { corpus, .. } => corpus.text.clone(),
        Source::Current(_) => catalog.current()?,
        Source::Text(_)
        | Source::Files(_)
        | Source::Stdin(_)
        | Source::Last(_)
        | Source::Refreshed { .. } => return None,
    };
    catalog.record(&name).map(|record| record.text)
}

fn source_shape(source: &Source, catalog: &dyn Catalog) -> Result<Shape> {
    match source {
        Source::Text(_) | Source::Files(_) | Source::Stdin(_) => Ok(Shape::text()),
        Source::Names(names) => names_shape(names, catalog),
        Source::Since { corpus, .. } => {
            let shape = named_shape(corpus, catalog)?;
            if shape.kind.is_table() {
                let (name, kind) = (&corpus.text, shape.kind);
                let message = format!("`{name}` is {kind}, and only a corpus has ingests");
                return Err(Error::query(message).at(corpus.span));
            }
            Ok(shape)
        }
        Source::Current(place) => match catalog.current() {
            Some(name) => named_shape(&Name::new(name, place.0), catalog),
            None => {
                let error = Error::query("no corpus is in use").at(place.0);
                Err(error.hint("begin with FROM name, or say USE name before"))
            }
        },
        Source::Last(place) => catalog.last().ok_or_else(|| {
            Error::query("there is no last result yet").at(place.0).hint("run a query first")
        }),
        Source::Refreshed { what, name } => refreshed_shape(*what, name, catalog),
    }
}

/// What REFRESH tells of a saved result, which has to be there.
fn refreshed_shape(what: Refreshed, name: &Name, catalog: &dyn Catalog) -> Result<Shape> {
    let (kind, noun, shape) = match what {
        Refreshed::List(Listed::Lexicon) => (Kind::Words, "lexicon", difference::shape()),
        Refreshed::List(Listed::Templates) => {
            (Kind::Templates, "templates", difference::shape_of("template"))
        }
        Refreshed::Itemsets => (Kind::Itemsets, "itemsets", difference::shape_of_sets()),
    };
    let is_meant = |name: &str| -> Result<bool> {
        Ok(catalog.saved(name)?.is_some_and(|shape| shape.kind == kind))
    };
    if is_meant(&name.text)? {
        return Ok(shape);
    }
    let mut names = catalog.saved_names();
    names.retain(|name| is_meant(name).unwrap_or(false));
    let message = format!("{} `{}`", there_is_no(noun), name.text);
    let error = Error::query(message).at(name.span);
    let near = did_you_mean(&name.text, names.iter().map(String::as_str));
    Err(near.into_iter().fold(error.expected(names), Error::hint))
}

fn names_shape(names: &[Name], catalog: &dyn Catalog) -> Result<Shape> {
    let mut shape = Shape::corpus();
    for (index, name) in names.iter().enumerate() {
        shape = named_shape(name, catalog)?;
        if shape.kind.is_table() && names.len() > 1 {
            let message = format!("`{}` is {}, and only corpora add up", name.text, shape.kind);
            return Err(Error::query(message).at(name.span).hint("name it alone"));
        }
        if names.iter().take(index).any(|earlier| earlier == name) {
            let message = format!("`{}` is named twice", name.text);
            return Err(Error::query(message).at(name.span));
        }
    }
    if let Some((first, others)) = names.split_first() {
        others.iter().try_for_each(|other| check_alike(first, other, catalog))?;
    }
    Ok(shape)
}

/// Refuses two corpora whose counts do not add up: another order, or text cut otherwise.
fn check_alike(one: &Name, other: &Name, catalog: &dyn Catalog) -> Result<()> {
    let records = catalog.record(&one.text).zip(catalog.record(&other.text));
    let Some((first, second)) = records else { return Ok(()) };
    // Whether the text is kept changes no count.
    let (mine, theirs) = (first.options(), second.options());
    let mut both = mine.iter().zip(&theirs).filter(|((option, _), _)| *option != "keep_text");
    match both.find(|(mine, theirs)| mine != theirs) {
        None => Ok(()),
        Some(((option, mine), (_, theirs))) => Err(Error::query(format!(
            "{one} and {other} do not add up: {option} is {mine} in {one} and {theirs} in {other}"
        ))
        .at(other.span)),
    }
}

fn named_shape(name: &Name, catalog: &dyn Catalog) -> Result<Shape> {
    let corpora = catalog.corpora();
    if corpora.contains(&name.text) {
        let unit = catalog.record(&name.text).map(|record| record.text.unit);
        return Ok(Shape::corpus_of(unit.unwrap_or_default()));
    }
    if let Some(shape) = catalog.saved(&name.text)? {
        return Ok(shape);
    }
    let saved = catalog.saved_names();
    let error = Error::query(format!("there is no corpus or saved result `{}`", name.text));
    let error = error.at(name.span);
    let near = did_you_mean(&name.text, corpora.iter().chain(&saved).map(String::as_str));
    let hint = near.unwrap_or_else(|| {
        if corpora.is_empty() && saved.is_empty() {
            "the database is empty: CREATE CORPUS name".into()
        } else {
            "SHOW CORPORA and SHOW LEXICONS list what there is".into()
        }
    });
    Err(error.hint(hint))
}

/// Refuses a stage that does not take the kind before it, naming both and what would help.
fn check_fit(stage: &dyn Stage, kind: Kind, before: Option<&Step>, source: &Source) -> Result<()> {
    let row = stage.row();
    if row.takes.accepts(kind) {
        return Ok(());
    }
    let from = match (before, source) {
        (Some(step), _) => step.stage.row().name.to_owned(),
        (None, Source::Current(_)) => "the corpus in use".to_owned(),
        (None, source) => source.to_string(),
    };
    let message = format!("{} takes {}, and {from} gives {kind}", row.name, row.takes);
    let error = Error::query(message).at(stage.span()).expected([row.takes.to_string()]);
    let bridges = STAGES.iter().filter(|bridge| {
        bridge.takes.accepts(kind) && bridge.makes.is_some_and(|made| row.takes.accepts(made))
    });
    let bridges: Vec<&str> = bridges.map(|bridge| bridge.name).collect();
    if kind == Kind::Baskets {
        return Err(error
            .hint("a corpus of items has no text and no n-grams; ITEMSETS and SEQUENCES mine it"));
    }
    Err(match bridges.split_last() {
        None if row.takes.accepts(Kind::Corpus) => {
            error.hint(format!("{} comes first, directly after FROM corpus", row.name))
        }
        None => error,
        Some((last, [])) => error.hint(format!("{last} between them would fit")),
        Some((last, others)) => {
            error.hint(format!("{} or {last} between them would fit", others.join(", ")))
        }
    })
}
