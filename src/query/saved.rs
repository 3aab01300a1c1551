//! Saved results: rows to bytes and back, and the lexicons among them.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::index::{Index, SavedHead};
use crate::mine::Step;
use crate::mine::templates::{Template, TemplateSet, Tree};
use crate::query::context::{Catalog, Context};
use crate::query::difference::{self, Counts};
use crate::query::kept_sets::{KeptSets, encode_sets, ranked};
use crate::query::nearest::there_is_no;
use crate::query::node::Name;
use crate::query::rows::{Column, ColumnKind, Datum, Row};
use crate::query::sets::Sets;
use crate::query::stage::{Kind, Mined, Shape, Value};
use crate::query::stages::Itemsets;
use crate::query::tree::{Query, Statement};
use crate::store::{Elements, decode_each, encode};
use crate::text::TextOptions;
use crate::word::{Lexicon, Numbered};

const VERSION: u8 = 1;

/// A value as it is stored.
#[derive(Serialize, Deserialize)]
enum Stored<'s> {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(#[serde(borrow)] Cow<'s, str>),
    List(Vec<Stored<'s>>),
    Set(Vec<Stored<'s>>),
    Tree(StoredTree),
}

/// A tree as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredTree {
    template: Option<String>,
    text: String,
    children: Vec<StoredTree>,
}

impl<'s> From<&'s Datum> for Stored<'s> {
    fn from(datum: &'s Datum) -> Self {
        match datum {
            Datum::Null => Stored::Null,
            Datum::Boolean(value) => Stored::Boolean(*value),
            Datum::Integer(value) => Stored::Integer(*value),
            Datum::Real(value) => Stored::Real(*value),
            Datum::Text(text) => Stored::Text(Cow::Borrowed(text)),
            Datum::List(list) => Stored::List(list.iter().map(Stored::from).collect()),
            Datum::Tree(tree) => Stored::Tree(StoredTree::from(&**tree)),
            Datum::Set(list) => Stored::Set(list.iter().map(Stored::from).collect()),
        }
    }
}

impl From<Stored<'_>> for Datum {
    fn from(stored: Stored<'_>) -> Self {
        match stored {
            Stored::Null => Datum::Null,
            Stored::Boolean(value) => Datum::Boolean(value),
            Stored::Integer(value) => Datum::Integer(value),
            Stored::Real(value) => Datum::Real(value),
            Stored::Text(text) => Datum::text(text),
            Stored::List(list) => Datum::List(list.into_iter().map(Datum::from).collect()),
            Stored::Set(list) => Datum::Set(list.into_iter().map(Datum::from).collect()),
            Stored::Tree(tree) => Datum::Tree(Arc::new(tree.into())),
        }
    }
}

impl From<&Tree> for StoredTree {
    fn from(tree: &Tree) -> Self {
        StoredTree {
            template: tree.template.as_deref().map(String::from),
            text: tree.text.to_string(),
            children: tree.children.iter().map(StoredTree::from).collect(),
        }
    }
}

impl From<StoredTree> for Tree {
    fn from(stored: StoredTree) -> Self {
        Tree {
            template: stored.template.map(Into::into),
            text: stored.text.into(),
            children: stored.children.into_iter().map(Tree::from).collect(),
        }
    }
}

/// The word a kind is stored as.
fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Words => "lexicon",
        Kind::Sentences => "sentences",
        Kind::Templates => "templates",
        Kind::Itemsets => "itemsets",
        Kind::Rules => "rules",
        Kind::Corpus | Kind::Baskets | Kind::Text | Kind::Table => "table",
    }
}

const COLUMN_KINDS: [(ColumnKind, &str); 6] = [
    (ColumnKind::Boolean, "boolean"),
    (ColumnKind::Integer, "integer"),
    (ColumnKind::Real, "real"),
    (ColumnKind::Text, "text"),
    (ColumnKind::List, "list"),
    (ColumnKind::Tree, "tree"),
];

/// Refuses a name under which there is something of another kind.
///
/// # Errors
/// [`Error::Query`] where it stands, and what the store says.
pub fn check_name(name: &Name, kind: Kind, catalog: &dyn Catalog) -> Result<()> {
    let hint = "choose another name for the result";
    if catalog.corpora().contains(&name.text) {
        let message = format!("there is a corpus called `{}`", name.text);
        return Err(Error::query(message).at(name.span).hint(hint));
    }
    match catalog.saved(&name.text)? {
        Some(shape) if kind_name(shape.kind) != kind_name(kind) => {
            let message = format!("`{}` is {}, and would be lost", name.text, shape.kind);
            Err(Error::query(message).at(name.span).hint(format!("{hint}, or DROP that one first")))
        }
        _ => Ok(()),
    }
}

