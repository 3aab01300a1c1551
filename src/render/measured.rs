//! Text measured in cells of the terminal, and quantities as a person reads them.

use std::borrow::Cow;
use std::time::Duration;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text with control characters made visible: `\n`, `\t`, `\u{1b}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// The cells that a text takes.
pub(super) fn cells(text: &str) -> usize {
    text.width()
}

/// The text in at most `width` cells, its end replaced by `…` where it does not fit.
pub fn cut_tail(text: &str, width: usize) -> Cow<'_, str> {
    if cells(text) <= width {
        return Cow::Borrowed(text);
    }
    let end = reach(text.char_indices(), width.saturating_sub(1)).map_or(0, |(at, c)| at + c);
    Cow::Owned(format!("{}…", &text[..end]))
}

/// The text in at most `width` cells, its beginning replaced by `…` where it does not fit.
pub fn cut_head(text: &str, width: usize) -> Cow<'_, str> {
    if cells(text) <= width {
        return Cow::Borrowed(text);
    }
    let kept = reach(text.char_indices().rev(), width.saturating_sub(1));
    Cow::Owned(format!("…{}", &text[kept.map_or(text.len(), |(at, _)| at)..]))
}

/// The last character, with its length, up to which the characters fit into `width` cells.
fn reach(characters: impl Iterator<Item = (usize, char)>, width: usize) -> Option<(usize, usize)> {
    let mut used = 0;
    let mut last = None;
    for (at, character) in characters {
        used += character.width().unwrap_or(0);
        if used > width {
            break;
        }
        last = Some((at, character.len_utf8()));
    }
    last
}

/// A number with a blank between thousands: `12 345`.
pub fn amount(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A duration: `34 ms`, `2.4 s`, `3 min 5 s`.
pub fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..60 => format!("{:.1} s", time.as_secs_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_by_cells_not_by_characters() {
        assert_eq!(cut_tail("明月几时有", 10), "明月几时有");
        assert_eq!(cut_tail("明月几时有", 9), "明月几时…");
        assert_eq!(cut_tail("明月几时有", 8), "明月几…");
        assert_eq!(cut_head("明月几时有", 8), "…几时有");
        assert_eq!(cut_head("abcdef", 1), "…");
        assert_eq!(cut_tail("明", 1), "…");
    }

    #[test]
    fn quantities() {
        assert_eq!(amount(0), "0");
        assert_eq!(amount(12_345), "12 345");
        assert_eq!(amount(1_234_567), "1 234 567");
        assert_eq!(elapsed(Duration::from_millis(34)), "34 ms");
        assert_eq!(elapsed(Duration::from_millis(2350)), "2.4 s");
        assert_eq!(elapsed(Duration::from_secs(185)), "3 min 5 s");
    }

    #[test]
    fn control_characters_show() {
        assert_eq!(visible("a\tb\nc\u{1b}[0m"), "a\\tb\\nc\\u{1b}[0m");
    }
}
