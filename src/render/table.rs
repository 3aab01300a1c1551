//! The table for a terminal: columns in line by display width, numbers to the right, fitted to the
//! width of the screen.
//!
//! The first rows are gathered to learn the widths; the others stream through the same columns, so
//! a million rows need no memory. Where `left` stands before `match`, as in a concordance, the
//! left side is set flush with the match and cut at its beginning. On a terminal, where there is
//! room, a distribution is drawn beside its numbers. Trees have no column: they are drawn below
//! their row.

use std::borrow::Cow;
use std::io::{self, Write};
use std::mem::take;

use crate::query::rows::{Column, ColumnKind, Datum};
use crate::query::value::{bar, real};
use crate::render::branches::branches;
use crate::render::datum::{decimals, plain, rounded};
use crate::render::measured::{cells, cut_head, cut_tail, visible};
use crate::render::{RenderOptions, TableWriter};

/// The rows that decide about the widths.
const SAMPLE: usize = 1000;
/// A text column is not cut below so many cells, or its header.
const NARROWEST: usize = 8;
const BETWEEN: &str = " │ ";
const CROSSING: &str = "─┼─";
const NULL: &str = "—";
/// The column that is a distribution, and the cells that its bars take at least and at most.
const DISTRIBUTION: &str = "probability";
const SHORTEST_BAR: usize = 10;
const LONGEST_BAR: usize = 30;

struct Table<'o> {
    out: &'o mut dyn Write,
    width: Option<usize>,
    columns: Vec<Column>,
    /// Which of the values of a row are trees.
    trees: Vec<usize>,
    sample: Vec<Vec<Datum>>,
    drawn: Vec<String>,
    layout: Option<Vec<Place>>,
    bars: Option<Bars>,
}

/// Bars behind the last column.
struct Bars {
    /// The column that they show.
    column: usize,
    /// The value of a full bar.
    most: f64,
    width: u16,
}

/// How a column is shown.
struct Place {
    width: usize,
    decimals: usize,
    align: Align,
    /// Whether it may be cut at all: a number never is.
    elastic: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Align {
    Left,
    Right,
    /// To the right, and cut at its beginning: what stands before a match.
    BeforeMatch,
}

/// A writer of tables.
pub(super) fn writer<'o>(
    out: &'o mut dyn Write,
    options: &RenderOptions,
) -> Box<dyn TableWriter + 'o> {
    let width = options.width;
    Box::new(Table {
        out,
        width,
        columns: Vec::new(),
        trees: Vec::new(),
        sample: Vec::new(),
        drawn: Vec::new(),
        layout: None,
        bars: None,
    })
}

impl TableWriter for Table<'_> {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        let is_tree = |place: &usize| columns[*place].kind == ColumnKind::Tree;
        let (trees, others): (Vec<usize>, Vec<usize>) = (0..columns.len()).partition(is_tree);
        self.trees = trees;
        self.columns = others.into_iter().map(|place| columns[place].clone()).collect();
        Ok(())
    }

    fn row(&mut self, mut row: Vec<Datum>) -> io::Result<()> {
        let mut drawn = String::new();
        for &tree in self.trees.iter().rev() {
            if tree < row.len() {
                drawn = branches(&row.remove(tree), self.width) + &drawn;
            }
        }
        if let Some(layout) = &self.layout {
            let line = line(layout, &row, self.width.is_some(), self.bars.as_ref());
            self.out.write_all(line.as_bytes())?;
            return self.out.write_all(drawn.as_bytes());
        }
        self.sample.push(row);
        self.drawn.push(drawn);
        if self.sample.len() < SAMPLE { Ok(()) } else { self.settle() }
    }

    fn end(&mut self) -> io::Result<()> {
        if self.layout.is_none() { self.settle() } else { Ok(()) }
    }

    fn hidden(&self) -> Vec<String> {
        let shown = self.layout.as_ref().map_or(0, Vec::len);
        self.columns.iter().skip(shown).map(|column| column.name.clone()).collect()
    }
}

