//! What saved itemsets answer: a higher support, sizes and items of the same kind by reading the
//! front of them, other kinds by what follows from them; and plans that need not mine because there
//! are such itemsets.

use std::sync::Arc;

use crate::control::Control;
use crate::error::Result;
use crate::index::Index;
use crate::mine::itemsets::{Search, Target};
use crate::mine::{SetList, derive, filtered, is_subset};
use crate::query::context::Catalog;
use crate::query::kept_sets::KeptSets;
use crate::query::node::Name;
use crate::query::planner::Plan;
use crate::query::saved;
use crate::query::sets::Sets;
use crate::query::stage::{Kind, Mined, Stage};
use crate::query::stages::Itemsets;
use crate::query::tree::Source;

/// Itemsets that are asked again.
pub enum Asked<'a> {
    /// As they are saved.
    Kept(KeptSets<'a>),
    /// All of them at hand.
    Loaded(Sets),
}

impl Asked<'_> {
    /// The transactions they are of and the names of their items.
    pub fn head(&self) -> &Sets {
        match self {
            Asked::Kept(kept) => &kept.sets,
            Asked::Loaded(sets) => sets,
        }
    }

    fn load(self, least: u64) -> Result<Sets> {
        match self {
            Asked::Kept(kept) => kept.at_least(least).load(),
            Asked::Loaded(sets) => Ok(sets),
        }
    }
}

/// Whether a search finds what saved itemsets begin with, all down to its least count.
pub fn is_front(from: Target, search: &Search) -> bool {
    from == search.target && is_open(search) && search.top.is_none()
}

/// How many itemsets a search finds, where the head of saved ones says so.
pub fn number(asked: &Asked<'_>, from: Target, search: &Search) -> Option<u64> {
    let Asked::Kept(kept) = asked else { return None };
    if from != search.target || !is_open(search) {
        return None;
    }
    let top = search.top.map_or(u64::MAX, |top| top as u64);
    Some(kept.number(search.min_count).min(top))
}

/// The itemsets that a search finds, from all of the kind `from` at its least count or a lower one.
///
/// # Errors
/// When the memory does not suffice or the work is stopped, and what the store says.
pub fn select(
    asked: Asked<'_>,
    from: Target,
    search: &Search,
    memory: u64,
    control: &Control,
) -> Result<Sets> {
    let mut least = search.min_count;
    let is_ranked = matches!(asked, Asked::Kept(_));
    if let (Asked::Kept(kept), Some(top)) = (&asked, search.top)
        && from == search.target
        && is_open(search)
    {
        least = least.max(kept.reaching(top as u64));
    }
    let mut sets = asked.load(least)?;
    sets.refuse_beyond(memory)?;
    if from != search.target {
        let at = (least, sets.transactions);
        sets.list = derive((&sets.list, from), search.target, at, memory, control)?;
    }
    if !is_open(search) || !is_ranked && from == search.target {
        let max = if search.max_size == 0 { usize::MAX } else { search.max_size };
        sets.list = filtered(&sets.list, |items, count| {
            count >= least
                && (search.min_size..=max).contains(&items.len())
                && is_subset(&search.contains, items)
                && search.without.iter().all(|item| !items.contains(item))
        })?;
    }
    if let Some(top) = search.top {
        if !is_ranked || from != search.target {
            sets.list = sets.list.ranked()?.0;
        }
        let mut best = SetList::default();
        sets.list.each(|items, count| {
            if best.len() < top as u64 {
                best.push(items, count);
            }
            Ok(())
        })?;
        sets.list = best;
    }
    Ok(sets)
}

/// The number of an item in some itemsets. An item of their corpus that is too rare to be in any
/// has one that none of them uses.
pub fn item_of(sets: &Sets, index: &Index, name: &str) -> Option<u32> {
    sets.find(name).or_else(|| {
        let is_theirs = |own: &String| {
            let corpus = index.corpus(own);
            corpus.is_some_and(|corpus| Some(corpus.record.id.0) == sets.corpus)
        };
        let corpus = index.names().into_iter().find(is_theirs)?;
        index.view(&corpus)?.item_number(name).map(|_| u32::MAX)
    })
}

