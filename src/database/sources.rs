//! The sources of queries: corpora, parts and unions of them, saved results, text.

use std::sync::Arc;

use crate::database::session::{Input, Session};
use crate::error::{Error, Result};
use crate::index::{CorpusView, Index};
use crate::query::context::Context;
use crate::query::node::{Name, Place, Quoted, Spanned};
use crate::query::planner::Plan;
use crate::query::saved;
use crate::query::source::{Corpus, Lines};
use crate::query::stage::{Reads, Value};
use crate::query::tree::{Query, Source};
use crate::store::MemoryStore;
use crate::text::{Input as TextInput, InputOptions, expand};

/// Text is read from files in pieces of this size.
const CHUNK: usize = 1 << 16;
/// Bytes that a byte of text may take up when it is counted again in memory: its windows, their
/// copy while segments are written, and the text itself.
const RECOUNT_FACTOR: u64 = 4;

/// A source that is open.
enum Opened<'d> {
    /// As it is.
    Value(Value<'d>),
    /// Views whose kept text has to be counted together before the query can be asked.
    Recount(Vec<CorpusView<'d>>),
}

impl<'d> Session<'d> {
    /// Opens the source of a planned query; everything that running it needs.
    pub(super) fn begin<'s>(
        &'s mut self,
        plan: Plan,
        query: &Query,
        input: Option<Input>,
    ) -> Result<(&'s Plan, Value<'s>, &'s Context<'s>)> {
        let value = match self.open(&plan, query, input)? {
            Opened::Value(value) => Some(value),
            Opened::Recount(views) => {
                self.scratch = Some(self.recount(&plan, &views)?);
                None
            }
        };
        self.plan = Some(plan);
        let this: &'s Self = self;
        let value = value.or_else(|| {
            let index = this.scratch.as_ref()?;
            let view = index.view(index.names().first()?)?;
            Some(Value::Corpus(Corpus(Arc::new(view))))
        });
        match (&this.plan, value) {
            (Some(plan), Some(value)) => Ok((plan, value, &this.context)),
            _ => Err(Error::internal("a query lost its source")),
        }
    }

    /// Counts the kept text of some views into an index of its own, in memory.
    fn recount(&self, plan: &Plan, views: &[CorpusView<'_>]) -> Result<Index> {
        let bytes: u64 = views.iter().map(|view| view.manifest().totals.bytes).sum();
        let mut cost = self.context.cost;
        if bytes.saturating_mul(RECOUNT_FACTOR) > cost.memory {
            let stage = plan.steps.first().map_or("this", |step| step.stage.row().name);
            let message = format!(
                "{stage} of this source means counting {} MB of kept text in memory, and {} MB \
                 are allowed",
                bytes >> 20,
                cost.memory >> 20
            );
            let wanted = (bytes.saturating_mul(RECOUNT_FACTOR) >> 20) + 1;
            let hint = format!("SET memory = {wanted}MiB, or INGEST the texts into one corpus");
            return Err(Error::query(message).at(plan.source.span()).hint(hint));
        }
        cost.memory /= 2;
        let index = Index::open(Box::new(MemoryStore::new()), false)?;
        let name = views.first().map_or("", |view| view.record().name.as_str());
        index.recount(name, views, cost, &self.context.control)?;
        Ok(index)
    }

    /// Opens the source of a query and notes in the context where it comes from.
    fn open(&mut self, plan: &Plan, query: &Query, input: Option<Input>) -> Result<Opened<'d>> {
        self.context.query = match (&query.source, &self.current) {
            (Source::Current(place), Some(name)) => {
                format!("FROM {} | {query}", Name::new(name.clone(), place.0))
            }
            _ => query.to_string(),
        };
        let value = match &plan.source {
            Source::Text(texts) => {
                let lines: Vec<Result<String>> = texts.iter().flat_map(lines_of).map(Ok).collect();
                Value::Text(Lines(Box::new(lines.into_iter())))
            }
            Source::Files(files) => files_source(files)?,
            Source::Stdin(place) => stdin_source(input, *place)?,
            Source::Names(names) => match names.as_slice() {
                [name] => self.named_source(name)?,
                several => return self.union_source(several, plan.reads()),
            },
            Source::Since { corpus, ingest } => {
                return self.since_source(corpus, ingest, plan.reads());
            }
            Source::Current(place) => {
                let name = Name::new(self.current.clone().unwrap_or_default(), place.0);
                self.named_source(&name)?
            }
            Source::Last(place) => self.last_source(*place)?,
            Source::Refreshed { what, name } => self.refreshed(*what, name)?,
        };
        Ok(Opened::Value(value))
    }

    fn view(&mut self, name: &Name) -> Option<CorpusView<'d>> {
        let view = self.database.index().view(&name.text)?;
        self.context.sources.push((name.text.clone(), view.manifest().ingests));
        Some(view)
    }

    fn named_source(&mut self, name: &Name) -> Result<Value<'d>> {
        if let Some(view) = self.view(name) {
            return Ok(Value::Corpus(Corpus(Arc::new(view))));
        }
        let index = self.database.index();
        let head = index.saved_head(&name.text)?.ok_or_else(|| {
            Error::query(format!("there is no corpus or saved result `{}`", name.text))
        })?;
        self.context.sources.clone_from(&head.sources);
        self.context.text = head.text;
        saved::value(index, &head)
    }

    /// Several corpora: each for itself where the stage adds up, else counted together.
    fn union_source(&mut self, names: &[Name], reads: Reads) -> Result<Opened<'d>> {
        let mut views = Vec::with_capacity(names.len());
        for name in names {
            views.push(self.view(name).ok_or_else(|| self.unknown("corpus", name))?);
        }
        if reads == Reads::Counts {
            return Ok(Opened::Recount(views));
        }
        let corpora = views.into_iter().map(|view| Corpus(Arc::new(view))).collect();
        Ok(Opened::Value(Value::Corpora(corpora)))
    }

    /// What came after an ingest: read off its segments where they stand apart, else counted.
    fn since_source(
        &mut self,
        name: &Name,
        ingest: &Spanned<u64>,
        reads: Reads,
    ) -> Result<Opened<'d>> {
        let view = self.view(name).ok_or_else(|| self.unknown("corpus", name))?;
        let ingests = view.manifest().ingests;
        let Some(after) = u32::try_from(ingest.node).ok().filter(|after| *after <= ingests) else {
            let message = format!("{name} has no ingest {}: there were {ingests}", ingest.node);
            let hint = format!("SHOW INGESTS IN {name} lists them");
            return Err(Error::query(message).at(ingest.span).hint(hint));
        };
        let apart = reads == Reads::Text || view.stands_apart_since(after);
        let part = view.since(after)?;
        if apart {
            return Ok(Opened::Value(Value::Corpus(Corpus(Arc::new(part)))));
        }
        if !part.record().keep_text {
            let message = format!(
                "what came into {name} after ingest {after} was merged with what was there before"
            );
            let hint =
                format!("{name} was created WITH keep_text = false: there is no text to count");
            return Err(Error::query(message).at(ingest.span).hint(hint));
        }
        Ok(Opened::Recount(vec![part]))
    }

    fn last_source(&self, place: Place) -> Result<Value<'d>> {
        let last = self.last_result();
        let Some(shape) = last.shape.clone() else {
            return Err(Error::query("there is no last result yet").at(place.0));
        };
        if !last.complete {
            return Err(Error::query("the last result was not read to its end")
                .at(place.0)
                .hint("SAVE AS name keeps a long result"));
        }
        let rows = last.rows.clone();
        Ok(Value::Table(shape, Box::new(rows.into_iter().map(Ok))))
    }
}