impl Table<'_> {
    /// Fixes the widths and writes the header and what was gathered.
    fn settle(&mut self) -> io::Result<()> {
        let sample = take(&mut self.sample);
        let mut layout = natural(&self.columns, &sample);
        if let Some(width) = self.width {
            fit(&mut layout, &self.columns, width);
        }
        self.bars = self.width.and_then(|width| bars(&layout, &self.columns, &sample, width));
        let (cut, bars) = (self.width.is_some(), self.bars.as_ref());
        let names: Vec<Datum> = self.columns.iter().map(|c| Datum::text(&c.name)).collect();
        self.out.write_all(line(&layout, &names, cut, None).as_bytes())?;
        let widths = layout.iter().map(|place| place.width);
        let widths = widths.chain(bars.map(|bars| usize::from(bars.width)));
        let rule: Vec<String> = widths.map(|width| "─".repeat(width)).collect();
        if !rule.is_empty() {
            writeln!(self.out, "{}", rule.join(CROSSING))?;
        }
        for (row, drawn) in sample.iter().zip(take(&mut self.drawn)) {
            self.out.write_all(line(&layout, row, cut, bars).as_bytes())?;
            self.out.write_all(drawn.as_bytes())?;
        }
        self.layout = Some(layout);
        Ok(())
    }
}

/// The columns as wide as they would like to be.
fn natural(columns: &[Column], sample: &[Vec<Datum>]) -> Vec<Place> {
    let place = |(index, column): (usize, &Column)| {
        let values = || sample.iter().filter_map(|row| row.get(index));
        let decimals = values().map(|datum| match datum {
            Datum::Real(value) => decimals(*value),
            _ => 0,
        });
        let number = matches!(column.kind, ColumnKind::Integer | ColumnKind::Real);
        let follows = columns.get(index + 1).is_some_and(|next| next.name == "match");
        let align = match number {
            true => Align::Right,
            false if column.name == "left" && follows => Align::BeforeMatch,
            false => Align::Left,
        };
        let mut place =
            Place { width: 0, decimals: decimals.max().unwrap_or(0), align, elastic: !number };
        let widest = values().map(|datum| cells(&shown(datum, &place))).max().unwrap_or(0);
        place.width = widest.max(cells(&visible(&column.name)));
        place
    };
    columns.iter().enumerate().map(place).collect()
}

/// Narrows text columns, the widest first, and drops columns at the end where that is not enough.
fn fit(layout: &mut Vec<Place>, columns: &[Column], width: usize) {
    let narrowest = |(place, column): (&Place, &Column)| match place.elastic {
        true => place.width.min(NARROWEST.max(cells(&column.name))),
        false => place.width,
    };
    let least: Vec<usize> = layout.iter().zip(columns).map(narrowest).collect();
    let (mut used, mut kept) = (0, 0);
    for least in &least {
        used += least + cells(BETWEEN);
        if used > width + cells(BETWEEN) {
            break;
        }
        kept += 1;
    }
    layout.truncate(kept.max(1));
    loop {
        let total = layout.iter().map(|place| place.width + cells(BETWEEN)).sum::<usize>();
        let over = total.saturating_sub(width + cells(BETWEEN));
        let shrinkable =
            layout.iter_mut().zip(&least).filter(|(place, least)| place.width > **least);
        match shrinkable.max_by_key(|(place, _)| place.width) {
            Some((place, _)) if over > 0 => place.width -= 1,
            _ => return,
        }
    }
}

/// Bars for a distribution, where the line has room for them.
fn bars(layout: &[Place], columns: &[Column], sample: &[Vec<Datum>], width: usize) -> Option<Bars> {
    let used: usize = layout.iter().map(|place| place.width + cells(BETWEEN)).sum();
    let room = width.checked_sub(used)?.min(LONGEST_BAR);
    let column = columns.iter().take(layout.len()).position(|own| own.name == DISTRIBUTION)?;
    let values = sample.iter().filter_map(|row| real(row.get(column)?));
    let most = values.fold(0.0, f64::max);
    let width = u16::try_from(room).ok()?;
    (room >= SHORTEST_BAR && most > 0.0).then_some(Bars { column, most, width })
}

