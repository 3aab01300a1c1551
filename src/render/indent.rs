//! Rows as text with indented trees: the other values of a row in one line with tabs between them,
//! then each of its trees, two blanks deeper a level.

use std::io::{self, Write};

use crate::mine::templates::Tree;
use crate::query::rows::{Column, Datum};
use crate::render::datum::plain;
use crate::render::measured::visible;
use crate::render::{RenderOptions, TableWriter};

struct Indent<'o> {
    out: &'o mut dyn Write,
}

/// A writer of indented text.
pub(super) fn writer<'o>(
    out: &'o mut dyn Write,
    _options: &RenderOptions,
) -> Box<dyn TableWriter + 'o> {
    Box::new(Indent { out })
}

impl TableWriter for Indent<'_> {
    fn begin(&mut self, _columns: &[Column]) -> io::Result<()> {
        Ok(())
    }

    fn row(&mut self, row: Vec<Datum>) -> io::Result<()> {
        let is_tree = |datum: &&Datum| matches!(datum, Datum::Tree(_));
        let line: Vec<String> = row
            .iter()
            .filter(|datum| !is_tree(datum))
            .map(|datum| visible(&plain(datum)).into_owned())
            .collect();
        let depth = usize::from(!line.is_empty());
        if depth > 0 {
            writeln!(self.out, "{}", line.join("\t"))?;
        }
        row.iter().try_for_each(|datum| match datum {
            Datum::Tree(tree) => branch(tree, depth, self.out),
            _ => Ok(()),
        })
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn branch(tree: &Tree, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{:indent$}{}", "", visible(&tree.line()), indent = depth * 2)?;
    tree.children.iter().try_for_each(|child| branch(child, depth + 1, out))
}

#[cfg(test)]
mod tests {
    use crate::render::Format;
    use crate::render::format::tests::{text, trees};

    #[test]
    fn levels_are_indented() {
        let expected = [
            "他说鸡蛋可以吃吗\t-2.5",
            "  (他)说(鸡蛋可以吃吗)",
            "    他",
            "    (鸡蛋)可以(吃)吗",
            "      鸡蛋",
            "      吃",
        ];
        let shown = text(Format::Indent, trees());
        assert_eq!(shown.lines().take(6).collect::<Vec<_>>(), expected);
    }
}
