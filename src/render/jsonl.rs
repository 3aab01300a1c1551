//! One json object a line, its keys in the order of the columns.

use std::io::{self, Write};

use crate::mine::templates::Tree;
use crate::query::rows::{Column, Datum};
use crate::render::{RenderOptions, TableWriter};

struct Jsonl<'o> {
    out: &'o mut dyn Write,
    keys: Keys,
}

/// A writer of jsonl.
pub(super) fn writer<'o>(
    out: &'o mut dyn Write,
    _options: &RenderOptions,
) -> Box<dyn TableWriter + 'o> {
    Box::new(Jsonl { out, keys: Keys::default() })
}

impl TableWriter for Jsonl<'_> {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        self.keys = Keys::new(columns)?;
        Ok(())
    }

    fn row(&mut self, row: Vec<Datum>) -> io::Result<()> {
        self.keys.object(&row, self.out)?;
        self.out.write_all(b"\n")
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The names of the columns, as json strings.
#[derive(Default)]
pub(super) struct Keys(Vec<String>);

impl Keys {
    /// The keys of a table.
    pub(super) fn new(columns: &[Column]) -> io::Result<Self> {
        let keys = columns.iter().map(|column| serde_json::to_string(&column.name));
        Ok(Keys(keys.collect::<serde_json::Result<_>>()?))
    }

    /// Writes one row as an object.
    pub(super) fn object(&self, row: &[Datum], out: &mut dyn Write) -> io::Result<()> {
        for (index, (key, datum)) in self.0.iter().zip(row).enumerate() {
            let before = if index == 0 { "{" } else { "," };
            write!(out, "{before}{key}:")?;
            value(datum, out)?;
        }
        out.write_all(b"}")
    }
}

/// Writes one value; json has no infinities, so they are null.
fn value(datum: &Datum, out: &mut dyn Write) -> io::Result<()> {
    match datum {
        Datum::Null => out.write_all(b"null"),
        Datum::Boolean(value) => write!(out, "{value}"),
        Datum::Integer(value) => write!(out, "{value}"),
        Datum::Real(value) => Ok(serde_json::to_writer(out, value)?),
        Datum::Text(text) => Ok(serde_json::to_writer(out, text.as_ref())?),
        Datum::List(values) | Datum::Set(values) => {
            out.write_all(b"[")?;
            for (index, datum) in values.iter().enumerate() {
                if index > 0 {
                    out.write_all(b",")?;
                }
                value(datum, out)?;
            }
            out.write_all(b"]")
        }
        Datum::Tree(tree) => object(tree, out),
    }
}

/// Writes a tree as an object with template, text and children.
fn object(tree: &Tree, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"{\"template\":")?;
    serde_json::to_writer(&mut *out, &tree.template.as_deref())?;
    out.write_all(b",\"text\":")?;
    serde_json::to_writer(&mut *out, &*tree.text)?;
    out.write_all(b",\"children\":[")?;
    for (index, child) in tree.children.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        object(child, out)?;
    }
    out.write_all(b"]}")
}

#[cfg(test)]
mod tests {
    use crate::query::rows::{Answer, Column, ColumnKind, Datum};
    use crate::render::Format;
    use crate::render::format::tests::{empty, sample, text, trees};

    #[test]
    fn one_object_a_line() {
        let expected = concat!(
            r#"{"word":"明月","count":1234,"pmi":7.6076421,"tokens":["南京","市"],"kept":true}"#,
            "\n",
            r#"{"word":"a|b\t\"c\",\\\nd","count":-5,"pmi":0.5,"tokens":[],"kept":false}"#,
            "\n",
            r#"{"word":null,"count":null,"pmi":null,"tokens":null,"kept":null}"#,
            "\n",
        );
        assert_eq!(text(Format::Jsonl, sample()), expected);
        assert_eq!(text(Format::Jsonl, empty()), "");
    }

    #[test]
    fn a_tree_is_an_object() {
        let shown = text(Format::Jsonl, trees());
        let row: serde_json::Value = serde_json::from_str(shown.lines().next().unwrap()).unwrap();
        assert_eq!(row["tree"]["template"], "[X]说[X]");
        assert_eq!(row["tree"]["children"][0]["template"], serde_json::Value::Null);
        assert_eq!(row["tree"]["children"][1]["children"][1]["text"], "吃");
    }

    #[test]
    fn an_infinity_is_null() {
        let rows = [Ok(vec![Datum::Real(f64::INFINITY)])];
        let columns = vec![Column::new("x", ColumnKind::Real)];
        let answer = Answer::table(columns, Box::new(rows.into_iter()));
        assert_eq!(text(Format::Jsonl, answer), "{\"x\":null}\n");
    }
}
