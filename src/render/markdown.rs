//! A pipe table as GitHub and most others read it; numbers as in the table for a terminal.

use std::io::{self, Write};

use crate::query::rows::{Column, ColumnKind, Datum};
use crate::render::datum::{plain, rounded};
use crate::render::{RenderOptions, TableWriter};

struct Markdown<'o>(&'o mut dyn Write);

/// A writer of markdown.
pub(super) fn writer<'o>(
    out: &'o mut dyn Write,
    _options: &RenderOptions,
) -> Box<dyn TableWriter + 'o> {
    Box::new(Markdown(out))
}

impl TableWriter for Markdown<'_> {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        self.line(columns.iter().map(|column| escaped(&column.name)))?;
        self.line(columns.iter().map(|column| match column.kind {
            ColumnKind::Integer | ColumnKind::Real => "---:".to_owned(),
            _ => "---".to_owned(),
        }))
    }

    fn row(&mut self, row: Vec<Datum>) -> io::Result<()> {
        self.line(row.iter().map(|datum| match datum {
            Datum::Real(value) => rounded(*value, 4),
            other => escaped(&plain(other)),
        }))
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Markdown<'_> {
    fn line(&mut self, cells: impl Iterator<Item = String>) -> io::Result<()> {
        for cell in cells {
            if cell.is_empty() {
                self.0.write_all(b"| ")?;
            } else {
                write!(self.0, "| {cell} ")?;
            }
        }
        self.0.write_all(b"|\n")
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('|', "\\|");
    text.replace("\r\n", "<br>").replace(['\n', '\r'], "<br>").replace('\t', " ")
}

#[cfg(test)]
mod tests {
    use crate::render::Format;
    use crate::render::format::tests::{empty, sample, text};

    #[test]
    fn escapes_pipes_and_line_ends() {
        let expected = "| word | count | pmi | tokens | kept |\n\
                        | --- | ---: | ---: | --- | --- |\n\
                        | 明月 | 1234 | 7.6076 | 南京 市 | true |\n\
                        | a\\|b \"c\",\\\\<br>d | -5 | 0.5000 | | false |\n\
                        | | | | | |\n";
        assert_eq!(text(Format::Markdown, sample()), expected);
        assert_eq!(text(Format::Markdown, empty()), "| word |\n| --- |\n");
    }
}
