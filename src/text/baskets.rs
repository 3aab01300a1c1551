//! Reads transactions: which items a line of baskets, a row of csv or a line of JSON names.
//!
//! Fed with chunks of decoded text, it hands over the items one by one. What becomes of an item
//! that is named twice, and which number it has, is decided above.

use super::class::ClassTable;
use super::indicators::{CsvBaskets, CsvLayout};
use super::options::TextOptions;
use crate::error::{Error, Result};

/// How transactions are laid out in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BasketFormat {
    /// A transaction a line, items with this between them; blanks where it is blank.
    Lines(String),
    /// Rows under a line of names, fields with this byte between them.
    Csv(u8, CsvLayout),
    /// A JSON array a line, or an object whose field of this name is one.
    JsonLines(Option<String>),
}

/// Receives transactions.
pub trait BasketSink {
    /// An item of the current transaction, normalised and not empty.
    ///
    /// # Errors
    /// An error ends the reading.
    fn item(&mut self, item: &str) -> Result<()>;

    /// The current transaction is complete.
    ///
    /// # Errors
    /// As for [`BasketSink::item`].
    fn end(&mut self) -> Result<()>;
}

/// Reads the transactions of one source.
pub struct BasketReader {
    name: String,
    /// Lines handed over so far.
    line: u64,
    names: ItemNames,
    state: State,
}

enum State {
    Blanks,
    Separated(String),
    Csv(Box<CsvBaskets>),
    Json(Option<String>),
}

/// Brings the names of items into the form in which they are stored.
pub(super) struct ItemNames {
    table: ClassTable,
    as_is: bool,
    mapped: String,
}

impl ItemNames {
    pub(super) fn new(options: &TextOptions) -> Self {
        let as_is = options.case == super::options::Case::Keep;
        ItemNames { table: ClassTable::new(options), as_is, mapped: String::new() }
    }

    /// Hands a field over as an item, unless it is empty.
    pub(super) fn hand(&mut self, field: &str, sink: &mut dyn BasketSink) -> Result<()> {
        let field = field.trim();
        if field.is_empty() {
            return Ok(());
        }
        // Normal forms leave ASCII alone.
        if self.as_is && field.is_ascii() {
            return sink.item(field);
        }
        self.mapped.clear();
        self.table.map(field, &mut self.mapped);
        match self.mapped.trim() {
            "" => Ok(()),
            mapped => sink.item(mapped),
        }
    }
}

impl BasketReader {
    /// Begins a source; errors call it `name`.
    pub fn new(name: &str, format: &BasketFormat, options: &TextOptions) -> Self {
        let state = match format {
            BasketFormat::Lines(separator) if separator.trim().is_empty() && separator != "\t" => {
                State::Blanks
            }
            BasketFormat::Lines(separator) => State::Separated(separator.clone()),
            BasketFormat::Csv(separator, layout) => {
                State::Csv(Box::new(CsvBaskets::new(name, *separator, layout.clone())))
            }
            BasketFormat::JsonLines(field) => State::Json(field.clone()),
        };
        BasketReader { name: name.into(), line: 0, names: ItemNames::new(options), state }
    }

    /// Bytes of what has been read and not yet handed over.
    pub fn memory(&self) -> usize {
        match &self.state {
            State::Csv(csv) => csv.memory(),
            _ => 0,
        }
    }

    /// Reads a chunk of whole lines.
    ///
    /// # Errors
    /// [`Error::Input`] where the text is not of the format, and what the sink says.
    pub fn feed(&mut self, chunk: &str, sink: &mut dyn BasketSink) -> Result<()> {
        if let State::Csv(csv) = &mut self.state {
            return csv.feed(chunk.as_bytes(), &mut self.names, sink);
        }
        for line in chunk.lines() {
            self.line += 1;
            if line.trim().is_empty() {
                continue;
            }
            match &self.state {
                State::Blanks => {
                    line.split_whitespace().try_for_each(|item| self.names.hand(item, sink))?;
                }
                State::Separated(separator) => {
                    let mut fields = line.split(separator.as_str());
                    if fields.clone().all(|field| field.trim().is_empty()) {
                        continue;
                    }
                    fields.try_for_each(|item| self.names.hand(item, sink))?;
                }
                State::Json(field) => {
                    let found = array(line, field.as_deref()).map_err(|what| {
                        Error::input(format!("{}: line {}: {what}", self.name, self.line))
                    })?;
                    found.iter().try_for_each(|item| self.names.hand(item, sink))?;
                }
                State::Csv(_) => {}
            }
            sink.end()?;
        }
        Ok(())
    }

    /// Ends the source.
    ///
    /// # Errors
    /// As for [`BasketReader::feed`].
    pub fn finish(&mut self, sink: &mut dyn BasketSink) -> Result<()> {
        match &mut self.state {
            State::Csv(csv) => csv.finish(&mut self.names, sink),
            _ => Ok(()),
        }
    }
}

