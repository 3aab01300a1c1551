//! REFRESH ITEMSETS: saved itemsets brought up to date with what has come in since.

use std::sync::Arc;

use crate::database::refresh::query_of;
use crate::database::session::Session;
use crate::error::{Error, Result};
use crate::index::{CorpusView, SavedHead};
use crate::mine::itemsets::{Gain, Target};
use crate::mine::{Changes, Grown, Refresh, Refreshed, compare, refresh};
use crate::query::difference;
use crate::query::kept_later::encode_later;
use crate::query::kept_sets::{KeptParts, KeptSets};
use crate::query::node::Name;
use crate::query::rows::{Answer, Datum};
use crate::query::saved;
use crate::query::sets::Sets;
use crate::query::tree::Source;
use crate::text::Unit;

/// Saved itemsets are put together with what has become of them where so large a part of them is
/// gone or came later.
const MUCH: u64 = 4;

impl Session<'_> {
    /// Brings saved itemsets up to date: from what is new where that says all, else by running
    /// their query again. Reports how many are new, gone and changed.
    pub(super) fn refresh_itemsets(&mut self, name: &Name) -> Result<Answer<'static>> {
        let index = self.database.index();
        let head = index.saved_head(&name.text)?.filter(|head| head.kind == "itemsets");
        let head = head.ok_or_else(|| self.unknown("itemsets", name))?;
        let Some(kept) = KeptSets::open(index, &name.text)? else {
            let message = format!("{name} has other columns than ITEMSETS gives");
            return Err(Error::query(message).at(name.span).hint(head.query));
        };
        let (changes, number, way) = match self.only_new(&head, &kept)? {
            Some((changes, number)) => (changes, number, "from what is new alone"),
            None => {
                let (changes, number) = self.mined_anew(name, &head, &kept.load()?)?;
                (changes, number, "by its query, run again")
            }
        };
        let columns = difference::shape_of_sets().columns;
        let row = [number, changes.added, changes.removed, changes.changed];
        let rows = std::iter::once(Ok(row.map(Datum::count).to_vec()));
        let mut answer = Answer::table(columns, Box::new(rows));
        answer.notes.push(match self.ingests_since(&head) {
            0 => format!("{name} was up to date"),
            _ => format!("{name} was brought up to date {way}"),
        });
        Ok(answer)
    }

    /// How many ingests there were into its corpora since it was saved.
    fn ingests_since(&self, head: &SavedHead) -> u32 {
        let index = self.database.index();
        let new = head.sources.iter().map(|(corpus, ingest)| {
            let now = index.corpus(corpus).map_or(0, |corpus| corpus.manifest().ingests);
            now.saturating_sub(*ingest)
        });
        new.sum()
    }

    fn mined_anew(&mut self, name: &Name, head: &SavedHead, old: &Sets) -> Result<(Changes, u64)> {
        let query = query_of(&head.query).ok_or_else(|| {
            let message = format!("{name} was made by something that cannot be repeated");
            Error::query(message).at(name.span).hint(head.query.clone())
        })?;
        // The query itself ends in SAVE AS; its errors point into a text that nobody sees here.
        let (_, rows) = self.run_query(&query, None).map_err(|error| {
            let message = format!("{name} cannot be made anew by {}", head.query);
            Error::query(message).at(name.span).because(error)
        })?;
        drop(rows);
        let new = KeptSets::open(self.database.index(), &name.text)?;
        let new = new.ok_or_else(|| Error::internal("saved itemsets are gone"))?.load()?;
        // Names are sorted on both sides; what is only on one side takes a number of its own.
        let mut names: Vec<&Arc<str>> = old.names.iter().chain(&new.names).collect();
        names.sort_unstable();
        names.dedup();
        let number = |name: &Arc<str>| {
            let place = names.binary_search(&name).unwrap_or_default();
            u32::try_from(place).unwrap_or(u32::MAX)
        };
        let numbers = |sets: &Sets| sets.names.iter().map(number).collect::<Vec<u32>>();
        let (before, after) = (numbers(old), numbers(&new));
        let changes = compare(&old.list.renumbered(&before)?, &new.list.renumbered(&after)?)?;
        Ok((changes, new.list.len()))
    }

    /// All frequent itemsets of a corpus of items, from those before and the new transactions;
    /// `None` where that does not say all, or there is too much that is new.
    fn only_new(
        &mut self,
        head: &SavedHead,
        kept: &KeptSets<'_>,
    ) -> Result<Option<(Changes, u64)>> {
        let Some((stage, query)) = saved::mining_stage(&head.query) else { return Ok(None) };
        let (Source::Names(names), 2, [(source, ingest)]) =
            (&query.source, query.stages.len(), head.sources.as_slice())
        else {
            return Ok(None);
        };
        let index = self.database.index();
        let Some(view) = names.first().and_then(|name| index.view(&name.text)) else {
            return Ok(None);
        };
        let (record, manifest) = (view.record(), view.manifest());
        let is_same = record.text.unit == Unit::Item && kept.sets.corpus == Some(record.id.0);
        let mined = stage.mined()?;
        if !is_same || !mined.plain || mined.target != Target::All {
            return Ok(None);
        }
        if manifest.ingests == *ingest {
            return Ok(Some((Changes::default(), kept.number(0))));
        }
        let all = manifest.totals.sentences;
        let after = index.view(source).map(|view| view.since(*ingest)).transpose()?;
        let new = after.map_or(all, |part| part.manifest().totals.sentences);
        let before = all.saturating_sub(new);
        let least = mined.support.least(all, mined.strict).max(1);
        let old_least = mined.support.least(before, mined.strict).max(1);
        if new > before / 4 || least < old_least {
            return Ok(None);
        }
        let sources = vec![(source.clone(), manifest.ingests)];
        let Ok(first_new) = u32::try_from(before) else { return Ok(None) };
        let (control, memory) = (self.context.control.clone(), self.context.cost.memory);
        let data = view.vertical(memory / 2, &control)?;
        let gain = Gain { data: &data, first_new, old_least, least, memory };
        let Some(now) = Naming::new(&view, &kept.sets, &gain) else { return Ok(None) };
        self.context.query.clone_from(&head.query);
        self.context.sources = sources;
        let (then, floor) = kept.made();
        let floor = floor.unwrap_or_else(|| mined.support.least(then, mined.strict).max(1));
        let made = (u32::try_from(then).unwrap_or(first_new), floor);
        self.grown(head, kept, &now, (gain, made)).map(Some)
    }

    /// Keeps what has become of itemsets: beside them, or as a whole where that is much.
    fn grown(
        &self,
        head: &SavedHead,
        kept: &KeptSets<'_>,
        now: &Naming,
        (gain, made): (Gain<'_>, (u32, u64)),
    ) -> Result<(Changes, u64)> {
        let KeptParts { base, steps, numbers, gains, reaches, later } = kept.parts(0)?;
        // What the items are called now, of those that were called otherwise already.
        let numbers: Vec<u32> = match numbers {
            None => now.numbers.clone(),
            Some(numbers) => numbers.iter().map(|&own| now.numbers[own as usize]).collect(),
        };
        let (base, gains, reaches, later) = (&base, &gains, &*reaches, &later);
        let old = Grown { base, numbers: Some(&numbers), gains, reaches, later };
        let (steps, items) = (&steps, &now.items);
        let task = Refresh { old, steps, numbers: &now.numbers, items, gain, made };
        let refreshed = refresh(&task, &self.context.control)?;
        let number = refreshed.counts.last().map_or(0, |(_, all)| *all);
        let transactions = u64::from(gain.data.transactions());
        let much = refreshed.gone > base.len() / 2 || refreshed.later.len() > base.len() / MUCH;
        match kept.identity().filter(|_| !much) {
            Some(base) => {
                let mut is_old = vec![false; now.names.len()];
                numbers.iter().for_each(|&number| is_old[number as usize] = true);
                let names = now.names.iter().zip(is_old).filter(|(_, is_old)| !is_old);
                let names = names.map(|(name, _)| name.to_string()).collect();
                let later = encode_later(base, names, (transactions, gain.least), &refreshed)?;
                let sources = self.context.sources.clone();
                saved::amend_sets(self.database.index(), head, sources, number, &later)?;
            }
            None => {
                let (Refreshed { gains, later, .. }, reaches) =
                    (&refreshed, &*refreshed.reaches(steps));
                let (list, steps) = Grown { gains, reaches, later, ..old }.ranked(gain.least);
                let names = now.names.clone();
                let mut sets = Sets { transactions, names, list, ..Sets::default() };
                saved::save_sets(&self.context, &head.name, &mut sets, Some(steps))?;
            }
        }
        Ok((refreshed.changes, number))
    }
}