/// Whether a search leaves nothing out but what is too rare.
fn is_open(search: &Search) -> bool {
    search.min_size <= 1
        && search.max_size == 0
        && search.contains.is_empty()
        && search.without.is_empty()
}

/// Lets saved itemsets answer a query that would mine a corpus of items, where they are all of its
/// present transactions, of the kind asked for, at that support or a lower one. A method that is
/// named is wanted for itself.
///
/// # Errors
/// When a parameter is wrong, and what the store says.
pub fn ask_saved(mut plan: Plan, catalog: &dyn Catalog) -> Result<Plan> {
    let name = match &plan.source {
        Source::Names(names) if names.len() == 1 => names.first().cloned(),
        Source::Current(place) => catalog.current().map(|name| Name::new(name, place.0)),
        _ => None,
    };
    let (Some(name), Some(step), Some(index)) = (name, plan.steps.first(), catalog.index()) else {
        return Ok(plan);
    };
    let Some(stage) = Itemsets::of(&step.stage).filter(|_| plan.shape.kind == Kind::Baskets) else {
        return Ok(plan);
    };
    if let Some((saved, mined)) = best_saved(index, &name.text, stage)? {
        let stage = Itemsets { saved: Some(mined), spare: false, ..stage.clone() };
        plan.steps[0].stage = Arc::new(stage) as Arc<dyn Stage>;
        plan.source = Source::Names(vec![Name::new(saved, name.span)]);
        plan.shape = Sets::shape();
    }
    Ok(plan)
}

/// Lets all itemsets of a corpus that are saved as they are found have some to spare, by which
/// REFRESH knows what more transactions make frequent.
pub fn find_to_spare(mut plan: Plan) -> Plan {
    let is_one = match &plan.source {
        Source::Names(names) => names.len() == 1,
        _ => false,
    };
    if let [step, last] = plan.steps.as_mut_slice()
        && plan.shape.kind == Kind::Baskets
        && is_one
        && last.stage.row().name == "SAVE"
        && let Some(stage) = Itemsets::of(&step.stage)
        && stage.mined().is_ok_and(|mined| mined.plain && mined.target == Target::All)
    {
        let stage = Itemsets { spare: true, ..stage.clone() };
        step.stage = Arc::new(stage) as Arc<dyn Stage>;
    }
    plan
}

/// The fewest saved itemsets that answer a stage over a corpus.
fn best_saved(index: &Index, corpus: &str, stage: &Itemsets) -> Result<Option<(String, Mined)>> {
    let Some(corpus) = index.corpus(corpus).filter(|_| stage.method.is_none()) else {
        return Ok(None);
    };
    let sources = [(corpus.record.name.clone(), corpus.manifest().ingests)];
    let asked = stage.mined()?;
    let mut best: Option<(u64, String, Mined)> = None;
    for head in index.saved()? {
        if head.kind != "itemsets" || head.sources != sources {
            continue;
        }
        let mined = saved::shape(&head).mined;
        let Some(mined) = mined.filter(|mined| mined.plain && mined.target == asked.target) else {
            continue;
        };
        let Some(KeptSets { sets, .. }) = KeptSets::open(index, &head.name)? else { continue };
        let least = |mined: &Mined| mined.support.least(sets.transactions, mined.strict).max(1);
        let (kept, wanted) = (least(&mined), least(&asked));
        // At another support, other itemsets are maximal.
        let says_all = kept == wanted || kept < wanted && mined.target != Target::Maximal;
        let is_better = best.as_ref().is_none_or(|(other, ..)| kept > *other);
        let is_of = sets.corpus == Some(corpus.record.id.0);
        if says_all && is_better && is_of && stage.knows_items(&sets, index)? {
            best = Some((kept, head.name, mined));
        }
    }
    Ok(best.map(|(_, name, mined)| (name, mined)))
}
