//! A template: words with slots between them, and the text that it is written as.
//!
//! ```text
//! [X]可以[X]吗        a slot is one word or more
//! 女儿 国[X]          a blank parts two words that stand next to each other
//! New\ York [X]       within a word, a blank, `[` and `\` have a `\` before them
//! ```

use std::sync::Arc;

use crate::error::{Error, Result};

/// A slot as it is written.
pub const SLOT: &str = "[X]";
/// Parts, and bytes of the text, that most templates do not exceed.
const USUAL_PARTS: usize = 8;
const USUAL_BYTES: usize = 64;

/// Words and slots in order: at least one word, and never two slots in a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Template(Vec<Option<Arc<str>>>);

impl Template {
    /// A template of words; `None` is a slot, and slots in a row become one. `None` without a word.
    pub fn new<W: Into<Arc<str>>>(parts: impl IntoIterator<Item = Option<W>>) -> Option<Self> {
        let parts = parts.into_iter();
        let mut own: Vec<Option<Arc<str>>> = Vec::with_capacity(parts.size_hint().0);
        for part in parts {
            if part.is_some() || !matches!(own.last(), Some(None)) {
                own.push(part.map(Into::into));
            }
        }
        own.iter().any(Option::is_some).then_some(Template(own))
    }

    /// Reads a template as it is written.
    ///
    /// ```
    /// use erya::mine::templates::Template;
    /// let template = Template::parse("[X]可以[X]吗").unwrap();
    /// assert_eq!((template.words(), template.slots()), (2, 2));
    /// assert_eq!(template.text(false), "[X]可以[X]吗");
    /// assert!(Template::parse("[X]").is_err());
    /// ```
    ///
    /// # Errors
    /// [`Error::Query`] where no word is in it, and where slots stand next to each other.
    pub fn parse(text: &str) -> Result<Self> {
        let mut parts: Vec<Option<Arc<str>>> = Vec::with_capacity(USUAL_PARTS);
        let (mut word, mut rest) = (String::new(), text);
        while let Some(next) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix(SLOT) {
                if parts.last() == Some(&None) {
                    let message = format!("two slots stand next to each other in `{text}`");
                    return Err(Error::query(message).hint("one slot is one word or more"));
                }
                parts.push(None);
                rest = after;
            } else if next.is_whitespace() {
                rest = &rest[next.len_utf8()..];
            } else {
                word.clear();
                rest = take_word(rest, &mut word);
                parts.push(Some(Arc::from(word.as_str())));
            }
        }
        Template::new(parts).ok_or_else(|| {
            let hint = format!("words and slots, such as {SLOT}可以{SLOT}吗");
            Error::query(format!("`{text}` has no word, so it is no template")).hint(hint)
        })
    }

    /// The template as it is written; `apart` puts blanks around slots too, for text whose words
    /// stand apart.
    pub fn text(&self, apart: bool) -> String {
        text_of(self.parts(), apart)
    }

    /// Its parts; `None` is a slot.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = Option<&str>> + Clone {
        self.0.iter().map(Option::as_deref)
    }

    /// How many words it has; never 0.
    pub fn words(&self) -> usize {
        self.0.iter().flatten().count()
    }

    /// How many slots it has.
    pub fn slots(&self) -> usize {
        self.0.len() - self.words()
    }
}

/// Takes the word that a text begins with, up to a blank or a slot; gives the rest.
fn take_word<'t>(text: &'t str, word: &mut String) -> &'t str {
    let mut rest = text;
    loop {
        // What is literal up to the next character that may not be.
        let end = rest.find(is_special).unwrap_or(rest.len());
        word.push_str(&rest[..end]);
        rest = &rest[end..];
        let mut characters = rest.chars();
        match characters.next() {
            Some('\\') => word.push(characters.next().unwrap_or('\\')),
            Some('[') if !rest.starts_with(SLOT) => word.push('['),
            _ => return rest,
        }
        rest = characters.as_str();
    }
}

/// Whether a character within a word has a `\` before it where a template is written.
fn is_special(character: char) -> bool {
    character == '\\' || character == '[' || character.is_whitespace()
}

/// Parts as a template is written; see [`Template::text`].
pub fn text_of<'p>(parts: impl IntoIterator<Item = Option<&'p str>>, apart: bool) -> String {
    let mut text = String::with_capacity(USUAL_BYTES);
    let mut before_is_word = None;
    for part in parts {
        let is_word = part.is_some();
        if before_is_word.is_some_and(|before| apart || (before && is_word)) {
            text.push(' ');
        }
        match part {
            None => text.push_str(SLOT),
            Some(word) if !word.contains(is_special) => text.push_str(word),
            Some(word) => word.chars().for_each(|character| {
                text.extend(is_special(character).then_some('\\'));
                text.push(character);
            }),
        }
        before_is_word = Some(is_word);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blanks_part_words_and_backslashes_keep_them() {
        let template = Template::parse(" 女儿 国 [X]\tNew\\ York").unwrap();
        let parts: Vec<_> = template.parts().collect();
        assert_eq!(parts, [Some("女儿"), Some("国"), None, Some("New York")]);
        assert_eq!(template.text(false), "女儿 国[X]New\\ York");
        assert_eq!(template.text(true), "女儿 国 [X] New\\ York");
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for text in ["", " ", "[X]", "[X][X]a", "a [X] [X]"] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
        assert_eq!(Template::parse("a\\").unwrap().text(false), "a\\\\");
        assert_eq!(Template::parse("[x][X").unwrap().words(), 1);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            parts in proptest::collection::vec(
                proptest::option::of("[a\\[\\]X 　国\\\\]{1,4}"), 1..6),
            apart: bool,
        ) {
            if let Some(template) = Template::new(parts) {
                prop_assert_eq!(Template::parse(&template.text(apart)).unwrap(), template);
            }
        }

        #[test]
        fn any_text_parses_or_fails(text: String) {
            let _ = Template::parse(&text);
        }
    }
}
