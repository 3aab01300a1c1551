//! The depth-first methods: the search cut into tasks, one for each item, and run by threads.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::classes::{Class, Plan};
use super::growth::{Form, Root, Searcher};
use super::method::{Method, Task};
use super::output::{Output, Shared};
use super::search::Target;
use super::seen::Seen;
use super::sink::Sink;
use crate::control::on_threads;
use crate::error::{Error, Result};

/// The default method.
pub(super) const AUTO: Method = Method {
    name: "auto",
    help: "depth first: conditional databases while rows are sparse, bitmaps where they are dense",
    paper: "Uno, Kiyomi & Arimura 2004 (LCM 2) and Burdick, Calimlim & Gehrke 2001 (MAFIA), joined",
    find: |task, sink| find(&task, Form { sparsest: 24, most_bits: 0, sums: true }, sink),
};

/// Bitmaps only.
pub(super) const ECLAT: Method = Method {
    name: "eclat",
    help: "depth first over bitmaps of transactions, made anew as they get sparse",
    paper: "Zaki, Parthasarathy, Ogihara & Li 1997",
    find: |task, sink| find(&task, Form { sparsest: u64::MAX, most_bits: 0, sums: false }, sink),
};

/// Conditional databases only.
pub(super) const FPGROWTH: Method = Method {
    name: "fpgrowth",
    help: "depth first from one conditional database to the next, equal rows merged",
    paper: "Han, Pei & Yin 2000; in arrays as Uno, Kiyomi & Arimura 2004",
    find: |task, sink| find(&task, Form { sparsest: 0, most_bits: 0, sums: false }, sink),
};

/// Bytes for each posting: its code, and its occurrence.
const POSTING: u64 = 4 + 16;
/// Bytes for each transaction.
const ROW: u64 = 16;
/// The share of the memory that the bitmaps of one branch may take.
const BITS_SHARE: u64 = 4;

fn find(task: &Task<'_>, mut form: Form, sink: &mut dyn Sink) -> Result<u64> {
    let Task { ground, search, .. } = task;
    let bytes = ground.postings().saturating_mul(POSTING) + u64::from(ground.transactions) * ROW;
    let bits = ground.bits();
    let is_class = form.suits_class(ground.postings(), bits, search.memory);
    let bytes = if is_class { bits / 8 } else { bytes };
    search.afford(bytes, "the transactions")?;
    if !is_class && ground.postings() >= u64::from(u32::MAX) {
        return Err(Error::input("frequent items occur more than 4 294 967 295 times")
            .hint("a higher support leaves fewer"));
    }
    let left = search.memory - bytes;
    // One generator is known by those before it: there is one thread, and no other order.
    let in_turn = search.target == Target::Generators;
    let threads = if in_turn { 1 } else { search.threads.max(1).min(ground.heads.len().max(1)) };
    form.most_bits = left.saturating_mul(8) / BITS_SHARE / threads as u64;

    let shared = Shared::new(task, sink);
    let mut output = Output::new(&shared);
    if !report_root(task, &mut output)? {
        drop(output);
        return shared.finish();
    }
    let root = if is_class {
        Start::Class(Class::of(ground))
    } else {
        Start::Rows(Root::new(ground, search.target, threads))
    };
    let seen = in_turn.then(|| Seen::new(ground.transactions, left / 2));
    run(task, &root, form, &shared, threads, seen)?;
    shared.finish()
}

/// What the search begins with.
enum Start {
    Rows(Root),
    Class(Class),
}

/// Reports the itemset of what is in every transaction; says whether there is more to search.
fn report_root(task: &Task<'_>, output: &mut Output<'_, '_>) -> Result<bool> {
    let Task { ground, search, .. } = task;
    let count = ground.transactions;
    output.begin(0, &ground.prefix, &[]);
    match search.target {
        Target::All => output.free.extend_from_slice(&ground.full),
        Target::Closed | Target::Maximal => {
            if ground.guards.iter().any(|guard| guard.count == count) {
                return Ok(false);
            }
            output.items.extend_from_slice(&ground.full);
        }
        Target::Generators => {}
    }
    let is_last = ground.heads.is_empty() && ground.guards.is_empty();
    let is_empty = output.items.is_empty();
    match search.target {
        Target::Generators => {}
        Target::All => output.emit(count)?,
        Target::Closed if !is_empty => output.emit(count)?,
        Target::Maximal if !is_empty && is_last => output.emit(count)?,
        _ => {}
    }
    output.end()?;
    Ok(!ground.heads.is_empty())
}

fn run(
    task: &Task<'_>,
    root: &Start,
    form: Form,
    shared: &Shared<'_>,
    threads: usize,
    seen: Option<Seen>,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let work = |seen: Option<Seen>| -> Result<()> {
        let in_turn = seen.is_some();
        let mut searcher = Searcher::new(Output::new(shared), form, seen);
        let (prefix, full) = (&task.ground.prefix, &task.ground.full);
        let count = task.ground.transactions;
        let plan = match root {
            Start::Class(class) => searcher.plan_class(class, count),
            Start::Rows(_) => Plan::default(),
        };
        let parts = match root {
            Start::Class(_) => plan.parts,
            Start::Rows(_) => task.ground.heads.len(),
        };
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= parts {
                return Ok(());
            }
            // Task 0 was the root.
            match task.search.target {
                Target::All => searcher.output.begin(number + 1, prefix, full),
                _ => {
                    searcher.output.begin(number + 1, prefix, &[]);
                    searcher.output.items.extend_from_slice(full);
                }
            }
            match root {
                Start::Class(class) => searcher.search_part(class, count, &plan, number)?,
                Start::Rows(root) => {
                    searcher.root_branch(root, if in_turn { number } else { parts - 1 - number })?
                }
            }
            searcher.output.end()?;
        }
    };
    if threads == 1 {
        return work(seen);
    }
    // The error of the thread that failed first is the one to tell; the others only stopped.
    let stopping = || work(None).or_else(|error| if shared.stop() { Err(error) } else { Ok(()) });
    on_threads(vec![(); threads], |()| stopping()).into_iter().fold(Ok(()), Result::and)
}
