//! Saved results: rows to bytes and back, and the lexicons among them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::index::{Index, SavedHead};
use crate::mine::templates::{Template, Tree};
use crate::query::context::Context;
use crate::query::difference::{self, Counts};
use crate::query::rows::{Column, ColumnKind, Datum, Row};
use crate::query::stage::{Kind, Shape};
use crate::store::{decode, encode};

const VERSION: u8 = 1;

/// A value as it is stored.
#[derive(Serialize, Deserialize)]
enum Stored {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(String),
    List(Vec<Stored>),
    Tree(StoredTree),
}

/// A tree as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredTree {
    template: Option<String>,
    text: String,
    children: Vec<StoredTree>,
}

impl From<&Datum> for Stored {
    fn from(datum: &Datum) -> Self {
        match datum {
            Datum::Null => Stored::Null,
            Datum::Boolean(value) => Stored::Boolean(*value),
            Datum::Integer(value) => Stored::Integer(*value),
            Datum::Real(value) => Stored::Real(*value),
            Datum::Text(text) => Stored::Text(text.to_string()),
            Datum::List(list) => Stored::List(list.iter().map(Stored::from).collect()),
            Datum::Tree(tree) => Stored::Tree(StoredTree::from(&**tree)),
        }
    }
}

impl From<Stored> for Datum {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Null => Datum::Null,
            Stored::Boolean(value) => Datum::Boolean(value),
            Stored::Integer(value) => Datum::Integer(value),
            Stored::Real(value) => Datum::Real(value),
            Stored::Text(text) => Datum::text(text),
            Stored::List(list) => Datum::List(list.into_iter().map(Datum::from).collect()),
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
        Kind::Corpus | Kind::Text | Kind::Table => "table",
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

/// Keeps rows under a name, with the query and the corpora that they come from.
pub fn save(context: &Context<'_>, name: &str, shape: &Shape, rows: &[Row]) -> Result<()> {
    let index = context.index()?;
    let column = |column: &Column| {
        let kind = COLUMN_KINDS.iter().find(|(kind, _)| *kind == column.kind);
        (column.name.clone(), kind.map_or("text", |(_, name)| *name).to_owned())
    };
    let text = match context.sources.first() {
        Some((name, _)) => index.corpus(name).map(|corpus| corpus.record.text),
        None => None,
    };
    let head = SavedHead {
        name: name.to_owned(),
        kind: kind_name(shape.kind).to_owned(),
        columns: shape.columns.iter().map(column).collect(),
        rows: rows.len() as u64,
        query: context.query.clone(),
        sources: context.sources.clone(),
        text: text.or(context.text),
    };
    let rows: Vec<Vec<Stored>> =
        rows.iter().map(|row| row.iter().map(Stored::from).collect()).collect();
    index.save(&head, &encode(VERSION, &rows)?)
}

/// What a saved result looks like.
pub fn shape(head: &SavedHead) -> Shape {
    let kinds = [Kind::Words, Kind::Sentences, Kind::Templates, Kind::Itemsets];
    let kind = kinds.into_iter().find(|kind| kind_name(*kind) == head.kind);
    let column = |(name, kind): &(String, String)| {
        let kind = COLUMN_KINDS.iter().find(|(_, own)| own == kind);
        Column::new(name, kind.map_or(ColumnKind::Text, |(kind, _)| *kind))
    };
    let columns = head.columns.iter().map(column).collect();
    Shape { text: head.text, ..Shape::new(kind.unwrap_or(Kind::Table), columns) }
}

/// The rows of a saved result.
pub fn rows(index: &Index, name: &str) -> Result<Vec<Row>> {
    let body = index.saved_body(name)?;
    let rows: Vec<Vec<Stored>> = decode(VERSION, "a saved result", &body)?;
    Ok(rows.into_iter().map(|row| row.into_iter().map(Datum::from).collect()).collect())
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
    let shape = shape(&head);
    let word = shape
        .position("word")
        .ok_or_else(|| Error::query(format!("`{name}` has no column word, so it is no lexicon")))?;
    let count = shape.position("count");
    let entry = |row: Row| match (&row[word], count.map(|count| &row[count])) {
        (Datum::Text(text), Some(Datum::Integer(count))) => {
            Some((text.to_string(), u64::try_from(*count).unwrap_or(0)))
        }
        (Datum::Text(text), _) => Some((text.to_string(), 1)),
        _ => None,
    };
    let words = rows(index, name)?.into_iter().filter_map(entry).collect();
    Ok((head, words))
}

/// The templates of a saved set with their counts, 1 where it has none.
///
/// # Errors
/// [`Error::Query`] where there is no such set, and for a text in it that is no template.
pub fn templates(index: &Index, name: &str) -> Result<Vec<(Template, u64)>> {
    let head = index.saved_head(name)?;
    let head = head.ok_or_else(|| Error::query(format!("there are no templates `{name}`")))?;
    let shape = shape(&head);
    let (template, count) = (shape.position("template"), shape.position("count"));
    let mut templates = Vec::new();
    for row in rows(index, name)? {
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
