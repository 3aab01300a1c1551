//! Itemsets as they are found: a search on a thread of its own, a few batches ahead of whoever
//! reads them, so that no result is ever collected on the way.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::control::Control;
use crate::error::{Error, Result};
use crate::index::Vertical;
use crate::mine::itemsets::{Method, Search, Sink, mine};
use crate::query::rows::{Datum, Row};
use crate::query::sets::{Sets, row};

/// Numbers of one batch.
const BATCH: usize = 1 << 14;
/// Batches that wait at most.
const WAITING: usize = 8;

/// Itemsets on their way: for each its size, its count, its items.
type Batch = Vec<u32>;

/// A search under way.
pub struct Found {
    receiver: Option<Receiver<Result<Batch>>>,
    thread: Option<JoinHandle<()>>,
    batch: Batch,
    at: usize,
    given: u64,
}

/// Begins a search.
pub fn begin(
    method: &'static Method,
    data: Arc<Vertical>,
    search: Search,
    control: Control,
) -> Found {
    let (sender, receiver) = sync_channel(WAITING);
    let thread = std::thread::spawn(move || {
        let mut sink = Sender { sender, batch: Vec::with_capacity(BATCH) };
        let found = mine(method, &data, &search, &control, &mut sink);
        // Nobody may be listening any more; then there is nobody to tell.
        let _ = match found {
            Ok(_) => sink.flush(),
            Err(error) => sink.flush().map(|()| {
                let _ = sink.sender.send(Err(error));
            }),
        };
    });
    Found { receiver: Some(receiver), thread: Some(thread), batch: Vec::new(), at: 0, given: 0 }
}

impl Found {
    /// The next itemset: its items and its count.
    ///
    /// # Errors
    /// Whatever ended the search before its end; what was given until then is a part of the answer.
    pub fn next_set(&mut self) -> Option<Result<(&[u32], u64)>> {
        if self.at >= self.batch.len() {
            match self.receiver.as_ref()?.recv() {
                Ok(Ok(batch)) => {
                    self.batch = batch;
                    self.at = 0;
                }
                Ok(Err(error)) => {
                    self.receiver = None;
                    return Some(Err(partial(error, self.given)));
                }
                Err(_) => {
                    self.receiver = None;
                    let failed = self.thread.take().is_some_and(|thread| thread.join().is_err());
                    return failed.then(|| Err(Error::internal("the search ended in a panic")));
                }
            }
        }
        let (head, rest) = self.batch.get(self.at..)?.split_at_checked(2)?;
        let (size, count) = (head[0] as usize, head[1]);
        let items = rest.get(..size)?;
        self.at += 2 + size;
        self.given += 1;
        Some(Ok((items, count.into())))
    }
}

impl Drop for Found {
    /// Stops the search and waits for it.
    fn drop(&mut self) {
        self.receiver = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What is found, with the names of the items.
pub struct NamedSets {
    found: Found,
    /// The names of the items that are frequent, sorted.
    names: Vec<Arc<str>>,
    /// The place of each of these items among them.
    ranks: Vec<u32>,
    transactions: u64,
    /// As of [`Sets`].
    pub spare: (u64, u64),
    own: Vec<u32>,
}

impl NamedSets {
    /// The names are those of all items in the order of their numbers; `frequent` are the items
    /// that may be in what is found.
    pub fn new(
        found: Found,
        (names, mut frequent): (&[Arc<str>], Vec<u32>),
        transactions: u64,
    ) -> Self {
        frequent.sort_by_key(|&item| &names[item as usize]);
        let mut ranks = vec![0; names.len()];
        for (rank, &item) in (0u32..).zip(&frequent) {
            ranks[item as usize] = rank;
        }
        let names = frequent.into_iter().map(|item| Arc::clone(&names[item as usize])).collect();
        NamedSets { found, names, ranks, transactions, spare: (0, 0), own: Vec::new() }
    }

    /// The next itemset as places among the names, ascending, and its count.
    fn next_set(&mut self) -> Option<Result<u64>> {
        let (items, count) = match self.found.next_set()? {
            Ok(found) => found,
            Err(error) => return Some(Err(error)),
        };
        self.own.clear();
        self.own.extend(items.iter().map(|&item| self.ranks[item as usize]));
        self.own.sort_unstable();
        Some(Ok(count))
    }

    /// All of them, packed.
    ///
    /// # Errors
    /// Whatever ended the search, and when they do not fit the memory.
    pub fn into_sets(mut self, memory: u64) -> Result<Sets> {
        let (transactions, spare) = (self.transactions, self.spare);
        let names = std::mem::take(&mut self.names);
        let mut sets = Sets { transactions, names, spare, ..Sets::default() };
        while let Some(count) = self.next_set() {
            sets.list.push(&self.own, count?);
            sets.refuse_beyond(memory)?;
        }
        Ok(sets)
    }
}

impl Iterator for NamedSets {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        let count = match self.next_set()? {
            Ok(count) => count,
            Err(error) => return Some(Err(error)),
        };
        let name = |&rank: &u32| Datum::Text(Arc::clone(&self.names[rank as usize]));
        let items = Datum::Set(self.own.iter().map(name).collect());
        let support = count as f64 / self.transactions as f64;
        Some(Ok(row(items, self.own.len(), count, support)))
    }
}

/// Says that what was given is not all.
fn partial(error: Error, given: u64) -> Error {
    let advice = error.report().hint.clone();
    let hint = match given {
        0 => "no itemset was given before".to_owned(),
        1 => "the itemset given before is a part of the result only".to_owned(),
        _ => format!("the {given} itemsets given before are a part of the result only"),
    };
    error.hint(advice.map_or(hint.clone(), |advice| format!("{hint}; {advice}")))
}

struct Sender {
    sender: SyncSender<Result<Batch>>,
    batch: Batch,
}

impl Sender {
    fn flush(&mut self) -> Result<()> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        self.sender.send(Ok(batch)).map_err(|_| Error::retry("nobody reads the itemsets any more"))
    }
}

impl Sink for Sender {
    fn take(&mut self, items: &[u32], count: u64) -> Result<()> {
        self.batch.push(u32::try_from(items.len()).unwrap_or(u32::MAX));
        self.batch.push(u32::try_from(count).unwrap_or(u32::MAX));
        self.batch.extend_from_slice(items);
        if self.batch.len() >= BATCH { self.flush() } else { Ok(()) }
    }
}
