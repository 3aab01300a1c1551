//! The texts that are measured with: files, or lines from a generator when there are none.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Bytes that are generated.
const GENERATED: usize = 20 << 20;
/// Every so manieth line is kept back, to be added later: 4 %.
const KEPT_BACK: usize = 25;
/// Files of the same text, to be ingested one by one.
const PARTS: usize = 8;
/// How often the text is repeated where a larger one is wanted.
pub(crate) const COPIES: usize = 5;

/// A text, whole and in parts.
pub(crate) struct Texts {
    /// All lines.
    pub whole: PathBuf,
    /// All lines, units separated by blanks, as counters of words want them.
    pub spaced: PathBuf,
    /// 96 lines of a hundred.
    pub most: PathBuf,
    /// The other four.
    pub rest: PathBuf,
    /// The whole in eight.
    pub eighths: Vec<PathBuf>,
    /// Bytes of the whole.
    pub bytes: u64,
}

impl Texts {
    /// Writes the texts into `folder`: of `files`, or generated ones.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub(crate) fn write(
        folder: &Path,
        name: &str,
        files: &[PathBuf],
        characters: bool,
    ) -> Outcome<Texts> {
        let path = |part: &str| folder.join(format!("{name}-{part}.txt"));
        let eighths: Vec<PathBuf> = (0..PARTS).map(|part| path(&part.to_string())).collect();
        let (whole, spaced) = (path("whole"), path("spaced"));
        let (most, rest) = (path("most"), path("rest"));
        let mut outputs: Vec<BufWriter<File>> = Vec::new();
        for path in [&whole, &spaced, &most, &rest].into_iter().chain(&eighths) {
            outputs.push(BufWriter::new(File::create(path)?));
        }
        let mut bytes = 0;
        let mut write = |number: usize, line: &str| -> std::io::Result<()> {
            bytes += line.len() as u64 + 1;
            let part = if number.is_multiple_of(KEPT_BACK) { 3 } else { 2 };
            for output in [0, part, 4 + number % PARTS] {
                writeln!(outputs[output], "{line}")?;
            }
            if !characters {
                return writeln!(outputs[1], "{line}");
            }
            for character in line.chars().filter(|character| !character.is_whitespace()) {
                write!(outputs[1], "{character} ")?;
            }
            writeln!(outputs[1])
        };
        let mut number = 0;
        for file in files {
            for line in BufReader::new(File::open(file)?).lines() {
                write(number, &line?)?;
                number += 1;
            }
        }
        if files.is_empty() {
            let mut generator = Generator::new(characters);
            let mut written = 0;
            while written < GENERATED {
                let line = generator.line();
                written += line.len() + 1;
                write(number, &line)?;
                number += 1;
            }
        }
        for mut output in outputs {
            output.flush()?;
        }
        Ok(Texts { whole, spaced, most, rest, eighths, bytes })
    }

    /// Writes the text [`COPIES`] times into one file, its lines in another order each time.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub(crate) fn write_copies(&self, folder: &Path) -> Outcome<PathBuf> {
        let path = folder.join("copies.txt");
        let mut output = BufWriter::new(File::create(&path)?);
        let text = std::fs::read_to_string(&self.whole)?;
        let mut lines: Vec<&str> = text.lines().collect();
        let mut generator = Generator::new(true);
        for _ in 0..COPIES {
            for place in (1..lines.len()).rev() {
                lines.swap(place, usize::try_from(generator.below(place as u64 + 1))?);
            }
            for line in &lines {
                writeln!(output, "{line}")?;
            }
        }
        output.flush()?;
        Ok(path)
    }
}

/// Lines with the repetition of real text: words of up to three units, some common, most rare.
pub(crate) struct Generator {
    state: u64,
    characters: bool,
}

impl Generator {
    /// Always the same lines: of Han characters, or of words between blanks.
    pub(crate) fn new(characters: bool) -> Self {
        Generator { state: 0x9E37_79B9_7F4A_7C15, characters }
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % limit
    }

    /// The next line.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        for _ in 0..12 + self.below(20) {
            let scale = 1 << self.below(16);
            let word = self.below(scale);
            if !self.characters {
                line.push_str(&format!("w{word} "));
                continue;
            }
            for place in 0..1 + word % 3 {
                let offset = ((word * 2_654_435_761) >> (place * 8)) % 5000;
                line.extend(u32::try_from(0x4E00 + offset).ok().and_then(char::from_u32));
            }
            if self.below(9) == 0 {
                line.push('，');
            }
        }
        line
    }
}
