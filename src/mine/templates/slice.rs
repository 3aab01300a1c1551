//! A stretch of a text that several share: the nodes of a tree are stretches of one sentence.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

/// A stretch of a text. Equal to every other one that reads the same.
#[derive(Clone)]
pub struct Slice {
    whole: Arc<str>,
    start: u32,
    end: u32,
}

impl Slice {
    /// The bytes of a range of a text; the ends of the range are those of characters.
    ///
    /// ```
    /// use erya::mine::templates::Slice;
    /// let sentence = "鸡蛋可以吃吗".into();
    /// assert_eq!(&*Slice::of(&sentence, 6..12), "可以");
    /// ```
    #[inline]
    pub fn of(whole: &Arc<str>, range: Range<usize>) -> Self {
        match (u32::try_from(range.start), u32::try_from(range.end)) {
            (Ok(start), Ok(end)) => Slice { whole: Arc::clone(whole), start, end },
            _ => Slice::from(whole.get(range).unwrap_or_default()),
        }
    }
}

impl Deref for Slice {
    type Target = str;

    fn deref(&self) -> &str {
        self.whole.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

impl<T: Into<Arc<str>>> From<T> for Slice {
    /// A text of its own, of less than 4 GiB.
    fn from(text: T) -> Self {
        let whole = text.into();
        let end = u32::try_from(whole.len()).unwrap_or(0);
        Slice { whole, start: 0, end }
    }
}

impl PartialEq for Slice {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Slice {}

impl fmt::Debug for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}