/// Keeps rows under a name, with the query and the corpora that they come from.
pub fn save(context: &Context<'_>, name: &str, shape: &Shape, rows: &[Row]) -> Result<()> {
    let index = context.index()?;
    let head = head_of(context, name, shape, rows.len() as u64)?;
    let automaton = match shape.kind {
        Kind::Words => {
            Lexicon::new(entries(shape, rows), &head.text.unwrap_or_default())?.to_bytes()
        }
        // What is no template is told by whoever asks for them.
        Kind::Templates => template_entries(shape, rows)
            .map(|entries| TemplateSet::new(entries).to_bytes())
            .unwrap_or_default(),
        _ => Vec::new(),
    };
    let rows: Vec<Vec<Stored<'_>>> =
        rows.iter().map(|row| row.iter().map(Stored::from).collect()).collect();
    index.save(&head, &encode(VERSION, &rows)?, &automaton)
}

/// Keeps itemsets under a name, with the number of the corpus that they are of; and leaves out of
/// them what was there to spare. Where each count ends is told of those that are ranked.
pub fn save_sets(
    context: &Context<'_>,
    name: &str,
    sets: &mut Sets,
    steps: Option<Vec<Step>>,
) -> Result<()> {
    let index = context.index()?;
    let steps = steps.map_or_else(|| ranked(sets, context.cost.memory), Ok)?;
    sets.corpus = match context.sources.as_slice() {
        [(corpus, _)] => index.corpus(corpus).map(|corpus| corpus.record.id.0),
        _ => None,
    };
    let body = encode_sets(sets, &steps)?;
    sets.without_spare(&steps);
    let head = head_of(context, name, &Sets::shape(), sets.list.len())?;
    index.save(&head, &body, &[])
}

/// Keeps what has become of itemsets, of which `before` was said, beside what was saved of them.
///
/// # Errors
/// [`Error::Retry`] when they were saved anew meanwhile, and what the store says.
pub fn amend_sets(
    index: &Index,
    before: &SavedHead,
    sources: Vec<(String, u32)>,
    rows: u64,
    later: &[u8],
) -> Result<()> {
    let head = SavedHead { sources, rows, ..before.clone() };
    index.amend(before, &head, later)
}

/// What is said of a result that is saved now.
fn head_of(context: &Context<'_>, name: &str, shape: &Shape, rows: u64) -> Result<SavedHead> {
    let index = context.index()?;
    let column = |column: &Column| {
        let kind = COLUMN_KINDS.iter().find(|(kind, _)| *kind == column.kind);
        (column.name.clone(), kind.map_or("text", |(_, name)| *name).to_owned())
    };
    let text = match context.sources.first() {
        Some((name, _)) => index.corpus(name).map(|corpus| corpus.record.text),
        None => None,
    };
    Ok(SavedHead {
        name: name.to_owned(),
        kind: kind_name(shape.kind).to_owned(),
        columns: shape.columns.iter().map(column).collect(),
        rows,
        query: context.query.clone(),
        sources: context.sources.clone(),
        text: text.or(context.text),
    })
}

/// How the text was cut into units that a saved result comes from.
pub fn options(head: &SavedHead) -> TextOptions {
    head.text.unwrap_or_default()
}

/// A saved lexicon ready to cut text, and how that cuts units: as `options` say where they are
/// given, else as the corpus does that it comes from. It is made ready once while it stays what it
/// is.
///
/// # Errors
/// [`Error::Query`] when there is none of that name, and what the store says.
pub fn lexicon(
    index: &Index,
    name: &str,
    options: Option<TextOptions>,
) -> Result<(TextOptions, Arc<Lexicon>)> {
    let options = match options {
        Some(options) => options,
        None => self::options(&head(index, name)?),
    };
    let lexicon = index.prepared(name, &encode(VERSION, &options)?, || {
        let head = head(index, name)?;
        // What was prepared when it was saved is for its own units; what cannot be read is made
        // again.
        if options == self::options(&head)
            && let Ok(lexicon) = Lexicon::from_bytes(&index.saved_automaton(name)?)
        {
            return Ok(lexicon);
        }
        made_of_rows(index, &head, &options)
    })?;
    Ok((options, lexicon))
}