/// The items of saved itemsets and those that are frequent now, sorted by name.
struct Naming {
    names: Vec<Arc<str>>,
    /// The item of each name.
    items: Vec<u32>,
    /// What each number of the saved ones is now.
    numbers: Vec<u32>,
}

impl Naming {
    /// `None` where an item is gone, as from another corpus.
    fn new(view: &CorpusView<'_>, old: &Sets, gain: &Gain<'_>) -> Option<Naming> {
        let number = |name: &Arc<str>| view.item_number(name);
        let before: Vec<u32> = old.names.iter().map(number).collect::<Option<_>>()?;
        let mut is_known = vec![false; gain.data.items() as usize];
        for &item in &before {
            *is_known.get_mut(item as usize)? = true;
        }
        let is_new = |item: &u32| {
            !is_known[*item as usize] && u64::from(gain.data.count(*item)) >= gain.least
        };
        let new = (0..gain.data.items()).filter(is_new);
        let new = new.map(|item| (Arc::from(view.item(item)), item));
        let mut all: Vec<(Arc<str>, u32)> =
            old.names.iter().cloned().zip(before.iter().copied()).chain(new).collect();
        // Nearly all of them are in order.
        all.sort();
        let mut places = vec![0; gain.data.items() as usize];
        (0u32..).zip(&all).for_each(|(place, (_, item))| places[*item as usize] = place);
        let numbers = before.iter().map(|&item| places[item as usize]).collect();
        let (names, items) = all.into_iter().unzip();
        Some(Naming { names, items, numbers })
    }
}
