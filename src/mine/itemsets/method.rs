//! The table of methods, and the door through which they are run.

use super::ground::Ground;
use super::search::Search;
use super::sink::Sink;
use super::{apriori, hybrid};
use crate::control::{Control, Measure};
use crate::error::Result;
use crate::index::Vertical;

/// A row of the table of methods.
pub struct Method {
    /// What it is called after BY.
    pub name: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// Where it comes from.
    pub paper: &'static str,
    /// The method itself.
    pub(super) find: fn(Task<'_>, &mut dyn Sink) -> Result<u64>,
}

/// What a method works on.
pub(super) struct Task<'t> {
    pub(super) ground: Ground<'t>,
    pub(super) search: &'t Search,
    /// The least count.
    pub(super) min: u32,
    pub(super) control: &'t Control,
}

/// All methods, the default first.
pub static METHODS: &[Method] = &[hybrid::AUTO, hybrid::ECLAT, hybrid::FPGROWTH, apriori::METHOD];

/// A method by its name.
pub fn method(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

/// Finds itemsets and hands them to `sink`; gives back how many.
///
/// The same data and search give the same itemsets in the same order, whatever the number of
/// threads; the order differs between methods. Progress counts itemsets.
///
/// # Errors
/// [`Input`](crate::error::Error::Input) when the memory does not suffice,
/// [`Retry`](crate::error::Error::Retry) when the work is stopped, and what the sink returns. What
/// the sink has taken by then is part of the answer only.
///
/// ```
/// use erya::control::Control;
/// use erya::index::Vertical;
/// use erya::mine::itemsets::{Listing, METHODS, Search, mine};
/// let baskets = Vertical::from_rows([[0, 1].as_slice(), &[0, 1, 2], &[1]])?;
/// let search = Search { min_count: 2, ..Search::default() };
/// let mut listing = Listing::default();
/// mine(&METHODS[0], &baskets, &search, &Control::default(), &mut listing)?;
/// listing.itemsets.sort();
/// assert_eq!(listing.itemsets, [(vec![0], 2), (vec![0, 1], 2), (vec![1], 3)]);
/// # Ok::<(), erya::error::Error>(())
/// ```
pub fn mine(
    method: &Method,
    data: &Vertical,
    search: &Search,
    control: &Control,
    sink: &mut dyn Sink,
) -> Result<u64> {
    control.check()?;
    control.progress.begin("finding itemsets", None, Measure::Items);
    let found = find(method, data, search, control, sink);
    control.progress.finish();
    found
}

fn find(
    method: &Method,
    data: &Vertical,
    search: &Search,
    control: &Control,
    sink: &mut dyn Sink,
) -> Result<u64> {
    let sizes = search.sizes();
    let Some(min) = search.min(data.transactions()) else {
        return Ok(0);
    };
    if sizes.min > sizes.max || search.top == Some(0) {
        return Ok(0);
    }
    let Some(ground) = Ground::new(data, search, min) else {
        return Ok(0);
    };
    if ground.wanted.len() > sizes.max {
        return Ok(0);
    }
    (method.find)(Task { ground, search, min, control }, sink)
}
