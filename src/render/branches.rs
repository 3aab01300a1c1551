//! A tree drawn with lines, for a terminal.

use crate::mine::templates::Tree;
use crate::query::rows::Datum;
use crate::render::measured::{cut_tail, visible};

/// The lines of a tree, cut to the width where there is one; nothing for what is no tree.
pub(super) fn branches(datum: &Datum, width: Option<usize>) -> String {
    let mut drawn = String::new();
    if let Datum::Tree(tree) = datum {
        draw(tree, "", "", width, &mut drawn);
    }
    drawn
}

/// Draws a tree: `first` stands before its own line, `rest` before those of its children.
fn draw(tree: &Tree, first: &str, rest: &str, width: Option<usize>, drawn: &mut String) {
    let line = format!("{first}{}", visible(&tree.line()));
    match width {
        Some(width) => drawn.push_str(&cut_tail(&line, width)),
        None => drawn.push_str(&line),
    }
    drawn.push('\n');
    let last = tree.children.len().saturating_sub(1);
    for (number, child) in tree.children.iter().enumerate() {
        let (corner, line) = if number == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        draw(child, &format!("{rest}{corner}"), &format!("{rest}{line}"), width, drawn);
    }
}
