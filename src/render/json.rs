//! One json array of objects, an object a line, so that it streams and is still one document.

use std::io::{self, Write};

use crate::query::rows::{Column, Datum};
use crate::render::jsonl::Keys;
use crate::render::{RenderOptions, TableWriter};

struct Json<'o> {
    out: &'o mut dyn Write,
    keys: Keys,
    begun: bool,
}

/// A writer of json.
pub(super) fn writer<'o>(
    out: &'o mut dyn Write,
    _options: &RenderOptions,
) -> Box<dyn TableWriter + 'o> {
    Box::new(Json { out, keys: Keys::default(), begun: false })
}

impl TableWriter for Json<'_> {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        self.keys = Keys::new(columns)?;
        self.out.write_all(b"[")
    }

    fn row(&mut self, row: Vec<Datum>) -> io::Result<()> {
        self.out.write_all(if self.begun { &b",\n"[..] } else { b"\n" })?;
        self.begun = true;
        self.keys.object(&row, self.out)
    }

    fn end(&mut self) -> io::Result<()> {
        self.out.write_all(if self.begun { &b"\n]\n"[..] } else { b"]\n" })
    }
}

#[cfg(test)]
mod tests {
    use crate::render::Format;
    use crate::render::format::tests::{empty, sample, text};

    #[test]
    fn is_one_document_with_numbers_as_numbers() {
        let document = text(Format::Json, sample());
        let value: serde_json::Value = serde_json::from_str(&document).unwrap();
        assert_eq!(value[0]["count"], 1234);
        assert_eq!(value[0]["tokens"][1], "市");
        assert_eq!(value[1]["word"], "a|b\t\"c\",\\\nd");
        assert!(value[2]["pmi"].is_null());
        assert!(document.starts_with("[\n{\"word\":\"明月\",\"count\":1234,"));
        assert_eq!(text(Format::Json, empty()), "[]\n");
    }
}