fn stdin_source(input: Option<Input>, place: Place) -> Result<Value<'static>> {
    let Some(input) = input else {
        return Err(Error::input("there is no standard input to read here").at(place.0));
    };
    let input = TextInput::reader("standard input", input, &InputOptions::default());
    Ok(Value::Text(Lines(Box::new(input_lines(input.map_err(|error| error.at(place.0))?)))))
}

fn lines_of(text: &Quoted) -> Vec<String> {
    text.text.lines().map(String::from).collect()
}

fn files_source(files: &[Quoted]) -> Result<Value<'static>> {
    let mut paths = Vec::new();
    for file in files {
        let found = expand(std::slice::from_ref(&file.text));
        paths.extend(found.map_err(|error| error.at(file.span))?);
    }
    let lines = paths.into_iter().flat_map(|path| -> Box<dyn Iterator<Item = Result<String>>> {
        match TextInput::open(&path, &InputOptions::default()) {
            Err(error) => Box::new(std::iter::once(Err(error))),
            Ok(input) => Box::new(input_lines(input)),
        }
    });
    Ok(Value::Text(Lines(Box::new(lines))))
}

fn input_lines(mut input: TextInput) -> impl Iterator<Item = Result<String>> {
    let mut chunk = String::new();
    let chunks = std::iter::from_fn(move || match input.next_chunk(CHUNK, &mut chunk) {
        Ok(true) => Some(Ok(chunk.lines().map(String::from).collect::<Vec<String>>())),
        Ok(false) => None,
        Err(error) => Some(Err(error)),
    });
    chunks.flat_map(|lines| -> Box<dyn Iterator<Item = Result<String>>> {
        match lines {
            Ok(lines) => Box::new(lines.into_iter().map(Ok)),
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    })
}
