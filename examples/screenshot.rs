//! Draws what a terminal shows as a picture: reads lines with colour codes, as
//! `tmux capture-pane -e -p` gives them, and writes an SVG in which every character stands in its
//! cell, a Han character in two. `examples/screenshots.sh` takes those of the README with it.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Read, Write as _};

use unicode_width::UnicodeWidthChar;

const CELL: f64 = 8.4;
const LINE: f64 = 19.0;
const MARGIN: f64 = 14.0;
const GROUND: &str = "#1d1f21";
const INK: &str = "#d0d2ce";
/// The eight colours of a terminal, then the bright ones.
const COLOURS: [&str; 16] = [
    "#1d1f21", "#e0605e", "#9fc05f", "#f0c674", "#6f9fe0", "#b98ccc", "#6fc5bb", "#d0d2ce",
    "#7c8083", "#f07f7a", "#b9d97a", "#f9d98f", "#8fb7ef", "#cfa8e0", "#8fdcd2", "#ffffff",
];

/// How characters are drawn from here on.
#[derive(Clone, Copy, Default, PartialEq)]
struct Style {
    colour: Option<usize>,
    bold: bool,
    dim: bool,
}

impl Style {
    /// Reads the numbers of an `ESC [ … m`.
    fn apply(&mut self, codes: &str) {
        let mut numbers = codes.split(';').map(|code| code.parse::<usize>().unwrap_or(0));
        while let Some(number) = numbers.next() {
            match number {
                0 => *self = Style::default(),
                1 => self.bold = true,
                2 => self.dim = true,
                22 => (self.bold, self.dim) = (false, false),
                30..=37 => self.colour = Some(number - 30),
                39 => self.colour = None,
                90..=97 => self.colour = Some(number - 82),
                38 => {
                    let index = numbers.nth(1);
                    self.colour = index.filter(|index| *index < COLOURS.len());
                }
                _ => {}
            }
        }
    }

    fn attributes(self) -> String {
        let ink = self.colour.and_then(|index| COLOURS.get(index)).unwrap_or(&INK);
        let bold = if self.bold { " font-weight=\"bold\"" } else { "" };
        let dim = if self.dim { " opacity=\"0.55\"" } else { "" };
        format!("fill=\"{ink}\"{bold}{dim}")
    }
}

/// Characters of one style and the cells that they begin in.
struct Run {
    style: Style,
    text: String,
    cells: Vec<usize>,
}

/// The runs of a line and the cells that it takes.
fn runs(line: &str, style: &mut Style) -> (Vec<Run>, usize) {
    let mut runs: Vec<Run> = Vec::new();
    let mut cell = 0;
    let mut rest = line;
    while let Some(character) = rest.chars().next() {
        if let Some(escape) = rest.strip_prefix("\x1b[")
            && let Some(end) = escape.find(|c: char| c.is_ascii_alphabetic())
        {
            if escape[end..].starts_with('m') {
                style.apply(&escape[..end]);
            }
            rest = &escape[end + 1..];
            continue;
        }
        rest = &rest[character.len_utf8()..];
        let width = character.width().unwrap_or(0);
        if character != ' ' && width > 0 {
            match runs.last_mut().filter(|run| run.style == *style) {
                Some(run) => {
                    run.text.push(character);
                    run.cells.push(cell);
                }
                None => {
                    let (text, cells) = (character.to_string(), vec![cell]);
                    runs.push(Run { style: *style, text, cells });
                }
            }
        }
        cell += width;
    }
    (runs, cell)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The picture of a screen.
fn picture(screen: &str) -> Result<String, std::fmt::Error> {
    let mut style = Style::default();
    let mut body = String::new();
    let mut widest = 0;
    let lines: Vec<&str> = screen.trim_end().lines().collect();
    for (number, line) in lines.iter().enumerate() {
        let (runs, width) = runs(line.trim_end(), &mut style);
        widest = widest.max(width);
        let y = MARGIN + LINE * (number as f64 + 0.75);
        for run in runs {
            let places =
                run.cells.iter().map(|cell| format!("{:.1}", MARGIN + CELL * *cell as f64));
            let places = places.collect::<Vec<_>>().join(" ");
            let (attributes, text) = (run.style.attributes(), escaped(&run.text));
            writeln!(body, "<text x=\"{places}\" y=\"{y:.1}\" {attributes}>{text}</text>")?;
        }
    }
    let (width, height) =
        (MARGIN * 2.0 + CELL * widest as f64, MARGIN * 2.0 + LINE * lines.len() as f64);
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" font-size=\"14\" font-family=\"ui-monospace, \
         SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', \
         monospace\">\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{GROUND}\"/>\n\
         {body}</svg>\n"
    ))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut screen = String::new();
    io::stdin().read_to_string(&mut screen)?;
    io::stdout().write_all(picture(&screen)?.as_bytes())?;
    Ok(())
}