/// A lexicon made of the rows of a saved one, word by word: there may be many.
fn made_of_rows(index: &Index, head: &SavedHead, options: &TextOptions) -> Result<Lexicon> {
    let (body, mut outcome) = (index.saved_body(&head.name)?, Ok(()));
    let words = stored_words(head, &body)?.map_while(|word| match word {
        Ok(word) => Some(word),
        Err(error) => {
            outcome = Err(error);
            None
        }
    });
    let words = Numbered::new(words, options);
    drop(body);
    outcome?;
    Lexicon::of(words)
}

/// A hash of the content of a saved result.
///
/// # Errors
/// What the store says.
pub fn digest(index: &Index, name: &str) -> Result<[u8; 32]> {
    let digest = index.prepared(name, b"digest", || {
        let mut hasher = blake3::Hasher::new();
        index.each_piece_of_saved(name, |piece| {
            hasher.update(piece);
            Ok(())
        })?;
        Ok(*hasher.finalize().as_bytes())
    })?;
    Ok(*digest)
}

/// A saved lexicon with words of one's own beside its own.
///
/// # Errors
/// [`Error::Query`] when it is gone, and what the store says.
pub fn lexicon_with(
    index: &Index,
    name: &str,
    options: &TextOptions,
    own: Vec<(String, u64)>,
) -> Result<Arc<Lexicon>> {
    if own.is_empty() {
        return Ok(lexicon(index, name, Some(*options))?.1);
    }
    Ok(Arc::new(Lexicon::with_own(words(index, name)?.1, own, options)?))
}

/// The words of a table with their counts, 1 where it has none.
fn entries(shape: &Shape, rows: &[Row]) -> Vec<(String, u64)> {
    let (Some(word), count) = (shape.position("word"), shape.position("count")) else {
        return Vec::new();
    };
    let entry = |row: &Row| match (&row[word], count.map(|count| &row[count])) {
        (Datum::Text(text), Some(Datum::Integer(count))) => {
            Some((text.to_string(), u64::try_from(*count).unwrap_or(0)))
        }
        (Datum::Text(text), _) => Some((text.to_string(), 1)),
        _ => None,
    };
    rows.iter().filter_map(entry).collect()
}

/// What a saved result looks like.
pub fn shape(head: &SavedHead) -> Shape {
    let kinds = [Kind::Words, Kind::Sentences, Kind::Templates, Kind::Itemsets, Kind::Rules];
    let kind = kinds.into_iter().find(|kind| kind_name(*kind) == head.kind);
    let column = |(name, kind): &(String, String)| {
        let kind = COLUMN_KINDS.iter().find(|(_, own)| own == kind);
        Column::new(name, kind.map_or(ColumnKind::Text, |(kind, _)| *kind))
    };
    let mut shape =
        Shape::new(kind.unwrap_or(Kind::Table), head.columns.iter().map(column).collect());
    shape.text = head.text;
    if shape.columns == Sets::shape().columns {
        shape.mined = mined(&head.query);
    }
    shape
}

/// What the itemsets of a query are all of, where nothing was left out before they were saved.
fn mined(query: &str) -> Option<Mined> {
    let (stage, _) = mining_stage(query)?;
    stage.mined().ok()
}

/// The ITEMSETS of a query that does nothing else but save what it finds, and what it is from.
pub fn mining_stage(query: &str) -> Option<(Itemsets, Query)> {
    let Statement::Query(query) = crate::query::parse(query).ok()?.pop()?.node else { return None };
    let (last, before) = query.stages.split_last()?;
    let (stage, before) = before.split_last()?;
    let is_only = before.iter().all(|stage| stage.row().name == "SEGMENT");
    let itemsets = Itemsets::of(stage)?.clone();
    (last.row().name == "SAVE" && is_only).then_some((itemsets, query))
}

/// The rows of a saved result.
pub fn rows(index: &Index, name: &str) -> Result<Vec<Row>> {
    if let Some(kept) = KeptSets::open(index, name)? {
        return kept.into_rows()?.collect();
    }
    let body = index.saved_body(name)?;
    stored_rows(&body)?.map(|row| Ok(row?.into_iter().map(Datum::from).collect())).collect()
}

