//! A pattern as it was tokenised: unit by unit, so that a person sees what will be looked for.

use crate::query::pattern::{Part, Pattern};
use crate::text::{Splitter, TextOptions};

/// The units of a pattern with a blank between them; `|` is an edge that punctuation makes.
pub(super) fn tokenised(pattern: &Pattern, options: &TextOptions) -> String {
    let splitter = Splitter::new(options);
    let mut words = Vec::new();
    add(pattern, &splitter, &mut words);
    words.join(" ")
}

/// The same of a text that is no pattern.
pub(super) fn text_tokenised(text: &str, options: &TextOptions) -> String {
    tokenised(&Pattern { parts: vec![Part::Literal(text.to_owned())] }, options)
}

fn add(pattern: &Pattern, splitter: &Splitter, words: &mut Vec<String>) {
    for part in &pattern.parts {
        match part {
            Part::Literal(text) => {
                for piece in splitter.pieces(text) {
                    if piece.boundary {
                        words.push("|".into());
                    } else if piece.is_unit() {
                        words.push(piece.text.into_owned());
                    }
                }
            }
            Part::Either(choices) => {
                let choice = |choice: &Pattern| {
                    let mut inner = Vec::new();
                    add(choice, splitter, &mut inner);
                    inner.join(" ")
                };
                let choices: Vec<String> = choices.iter().map(choice).collect();
                words.push(format!("({})", choices.join("|")));
            }
            Part::One => words.push("?".into()),
            Part::Many => words.push("*".into()),
            Part::Start => words.push("^".into()),
            Part::End => words.push("$".into()),
            Part::Regex(expression) => words.push(format!("/{expression}/")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Span;
    use crate::query::node::Quoted;
    use crate::text::{Case, Unit};

    fn shown(text: &str, options: &TextOptions) -> String {
        let quoted = Quoted::new(text, Span::default());
        tokenised(&Pattern::parse(&quoted).unwrap(), options)
    }

    #[test]
    fn units_stand_apart() {
        let characters = TextOptions::default();
        assert_eq!(shown("林?玉(儿|妹妹)", &characters), "林 ? 玉 (儿|妹 妹)");
        assert_eq!(shown("ＩＢＭ，12", &characters), "IBM | 12");
        let words = TextOptions { unit: Unit::Word, case: Case::Fold, ..characters };
        assert_eq!(shown("A strong /.*ing/ man's$", &words), "a strong /.*ing/ man's $");
    }
}