/// One value as the table shows it, not yet cut.
fn shown<'d>(datum: &'d Datum, place: &Place) -> Cow<'d, str> {
    match datum {
        Datum::Null => Cow::Borrowed(NULL),
        Datum::Real(value) => Cow::Owned(rounded(*value, place.decimals)),
        other => match plain(other) {
            Cow::Borrowed(text) => visible(text),
            Cow::Owned(text) => Cow::Owned(visible(&text).into_owned()),
        },
    }
}

/// One line of the table, without blanks at its end.
fn line(layout: &[Place], row: &[Datum], cut: bool, bars: Option<&Bars>) -> String {
    let mut line = String::new();
    for (index, (place, datum)) in layout.iter().zip(row).enumerate() {
        if index > 0 {
            line.push_str(BETWEEN);
        }
        let text = shown(datum, place);
        let text = match place.align {
            _ if !cut || !place.elastic => text,
            Align::BeforeMatch => Cow::Owned(cut_head(&text, place.width).into_owned()),
            _ => Cow::Owned(cut_tail(&text, place.width).into_owned()),
        };
        let blanks = " ".repeat(place.width.saturating_sub(cells(&text)));
        match place.align {
            Align::Left => line.extend([text.as_ref(), blanks.as_str()]),
            Align::Right | Align::BeforeMatch => line.extend([blanks.as_str(), text.as_ref()]),
        }
    }
    if let Some(bars) = bars {
        let value = row.get(bars.column).and_then(real).unwrap_or(0.0);
        line.extend([BETWEEN, &bar(value / bars.most, bars.width)]);
    }
    line.truncate(line.trim_end_matches(' ').len());
    if !layout.is_empty() {
        line.push('\n');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::rows::Answer;
    use crate::render::format::tests::{empty, sample, text, trees};
    use crate::render::{Format, write};

    fn fitted(answer: Answer<'_>, width: usize) -> (String, Vec<String>) {
        let mut out = Vec::new();
        let options = RenderOptions { width: Some(width) };
        let written = write(Format::Table, answer, &mut out, &options).unwrap();
        (String::from_utf8(out).unwrap(), written.hidden)
    }

    fn texts(names: &[&str], rows: &[&[&str]]) -> Answer<'static> {
        let columns = names.iter().map(|name| Column::new(*name, ColumnKind::Text)).collect();
        let row = |row: &&[&str]| Ok(row.iter().map(Datum::text).collect());
        let rows: Vec<_> = rows.iter().map(row).collect();
        Answer::table(columns, Box::new(rows.into_iter()))
    }

    #[test]
    fn columns_stand_in_line_by_display_width() {
        let expected = [
            "word | count | pmi | tokens | kept",
            "明月 | 1234 | 7.6076 | 南京 市 | true",
            "a|b\\t\"c\",\\\\nd | -5 | 0.5000 | | false",
            "— | — | — | — | —",
        ];
        let shown = text(Format::Table, sample());
        let lines = shown.lines().filter(|line| !line.contains('┼'));
        let squeezed = lines
            .map(|line| line.replace('│', "|").split_whitespace().collect::<Vec<_>>().join(" "));
        assert_eq!(squeezed.collect::<Vec<_>>(), expected);
        let bars = |line: &str| -> Vec<usize> {
            line.match_indices(['│', '┼']).map(|(at, _)| cells(&line[..at])).collect()
        };
        let first = shown.lines().next().map(bars).unwrap();
        assert_eq!(first.len(), 4);
        assert!(shown.lines().all(|line| bars(line) == first));
        assert!(shown.lines().all(|line| !line.trim().is_empty() && !line.ends_with(' ')));
        assert_eq!(text(Format::Table, empty()), "word\n────\n");
    }

    #[test]
    fn wide_text_is_cut_to_the_terminal() {
        let answer = texts(&["a", "b"], &[&["short", "明月几时有把酒问青天不知天上宫阙"]]);
        let (shown, hidden) = fitted(answer, 20);
        assert_eq!(shown, "a     │ b\n──────┼─────────────\nshort │ 明月几时有…\n");
        assert!(hidden.is_empty());
    }

    #[test]
    fn a_distribution_is_drawn_where_there_is_room() {
        let answer = || {
            let columns = [("unit", ColumnKind::Text), (DISTRIBUTION, ColumnKind::Real)];
            let columns = columns.map(|(name, kind)| Column::new(name, kind)).to_vec();
            let rows = [("月", 0.5), ("光", 0.25), ("山", 0.03125)];
            let rows = rows.map(|(unit, p)| Ok(vec![Datum::text(unit), Datum::Real(p)]));
            Answer::table(columns, Box::new(rows.into_iter()))
        };
        let (shown, _) = fitted(answer(), 37);
        let bars: Vec<&str> =
            shown.lines().map(|line| line.rsplit(['│', '┼']).next().unwrap()).collect();
        assert_eq!(bars[2..], [" ████████████████", " ████████", " █"]);
        assert!(shown.lines().all(|line| cells(line) <= 37), "{shown}");
        let (narrow, _) = fitted(answer(), 28);
        assert!(!narrow.contains('█'), "{narrow}");
    }

    #[test]
    fn columns_without_room_are_named() {
        let names = ["first", "second", "third_column"];
        let row = ["1234567890", "1234567890", "1234567890"];
        let (shown, hidden) = fitted(texts(&names, &[&row]), 24);
        assert_eq!(hidden, ["third_column"]);
        assert!(shown.lines().all(|line| cells(line) <= 24), "{shown}");
        let (_, hidden) = fitted(texts(&names, &[&row]), 3);
        assert_eq!(hidden.len(), 2);
    }

    #[test]
    fn a_concordance_has_its_match_in_one_column() {
        let rows: &[&[&str]] =
            &[&["床前", "明月", "光"], &["把酒问青天不知天上宫阙举头望", "明月", "低头思故乡"]];
        let (shown, _) = fitted(texts(&["left", "match", "right"], rows), 34);
        let at: Vec<usize> = shown
            .lines()
            .skip(2)
            .filter_map(|line| line.find("明月").map(|at| cells(&line[..at])))
            .collect();
        assert_eq!(at.len(), 2);
        assert_eq!(at[0], at[1]);
        assert!(shown.lines().nth(3).unwrap().starts_with('…'), "{shown}");
    }

    #[test]
    fn trees_are_drawn_below_their_rows() {
        let expected = [
            "sentence         │ score",
            "─────────────────┼──────",
            "他说鸡蛋可以吃吗 │  -2.5",
            "(他)说(鸡蛋可以吃吗)",
            "├─ 他",
            "└─ (鸡蛋)可以(吃)吗",
            "   ├─ 鸡蛋",
            "   └─ 吃",
            "—                │     —",
        ];
        let shown = text(Format::Table, trees());
        assert_eq!(shown.lines().map(str::trim_end).collect::<Vec<_>>(), expected);
        let (narrow, _) = fitted(trees(), 18);
        assert!(narrow.lines().any(|line| line == "(他)说(鸡蛋可以吃…"), "{narrow}");
    }

    #[test]
    fn rows_after_the_sample_keep_the_widths() {
        let rows = (0..3000).map(|n| Ok(vec![Datum::text("x".repeat(1 + n / 1000 * 30))]));
        let columns = vec![Column::new("x", ColumnKind::Text)];
        let (shown, _) = fitted(Answer::table(columns, Box::new(rows)), 80);
        assert_eq!(shown.lines().count(), 3002);
        assert_eq!(shown.lines().last(), Some("…"));
    }
}