/// The rows of the body of a saved result as they are stored, one after the other.
fn stored_rows(body: &[u8]) -> Result<Elements<'_, Vec<Stored<'_>>>> {
    decode_each(VERSION, "a saved result", body)
}

/// A saved result as a value.
pub fn value<'i>(index: &'i Index, head: &SavedHead) -> Result<Value<'i>> {
    if let Some(kept) = KeptSets::open(index, &head.name)? {
        return Ok(Value::Kept(kept));
    }
    let rows = rows(index, &head.name)?;
    Ok(Value::Table(shape(head), Box::new(rows.into_iter().map(Ok))))
}

/// The words of a saved lexicon with their counts, none where it has none.
pub fn counts(index: &Index, name: &str) -> Result<Counts> {
    let head = head(index, name)?;
    let mut words = Counts::new();
    let rows = rows(index, name)?.into_iter().map(Ok);
    difference::collect(&shape(&head), Box::new(rows), &mut words)?;
    Ok(words)
}

fn head(index: &Index, name: &str) -> Result<SavedHead> {
    let head = index.saved_head(name)?;
    head.ok_or_else(|| Error::query(format!("there is no lexicon `{name}`")))
}

/// The words of a saved lexicon with their counts, 1 where it has none.
pub fn words(index: &Index, name: &str) -> Result<(SavedHead, Vec<(String, u64)>)> {
    let head = head(index, name)?;
    let body = index.saved_body(name)?;
    let words = stored_words(&head, &body)?.map(|word| word.map(|(word, n)| (word.into(), n)));
    let words = words.collect::<Result<_>>()?;
    Ok((head, words))
}

/// The words of the body of a saved lexicon with their counts, 1 where it has none.
fn stored_words<'b>(
    head: &SavedHead,
    body: &'b [u8],
) -> Result<impl Iterator<Item = Result<(Cow<'b, str>, u64)>>> {
    let shape = shape(head);
    let Some(word) = shape.position("word") else {
        let message = format!("`{}` has no column word, so it is no lexicon", head.name);
        return Err(Error::query(message));
    };
    let count = shape.position("count");
    let rows = stored_rows(body)?;
    Ok(rows.filter_map(move |row| {
        let mut row = match row {
            Ok(row) => row,
            Err(error) => return Some(Err(error)),
        };
        let count = match count.and_then(|count| row.get(count)) {
            Some(Stored::Integer(count)) => u64::try_from(*count).unwrap_or(0),
            _ => 1,
        };
        match (word < row.len()).then(|| row.swap_remove(word)) {
            Some(Stored::Text(word)) => Some(Ok((word, count))),
            _ => None,
        }
    }))
}

/// The templates of a saved set, ready to be looked for: made ready once while it stays what it is.
///
/// # Errors
/// [`Error::Query`] where there is no such set, and for a text in it that is no template.
pub fn templates(index: &Index, name: &str) -> Result<Arc<TemplateSet>> {
    index.prepared(name, &[], || {
        let head = index.saved_head(name)?;
        let missing = || Error::query(format!("{} `{name}`", there_is_no("templates")));
        let head = head.ok_or_else(missing)?;
        // What cannot be read is made again.
        if let Ok(set) = TemplateSet::from_bytes(&index.saved_automaton(name)?) {
            return Ok(set);
        }
        Ok(TemplateSet::new(template_entries(&shape(&head), &rows(index, name)?)?))
    })
}

/// The templates of a table with their counts, 1 where it has none.
fn template_entries(shape: &Shape, rows: &[Row]) -> Result<Vec<(Template, u64)>> {
    let (template, count) = (shape.position("template"), shape.position("count"));
    let mut templates = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(Datum::Text(text)) = template.and_then(|template| row.get(template)) else {
            continue;
        };
        let count = match count.and_then(|count| row.get(count)) {
            Some(Datum::Integer(count)) => u64::try_from(*count).unwrap_or(0),
            _ => 1,
        };
        templates.push((Template::parse(text)?, count));
    }
    Ok(templates)
}

/// The words of a saved lexicon without their counts.
pub fn list(index: &Index, name: &str) -> Result<Vec<String>> {
    Ok(words(index, name)?.1.into_iter().map(|(word, _)| word).collect())
}
