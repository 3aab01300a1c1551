//! Colours while typing: keywords, strings, numbers, comments; a string without its end and a stage
//! that does not exist in red.

use crate::query::stages::STAGES;
use crate::query::vocabulary::{STATEMENTS, is_keyword};
use crate::shell::lexis::{Kind, Piece, pieces};

const KEYWORD: &str = "1;34";
const TEXT: &str = "32";
const NUMBER: &str = "36";
const COMMENT: &str = "2";
const WRONG: &str = "1;31";
const COMMAND: &str = "35";

/// The line in colours. `pending` are the lines of the entry before it.
pub(super) fn coloured(pending: &str, line: &str) -> String {
    if pending.is_empty() && line.trim_start().starts_with('.') {
        return paint(COMMAND, line);
    }
    let whole = format!("{pending}{line}");
    let all = pieces(&whole);
    let mut shown = String::with_capacity(line.len() * 2);
    let mut at = pending.len();
    for (index, piece) in all.iter().enumerate() {
        if piece.end() <= pending.len() {
            continue;
        }
        let start = piece.start.max(pending.len());
        shown.push_str(&whole[at..start]);
        let text = &whole[start..piece.end()];
        match colour(piece, index.checked_sub(1).map(|before| &all[before])) {
            Some(code) => shown.push_str(&paint(code, text)),
            None => shown.push_str(text),
        }
        at = piece.end();
    }
    shown.push_str(&whole[at..]);
    shown
}

fn colour(piece: &Piece<'_>, before: Option<&Piece<'_>>) -> Option<&'static str> {
    match piece.kind {
        Kind::Text { closed: false } | Kind::Quoted { closed: false } => Some(WRONG),
        Kind::Text { closed: true } => Some(TEXT),
        Kind::Number => Some(NUMBER),
        Kind::Comment => Some(COMMENT),
        Kind::Word if before.is_some_and(|piece| piece.is("|")) && !is_stage(piece.text) => {
            Some(WRONG)
        }
        // `count` is a stage behind a pipe, and elsewhere a column.
        Kind::Word if is_stage_name(piece.text) => {
            before.is_none_or(|piece| piece.is("|") || piece.is(";")).then_some(KEYWORD)
        }
        Kind::Word if is_keyword(piece.text) => Some(KEYWORD),
        Kind::Word | Kind::Quoted { closed: true } | Kind::Sign => None,
    }
}

/// Whether a word is a stage and nothing else of the language's own.
fn is_stage_name(word: &str) -> bool {
    let same = |keyword: &str| keyword.eq_ignore_ascii_case(word);
    let in_statements = || STATEMENTS.iter().any(|row| row.name.split(' ').any(same));
    STAGES.iter().any(|stage| same(stage.name)) && !in_statements()
}

/// Whether a stage begins so: half a name is not wrong yet.
fn is_stage(word: &str) -> bool {
    let word = word.to_ascii_uppercase();
    STAGES.iter().any(|stage| stage.name.starts_with(&word))
}

/// The text in a colour; every line of its own, for the terminal is drawn line by line.
pub(super) fn paint(code: &str, text: &str) -> String {
    let line = |line: &str| match line.is_empty() {
        true => String::new(),
        false => format!("\x1b[{code}m{line}\x1b[0m"),
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_by_kind() {
        let shown = coloured("", "FROM poems | COUNT '月' -- x");
        let expected = "\x1b[1;34mFROM\x1b[0m poems | \x1b[1;34mCOUNT\x1b[0m \
                        \x1b[32m'月'\x1b[0m \x1b[2m-- x\x1b[0m";
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_cannot_be_right_is_red() {
        assert!(coloured("", "FROM p | CUONT").contains("\x1b[1;31mCUONT"));
        assert!(coloured("", "FROM p | CO").ends_with("| CO"));
        assert!(coloured("", "FROM 'p").contains("\x1b[1;31m'p"));
    }

    #[test]
    fn a_column_called_like_a_stage_is_no_keyword() {
        let shown = coloured("", "NGRAMS 2 | WHERE count > 5 | COUNT");
        assert_eq!(shown.matches("\x1b[1;34m").count(), 3, "{shown}");
        assert!(shown.contains(" count "), "{shown}");
    }

    #[test]
    fn a_string_goes_on_over_lines() {
        assert_eq!(coloured("FROM 'a\n", "b' | 5"), "\x1b[32mb'\x1b[0m | \x1b[36m5\x1b[0m");
    }

    #[test]
    fn nothing_but_colour_is_added() {
        for line in ["", "  ", "FROM 'a\nb' |", ".help words", "SELECT * FROM \u{301}x"] {
            let shown = coloured("", line);
            let mut plain = String::new();
            for (index, part) in shown.split('\x1b').enumerate() {
                let visible = part.find('m').map_or(part, |at| &part[at + 1..]);
                plain.push_str(if index == 0 { part } else { visible });
            }
            assert_eq!(plain, line);
        }
    }
}
