//! Comma separated values as RFC 4180 has them: a header, lines that end in CR LF, quotes where
//! needed.

use std::io::{self, Write};

use csv::{ErrorKind, Terminator, Writer, WriterBuilder};

use crate::query::rows::{Column, Datum};
use crate::render::datum::plain;
use crate::render::{RenderOptions, TableWriter};

struct Csv<'o>(Writer<&'o mut dyn Write>);

/// A writer of csv.
pub(super) fn writer<'o>(
    out: &'o mut dyn Write,
    _options: &RenderOptions,
) -> Box<dyn TableWriter + 'o> {
    Box::new(Csv(WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out)))
}

impl TableWriter for Csv<'_> {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        let names = columns.iter().map(|column| column.name.as_str());
        self.0.write_record(names).map_err(output)
    }

    fn row(&mut self, row: Vec<Datum>) -> io::Result<()> {
        for datum in &row {
            self.0.write_field(plain(datum).as_bytes()).map_err(output)?;
        }
        self.0.write_record(None::<&[u8]>).map_err(output)
    }

    fn end(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The error of the output itself: wrapped, a closed pipe could not be told from another failure.
fn output(error: csv::Error) -> io::Error {
    match error.into_kind() {
        ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use crate::render::Format;
    use crate::render::format::tests::{empty, sample, text};

    #[test]
    fn follows_rfc_4180() {
        let expected = "word,count,pmi,tokens,kept\r\n\
                        明月,1234,7.6076421,南京 市,true\r\n\
                        \"a|b\t\"\"c\"\",\\\nd\",-5,0.5,,false\r\n\
                        ,,,,\r\n";
        assert_eq!(text(Format::Csv, sample()), expected);
        assert_eq!(text(Format::Csv, empty()), "word\r\n");
    }
}