/// The items that a line of JSON lists.
fn array(line: &str, field: Option<&str>) -> std::result::Result<Vec<String>, String> {
    use serde_json::Value;
    let value: Value =
        serde_json::from_str(line).map_err(|cause| format!("this is no JSON: {cause}"))?;
    let value = match (value, field) {
        (Value::Object(mut object), Some(field)) => {
            object.remove(field).ok_or_else(|| format!("the object has no field `{field}`"))?
        }
        (Value::Object(_), None) => {
            return Err("this is an object; WITH item = … names its field with the items".into());
        }
        (value, _) => value,
    };
    let Value::Array(values) = value else {
        return Err("the items are not an array".into());
    };
    let name = |value: Value| match value {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Null => Ok(String::new()),
        Value::Array(_) | Value::Object(_) => Err(format!("{value} is no item")),
    };
    values.into_iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Rows(Vec<Vec<String>>, Vec<String>);

    impl BasketSink for Rows {
        fn item(&mut self, item: &str) -> Result<()> {
            self.1.push(item.into());
            Ok(())
        }

        fn end(&mut self) -> Result<()> {
            self.0.push(std::mem::take(&mut self.1));
            Ok(())
        }
    }

    fn rows(format: &BasketFormat, text: &str) -> Result<Vec<Vec<String>>> {
        let mut rows = Rows::default();
        let mut reader = BasketReader::new("a", format, &TextOptions::default());
        // Any cut at the end of a line gives the same rows.
        for line in text.split_inclusive('\n') {
            reader.feed(line, &mut rows)?;
        }
        reader.finish(&mut rows)?;
        let mut whole = Rows::default();
        let mut reader = BasketReader::new("a", format, &TextOptions::default());
        reader.feed(text, &mut whole)?;
        reader.finish(&mut whole)?;
        assert_eq!(rows.0, whole.0);
        Ok(rows.0)
    }

    fn shown(format: &BasketFormat, text: &str) -> String {
        match rows(format, text) {
            Ok(rows) => rows.iter().map(|row| row.join("+")).collect::<Vec<_>>().join(" / "),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_line_is_a_transaction() {
        let blanks = BasketFormat::Lines(" ".into());
        assert_eq!(shown(&blanks, "b a  b\r\n\n \nＣ\tc\n"), "b+a+b / C+c");
        let commas = BasketFormat::Lines(",".into());
        assert_eq!(shown(&commas, "whole milk, ham ,,\n,,\nham"), "whole milk+ham / ham");
    }

    #[test]
    fn a_line_of_json_is_a_transaction() {
        let json = BasketFormat::JsonLines(None);
        assert_eq!(shown(&json, "[\"a\", 2, null, \"\"]\n\n[]\n"), "a+2 / ");
        assert_eq!(
            shown(&json, "[\"a\"]\n{}"),
            "a: line 2: this is an object; WITH item = … \
             names its field with the items"
        );
        let field = BasketFormat::JsonLines(Some("b".into()));
        assert_eq!(shown(&field, "{\"b\": [\"x\"], \"c\": 1}\n[\"y\"]"), "x / y");
        assert_eq!(shown(&field, "{\"c\": 1}"), "a: line 1: the object has no field `b`");
        assert_eq!(shown(&json, "[[1]]"), "a: line 1: [1] is no item");
    }

    #[test]
    fn a_row_of_indicators_is_a_transaction() {
        let all = BasketFormat::Csv(b',', CsvLayout::Indicators(None));
        let text = "milk,\"b,\nread\",ham\n1,0,true\n0,,no\n\n2,yes,0.0\n";
        assert_eq!(shown(&all, text), "milk+ham /  / milk+b,\nread");
        let some = CsvLayout::Indicators(Some(vec!["ham".into(), "milk".into()]));
        assert_eq!(shown(&BasketFormat::Csv(b',', some.clone()), text), "ham+milk /  / milk");
        assert_eq!(
            shown(&BasketFormat::Csv(b';', some), "ham;bread\n"),
            "a: there is no column `milk`; the columns are ham, bread"
        );
        assert_eq!(
            shown(&all, "milk,ham\n1,0\nbread,1\n"),
            "a: line 3: `bread` under milk is neither 1 nor 0"
        );
        assert_eq!(shown(&all, "milk,ham\n1\n"), "a: line 2: 1 fields, and the first line has 2");
    }

    #[test]
    fn rows_of_one_number_are_a_transaction() {
        let long = CsvLayout::Long { transaction: "id".into(), item: "what".into() };
        let text = "what,n,id\nham,1,7\nmilk,1,8\n,1,9\nbread,2,7";
        assert_eq!(shown(&BasketFormat::Csv(b',', long), text), "ham+bread / milk / ");
    }
}
