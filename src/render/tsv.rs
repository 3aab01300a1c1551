//! Fields between tabs, one row a line, a header first. A tab, a line end or a backslash inside a
//! field is escaped, so that every line has as many fields as the header.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::query::rows::{Column, Datum};
use crate::render::datum::plain;
use crate::render::{RenderOptions, TableWriter};

struct Tsv<'o>(&'o mut dyn Write);

/// A writer of tsv.
pub(super) fn writer<'o>(
    out: &'o mut dyn Write,
    _options: &RenderOptions,
) -> Box<dyn TableWriter + 'o> {
    Box::new(Tsv(out))
}

impl TableWriter for Tsv<'_> {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        self.line(columns.iter().map(|column| Cow::Borrowed(column.name.as_str())))
    }

    fn row(&mut self, row: Vec<Datum>) -> io::Result<()> {
        self.line(row.iter().map(plain))
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Tsv<'_> {
    fn line<'f>(&mut self, fields: impl Iterator<Item = Cow<'f, str>>) -> io::Result<()> {
        for (index, field) in fields.enumerate() {
            if index > 0 {
                self.0.write_all(b"\t")?;
            }
            self.0.write_all(escaped(&field).as_bytes())?;
        }
        self.0.write_all(b"\n")
    }
}

fn escaped(field: &str) -> Cow<'_, str> {
    if !field.contains(['\t', '\n', '\r', '\\']) {
        return Cow::Borrowed(field);
    }
    let mut text = String::with_capacity(field.len() + 4);
    for character in field.chars() {
        match character {
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\\' => text.push_str("\\\\"),
            other => text.push(other),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use crate::render::Format;
    use crate::render::format::tests::{empty, sample, text};

    #[test]
    fn escapes_what_would_break_a_line() {
        let expected = "word\tcount\tpmi\ttokens\tkept\n\
                        明月\t1234\t7.6076421\t南京 市\ttrue\n\
                        a|b\\t\"c\",\\\\\\nd\t-5\t0.5\t\tfalse\n\
                        \t\t\t\t\n";
        assert_eq!(text(Format::Tsv, sample()), expected);
        assert_eq!(text(Format::Tsv, empty()), "word\n");
    }
}
