//! Transactions of any source: corpora of items, or the words of sentences.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::index::{Gathering, Vertical};
use crate::query::context::Context;
use crate::query::rows::{Datum, RowStream};
use crate::query::source::Corpus;
use crate::query::stage::Shape;

/// Transactions by column, and the names of their items.
pub struct Transactions {
    /// The transactions.
    pub data: Arc<Vertical>,
    /// The name of each item.
    pub names: Vec<Arc<str>>,
}

/// Which words of a sentence are items.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WordChoice {
    /// Words that are left out.
    pub stop: HashSet<String>,
    /// The least number of characters.
    pub min_length: usize,
    /// Whether all sentences of a document are one transaction.
    pub by_document: bool,
}

impl Transactions {
    /// The transactions of corpora of items, one corpus after the other.
    ///
    /// # Errors
    /// When they do not fit the memory, and what the store says.
    pub fn of_corpora(corpora: &[Corpus<'_>], context: &Context<'_>) -> Result<Transactions> {
        let read = |corpus: &Corpus<'_>| {
            corpus.0.vertical(context.cost.memory / 2, &context.control).map(|data| {
                let names = (0..data.items()).map(|item| Arc::from(corpus.0.item(item)));
                Transactions { names: names.collect(), data }
            })
        };
        if let [corpus] = corpora {
            return read(corpus);
        }
        let mut all = Naming::default();
        let mut gathering = Gathering::default();
        for corpus in corpora {
            let one = read(corpus)?;
            let numbers: Vec<u32> = one.names.iter().map(|name| all.number(name)).collect();
            for mut row in one.data.rows(0) {
                row.iter_mut().for_each(|item| *item = numbers[*item as usize]);
                gathering.row(&row)?;
            }
            refuse_beyond(gathering.memory(), context)?;
        }
        Ok(Transactions { data: Arc::new(gathering.finish()?), names: all.names })
    }

    /// The words of sentences: a sentence, or all of a document, is a transaction.
    ///
    /// # Errors
    /// The first of the rows, and when they do not fit the memory.
    pub fn of_sentences(
        shape: &Shape,
        rows: RowStream<'_>,
        choice: &WordChoice,
        context: &Context<'_>,
    ) -> Result<Transactions> {
        let place = |name: &str| shape.position(name);
        let tokens =
            place("tokens").ok_or_else(|| Error::internal("sentences without their tokens"))?;
        let document = place("document").filter(|_| choice.by_document);
        let mut all = Naming::default();
        let mut gathering = Gathering::default();
        let mut items: Vec<u32> = Vec::new();
        let mut current: Option<Datum> = None;
        for (number, row) in context.watch(rows).enumerate() {
            let row = row?;
            if let Some(document) = document {
                if current.as_ref().is_some_and(|current| *current != row[document]) {
                    gathering.row(&items)?;
                    items.clear();
                }
                current = Some(row[document].clone());
            }
            if let Datum::List(list) = &row[tokens] {
                let words = list.iter().filter_map(|token| match token {
                    Datum::Text(word) if choice.takes(word) => Some(word),
                    _ => None,
                });
                items.extend(words.map(|word| all.number(word)));
            }
            if document.is_none() {
                gathering.row(&items)?;
                items.clear();
            }
            if number % Context::CHECK_EVERY == 0 {
                refuse_beyond(gathering.memory(), context)?;
            }
        }
        if current.is_some() {
            gathering.row(&items)?;
        }
        Ok(Transactions { data: Arc::new(gathering.finish()?), names: all.names })
    }

    /// The number of an item.
    pub fn find(&self, name: &str) -> Option<u32> {
        let place = self.names.iter().position(|own| **own == *name)?;
        u32::try_from(place).ok()
    }
}

impl WordChoice {
    /// Whether a token is an item: a word, not a blank or a sign, long enough, and no stop word.
    fn takes(&self, token: &str) -> bool {
        token.chars().any(char::is_alphanumeric)
            && (self.min_length < 2 || token.chars().count() >= self.min_length)
            && !self.stop.contains(token)
    }
}

fn refuse_beyond(bytes: usize, context: &Context<'_>) -> Result<()> {
    let memory = context.cost.memory;
    if bytes as u64 <= memory / 2 {
        return Ok(());
    }
    let message =
        format!("the transactions take more than half of the {} MB allowed", memory >> 20);
    Err(Error::input(message).hint("SET memory = … allows more"))
}

/// Names numbered in the order in which they come.
#[derive(Default)]
pub struct Naming {
    numbers: HashMap<Arc<str>, u32>,
    /// The names, by number.
    pub names: Vec<Arc<str>>,
}

impl Naming {
    /// The number of a name.
    pub fn number(&mut self, name: &Arc<str>) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(Arc::clone(name));
        self.numbers.insert(Arc::clone(name), number);
        number
    }
}
