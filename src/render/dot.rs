//! Trees as one graph for Graphviz: a node for each stretch, an edge to each slot's filler. A row
//! without trees is a node of its own.

use std::io::{self, Write};

use crate::mine::templates::Tree;
use crate::query::rows::{Column, Datum};
use crate::render::datum::plain;
use crate::render::{RenderOptions, TableWriter};

struct Dot<'o> {
    out: &'o mut dyn Write,
    nodes: u64,
}

/// A writer of graphs.
pub(super) fn writer<'o>(
    out: &'o mut dyn Write,
    _options: &RenderOptions,
) -> Box<dyn TableWriter + 'o> {
    Box::new(Dot { out, nodes: 0 })
}

impl TableWriter for Dot<'_> {
    fn begin(&mut self, _columns: &[Column]) -> io::Result<()> {
        writeln!(self.out, "digraph erya {{\n  ordering=out;\n  node [shape=box];")
    }

    fn row(&mut self, row: Vec<Datum>) -> io::Result<()> {
        let mut has_tree = false;
        for datum in &row {
            if let Datum::Tree(tree) = datum {
                has_tree = true;
                self.tree(tree)?;
            }
        }
        if !has_tree {
            let values: Vec<_> = row.iter().map(plain).collect();
            self.node(&values.join("\t"), false)?;
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        writeln!(self.out, "}}")
    }
}

impl Dot<'_> {
    /// Writes a node and gives its number.
    fn node(&mut self, label: &str, is_leaf: bool) -> io::Result<u64> {
        let number = self.nodes;
        self.nodes += 1;
        let mut quoted = String::new();
        for c in label.chars() {
            match c {
                '"' | '\\' => quoted.extend(['\\', c]),
                '\n' | '\r' | '\t' => quoted.push(' '),
                c => quoted.push(c),
            }
        }
        let shape = if is_leaf { " shape=plaintext" } else { "" };
        writeln!(self.out, "  n{number} [label=\"{quoted}\"{shape}];")?;
        Ok(number)
    }

    fn tree(&mut self, tree: &Tree) -> io::Result<u64> {
        let own = self.node(&tree.line(), tree.children.is_empty())?;
        for child in &tree.children {
            let child = self.tree(child)?;
            writeln!(self.out, "  n{own} -> n{child};")?;
        }
        Ok(own)
    }
}

#[cfg(test)]
mod tests {
    use crate::render::Format;
    use crate::render::format::tests::{empty, text, trees};

    #[test]
    fn a_node_for_each_stretch_and_an_edge_to_each_filler() {
        let shown = text(Format::Dot, trees());
        assert!(shown.starts_with("digraph erya {\n"), "{shown}");
        assert!(shown.contains("n0 [label=\"(他)说(鸡蛋可以吃吗)\"];\n"), "{shown}");
        assert!(shown.contains("n0 -> n1;\n"), "{shown}");
        assert!(shown.contains("n2 -> n4;\n"), "{shown}");
        assert!(shown.ends_with("}\n"), "{shown}");
        assert_eq!(text(Format::Dot, empty()).matches("label").count(), 0);
    }
}
