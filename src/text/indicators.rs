//! Transactions in csv: a column for each item, or a row for each item of a transaction.

use std::collections::HashMap;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::baskets::{BasketSink, ItemNames};
use crate::error::{Error, Result};

/// What the columns of a csv mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CsvLayout {
    /// A row is a transaction; these columns, or all, are items, and a cell says yes or no.
    Indicators(Option<Vec<String>>),
    /// A row is one item of a transaction.
    Long {
        /// The column that says which transaction; rows of one need not follow each other.
        transaction: String,
        /// The column that names the item.
        item: String,
    },
}

/// Cells that say no. Beside them does a number that is zero.
const NO: &[&str] = &["", "false", "no", "f", "n", "na", "nan", "null", "none"];
/// Cells that say yes. Beside them does any other number.
const YES: &[&str] = &["true", "yes", "t", "y", "x"];

/// Reads transactions from csv, in pieces of any size.
pub(super) struct CsvBaskets {
    name: String,
    layout: CsvLayout,
    reader: Reader,
    /// The record that is being read, and the ends of its fields.
    bytes: Vec<u8>,
    written: usize,
    ends: Vec<usize>,
    fields: usize,
    header: Option<Header>,
    /// In the long form: the number of each transaction, and what is in them.
    numbers: HashMap<String, usize>,
    rows: Vec<Vec<String>>,
    gathered: usize,
}

/// What the first line says.
struct Header {
    width: usize,
    names: Vec<String>,
    /// The columns that are read: those of items, or transaction and item.
    columns: Vec<usize>,
}

impl CsvBaskets {
    pub(super) fn new(name: &str, separator: u8, layout: CsvLayout) -> Self {
        CsvBaskets {
            name: name.into(),
            layout,
            reader: ReaderBuilder::new().delimiter(separator).build(),
            bytes: vec![0; 1024],
            written: 0,
            ends: vec![0; 64],
            fields: 0,
            header: None,
            numbers: HashMap::new(),
            rows: Vec::new(),
            gathered: 0,
        }
    }

    /// Bytes of the transactions that are not yet known to be complete.
    pub(super) fn memory(&self) -> usize {
        self.gathered
    }

    /// Reads more of the file.
    pub(super) fn feed(
        &mut self,
        mut input: &[u8],
        names: &mut ItemNames,
        sink: &mut dyn BasketSink,
    ) -> Result<()> {
        while !input.is_empty() {
            input = self.step(input, names, sink)?.1;
        }
        Ok(())
    }

    /// Reads what is left, and hands over what had to be gathered.
    pub(super) fn finish(
        &mut self,
        names: &mut ItemNames,
        sink: &mut dyn BasketSink,
    ) -> Result<()> {
        while self.step(&[], names, sink)?.0 {}
        for row in std::mem::take(&mut self.rows) {
            row.iter().try_for_each(|item| names.hand(item, sink))?;
            sink.end()?;
        }
        Ok(())
    }

    /// Reads up to the end of a record or of the input; false at the end of the file.
    fn step<'b>(
        &mut self,
        input: &'b [u8],
        names: &mut ItemNames,
        sink: &mut dyn BasketSink,
    ) -> Result<(bool, &'b [u8])> {
        let (bytes, ends) = (&mut self.bytes[self.written..], &mut self.ends[self.fields..]);
        let (result, read, written, fields) = self.reader.read_record(input, bytes, ends);
        self.written += written;
        self.fields += fields;
        match result {
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::OutputFull => self.bytes.resize(self.bytes.len() * 2, 0),
            ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
            ReadRecordResult::Record => {
                let fields = self.take_fields()?;
                self.record(&fields, names, sink)?;
            }
            ReadRecordResult::End => return Ok((false, &[])),
        }
        Ok((true, &input[read..]))
    }

    fn take_fields(&mut self) -> Result<Vec<String>> {
        let text = std::str::from_utf8(&self.bytes[..self.written]).unwrap_or_default();
        let mut start = 0;
        let fields = self.ends[..self.fields].iter().map(|&end| {
            let field = text.get(start..end).unwrap_or_default().to_owned();
            start = end;
            field
        });
        let fields = fields.collect();
        self.written = 0;
        self.fields = 0;
        Ok(fields)
    }

    fn record(
        &mut self,
        fields: &[String],
        names: &mut ItemNames,
        sink: &mut dyn BasketSink,
    ) -> Result<()> {
        let Some(header) = &self.header else {
            self.header = Some(self.header_of(fields)?);
            return Ok(());
        };
        // The record ends before this line.
        let line = self.reader.line().saturating_sub(1);
        if fields.len() != header.width {
            let (found, width) = (fields.len(), header.width);
            let what = format!("{found} fields, and the first line has {width}");
            return Err(Error::input(format!("{}: line {line}: {what}", self.name))
                .hint("FORMAT baskets WITH separator = ',' reads lines that list items"));
        }
        if let (CsvLayout::Long { .. }, &[transaction, item]) =
            (&self.layout, header.columns.as_slice())
        {
            let next = self.rows.len();
            let number = *self.numbers.entry(fields[transaction].clone()).or_insert(next);
            if number == next {
                self.rows.push(Vec::new());
                self.gathered += fields[transaction].len() + 2 * size_of::<Vec<String>>();
            }
            self.gathered += fields[item].len() + 2 * size_of::<String>();
            self.rows[number].push(fields[item].clone());
            return Ok(());
        }
        for &column in &header.columns {
            let cell = fields[column].trim();
            match says_yes(cell) {
                Some(true) => names.hand(&header.names[column], sink)?,
                Some(false) => {}
                None => {
                    let column = &header.names[column];
                    let what = format!("`{cell}` under {column} is neither 1 nor 0");
                    return Err(Error::input(format!("{}: line {line}: {what}", self.name)).hint(
                        "WITH columns = (…) names the columns of items; WITH transaction = …, \
                         item = … reads one item a row; FORMAT baskets WITH separator = ',' \
                         reads lines that list items",
                    ));
                }
            }
        }
        sink.end()
    }

    fn header_of(&self, fields: &[String]) -> Result<Header> {
        let names: Vec<String> = fields.iter().map(|name| name.trim().to_owned()).collect();
        let find = |wanted: &String| {
            names.iter().position(|name| name == wanted).ok_or_else(|| {
                let message = format!(
                    "{}: there is no column `{wanted}`; the columns are {}",
                    self.name,
                    names.join(", ")
                );
                let error = Error::input(message);
                match names.len() {
                    1 => error.hint("WITH separator = ';' or '\\t' says what separates fields"),
                    _ => error,
                }
            })
        };
        let columns = match &self.layout {
            CsvLayout::Indicators(None) => Ok((0..names.len()).collect()),
            CsvLayout::Indicators(Some(wanted)) => wanted.iter().map(find).collect(),
            CsvLayout::Long { transaction, item } => {
                [transaction, item].map(find).into_iter().collect()
            }
        };
        Ok(Header { width: names.len(), columns: columns?, names })
    }
}

/// Whether a cell says that the item is there; `None` for what is neither.
fn says_yes(cell: &str) -> Option<bool> {
    let is_one_of = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(cell));
    match cell {
        "1" => Some(true),
        "0" => Some(false),
        _ if is_one_of(NO) => Some(false),
        _ if is_one_of(YES) => Some(true),
        _ => cell.parse::<f64>().ok().filter(|number| number.is_finite()).map(|n| n != 0.0),
    }
}
