//! Segmentation by a large lexicon, text in, tokens out, beside jieba-rs without its hidden Markov
//! model on the same text and dictionary.
//!
//! ```sh
//! cargo bench --bench segmentation -- --dictionary dict.txt news.txt articles.txt
//! ```
//!
//! A dictionary has a word and its count a line, as jieba reads it. Without one, and without texts,
//! both come from a generator.

#![allow(clippy::print_stdout)] // its output is the table

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::Parser;
use erya::text::TextOptions;
use erya::word::{Lexicon, Segmenter};
use jieba_rs::Jieba;

#[path = "end_to_end/text.rs"]
#[allow(dead_code)] // only the generator is wanted here
mod text;

use text::Generator;

/// How often everything is measured, in turn; the median counts.
const ROUNDS: usize = 7;
/// Bytes of text and words that are generated.
const BYTES: usize = 8 << 20;
const WORDS: usize = 350_000;

/// Measures SEGMENT BY a lexicon beside jieba-rs
#[derive(Debug, Parser)]
struct Arguments {
    /// Words with their counts, one a line
    #[arg(long)]
    dictionary: Option<PathBuf>,
    /// Texts, a sentence a line
    texts: Vec<PathBuf>,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let mut texts = Vec::new();
    for path in &arguments.texts {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        texts.push((name, fs::read_to_string(path)?));
    }
    if texts.is_empty() {
        texts.push(("generated".to_owned(), generated()));
    }
    let dictionary = match &arguments.dictionary {
        Some(path) => fs::read_to_string(path)?,
        None => words_of(&texts[0].1),
    };
    let options = TextOptions::default();
    let lexicon = Lexicon::new(dictionary.lines().filter_map(entry), &options)?;
    println!("{} words", lexicon.len());
    println!("| what | erya | jieba-rs | ratio |");
    println!("| --- | ---: | ---: | ---: |");
    let bytes = lexicon.to_bytes();
    let (ours, theirs) = medians(
        || drop(black_box(Lexicon::from_bytes(&bytes))),
        || drop(black_box(Jieba::with_dict(&mut dictionary.as_bytes()))),
    );
    println!("| loading, ms | {:.0} | {:.0} | {:.1} |", ours * 1e3, theirs * 1e3, theirs / ours);
    let segmenter = Segmenter::by_lexicon(Arc::new(lexicon), &options);
    let jieba = Jieba::with_dict(&mut dictionary.as_bytes())?;
    for (name, text) in &texts {
        measure(name, text, &segmenter, &jieba);
    }
    Ok(())
}

fn measure(name: &str, text: &str, segmenter: &Segmenter, jieba: &Jieba) {
    let rate = |seconds: f64| text.len() as f64 / 1e6 / seconds;
    let mut worker = segmenter.worker();
    let mut tokens = Vec::new();
    let (ours, theirs) = medians(
        || {
            for line in text.lines() {
                worker.segment(line, &mut tokens);
                black_box(&tokens);
            }
        },
        || {
            for line in text.lines() {
                black_box(jieba.cut(line, false));
            }
        },
    );
    let ratio = theirs / ours;
    println!("| {name}, MB/s | {:.1} | {:.1} | {ratio:.2} |", rate(ours), rate(theirs));
    let (two, one) = medians(
        || drop(black_box(segmenter.lines(text, 2))),
        || drop(black_box(segmenter.lines(text, 1))),
    );
    let (one, two, ratio) = (rate(one), rate(two), one / two);
    println!(
        "| {name}, lines joined, MB/s | {two:.1} on two threads | {one:.1} on one | {ratio:.2} |"
    );
}

/// The median seconds of each of two.
fn medians(mut ours: impl FnMut(), mut theirs: impl FnMut()) -> (f64, f64) {
    let timed = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    let (mut one, mut other): (Vec<f64>, Vec<f64>) =
        (0..ROUNDS).map(|_| (timed(&mut ours), timed(&mut theirs))).unzip();
    one.sort_by(f64::total_cmp);
    other.sort_by(f64::total_cmp);
    (one[ROUNDS / 2], other[ROUNDS / 2])
}

fn entry(line: &str) -> Option<(String, u64)> {
    let mut fields = line.split_whitespace();
    let word = fields.next()?.to_owned();
    Some((word, fields.next()?.parse().ok()?))
}

fn generated() -> String {
    let mut generator = Generator::new(true);
    let mut text = String::with_capacity(BYTES + 1024);
    while text.len() < BYTES {
        text.push_str(&generator.line());
        text.push('\n');
    }
    text
}

/// Stretches of a text as words of a dictionary.
fn words_of(text: &str) -> String {
    let units: Vec<char> = text.chars().filter(|c| c.is_alphabetic()).take(WORDS).collect();
    let stretches = units.windows(4).enumerate();
    let word = |(at, window): (usize, &[char])| {
        let word: String = window[..1 + at % 4].iter().collect();
        format!("{word} {}\n", 1 + at % 50)
    };
    stretches.map(word).collect()
}
