//! `WORDS BY minent` against nlp-zero's word finder, ported as it stands: sentences read twice,
//! strings for words, a map for the trie.

use std::collections::{BTreeMap, HashMap};

use erya::database::{Database, Options};
use proptest::prelude::*;
use proptest::sample::select;

use crate::answers::{numbered, quoted};

/// Twenty lines by hand: words that repeat, runs of letters and digits, hapaxes.
const LINES: &str = "\
床前明月光，疑是地上霜。
举头望明月，低头思故乡。
明月几时有，把酒问青天。
不知天上宫阙，今夕是何年。
我欲乘风归去，又恐琼楼玉宇。
明月松间照，清泉石上流。
春江潮水连海平，海上明月共潮生。
海上生明月，天涯共此时。
故乡的明月，故乡的云。
床前的明月，床前的霜。
APPLE2018年明月APPLE2018年
2018年的APPLE
a.b.c明月a.b.c
我的故乡，我的明月

明月明月明月明月
疑是地上霜，疑是天上月
ABAB明月ABAB，AB
思故乡思故乡，不思故乡
今夕是何年，今夕是何年
";
/// nlp-zero's logarithm.
fn log(count: u64) -> f64 {
    if count == 0 { -100.0 } else { (count as f64).ln() }
}

fn is_kept(c: char) -> bool {
    ('\u{4e00}'..='\u{9fa5}').contains(&c) || c.is_ascii_alphanumeric()
}

/// A dictionary that finds words in a string, with its total as nlp-zero keeps it: not brought up
/// to date when a word is deleted.
#[derive(Default)]
struct Trie {
    words: HashMap<Vec<char>, u64>,
    total: u64,
    log_total: f64,
    longest: usize,
}

impl Trie {
    fn get(&self, word: &[char]) -> u64 {
        self.words.get(word).copied().unwrap_or(0)
    }

    fn set(&mut self, word: &[char], count: u64) {
        self.total = self.total + count - self.get(word);
        self.words.insert(word.to_vec(), count);
        self.log_total = log(self.total);
        self.longest = self.longest.max(word.len());
    }

    fn delete(&mut self, word: &[char]) {
        self.total -= self.words.remove(word).unwrap_or(0);
    }

    fn proba(&self, word: &[char]) -> f64 {
        log(self.get(word)) - self.log_total
    }

    /// The best path, each with its score, by plain dynamic programming over lists.
    fn cut(&self, text: &[char]) -> Vec<Vec<char>> {
        let mut result: BTreeMap<usize, (Vec<(usize, usize)>, f64)> = BTreeMap::new();
        result.insert(0, (Vec::new(), 1.0));
        for start in 0..text.len() {
            let (path, so_far) = result[&start].clone();
            for end in start + 1..=text.len().min(start + self.longest) {
                let count = self.get(&text[start..end]);
                if count == 0 {
                    continue;
                }
                let score = so_far + (log(count) - self.log_total);
                if result.get(&end).is_none_or(|(_, best)| score > *best) {
                    result.insert(end, ([&path[..], &[(start, end)]].concat(), score));
                }
            }
            let null = || ([&path[..], &[(start, start + 1)]].concat(), so_far - 100.0);
            result.entry(start + 1).or_insert_with(null);
        }
        let parts = result[&text.len()].0.iter();
        combine(parts.map(|&(start, end)| text[start..end].to_vec()).collect())
    }
}

/// Puts letters and digits that were cut apart together again.
fn combine(parts: Vec<Vec<char>>) -> Vec<Vec<char>> {
    let mut result: Vec<Vec<char>> = Vec::new();
    let mut combining = false;
    for part in parts {
        if !part.last().unwrap().is_ascii_alphanumeric() {
            combining = false;
            result.push(part);
        } else if !combining {
            combining = true;
            result.push(part);
        } else if part.iter().all(|&c| c.is_ascii_alphanumeric() || c == '.') {
            result.last_mut().unwrap().extend(part);
        } else {
            combining = false;
            result.push(part);
        }
    }
    result
}

/// The words and counts that nlp-zero finds, filtered.
fn nlp_zero(text: &str, min_proba: f64, min_pmi: f64) -> Vec<(String, u64)> {
    let characters: Vec<char> = text.chars().collect();
    let runs: Vec<&[char]> =
        characters.split(|&c| !is_kept(c)).filter(|run| !run.is_empty()).collect();
    let (mut units, mut pairs): (BTreeMap<char, u64>, BTreeMap<[char; 2], u64>) =
        Default::default();
    for run in &runs {
        run.iter().for_each(|&c| *units.entry(c).or_default() += 1);
        run.windows(2).for_each(|pair| *pairs.entry([pair[0], pair[1]]).or_default() += 1);
    }
    let log_units = log(units.values().sum());
    let log_pairs = log(pairs.values().sum());
    let log_min = min_proba.ln();
    pairs.retain(|pair, &mut count| {
        let proba = log(count) - log_pairs;
        let unit = |c: char| log(units[&c]) - log_units;
        proba > log_min && proba - unit(pair[0]) - unit(pair[1]) > min_pmi
    });
    // In the order in which the text brings them.
    let mut chunks: Vec<(Vec<char>, u64)> = Vec::new();
    let mut places: HashMap<Vec<char>, usize> = HashMap::new();
    for run in &runs {
        for chunk in run.chunk_by(|a, b| pairs.contains_key(&[*a, *b])) {
            let place = *places.entry(chunk.to_vec()).or_insert(chunks.len());
            if place == chunks.len() {
                chunks.push((chunk.to_vec(), 0));
            }
            chunks[place].1 += 1;
        }
    }
    let log_total = log(chunks.iter().map(|(_, count)| count).sum());
    chunks.retain(|(_, count)| log(*count) - log_total > log_min);
    fold(chunks)
}

fn fold(mut chunks: Vec<(Vec<char>, u64)>) -> Vec<(String, u64)> {
    let mut trie = Trie::default();
    chunks.iter().for_each(|(word, count)| trie.set(word, *count));
    chunks.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    for (word, _) in chunks.iter().filter(|(word, _)| word.len() > 1) {
        let count = trie.get(word);
        let mut score = trie.proba(word);
        trie.delete(word);
        let parts = trie.cut(word);
        for part in &parts {
            score -= trie.proba(part);
        }
        // A part that is no word would be a KeyError there; its logarithm of −100 prevents it.
        if score < (word.len() - 1) as f64 && parts.iter().all(|part| trie.get(part) > 0) {
            for part in parts {
                let sum = trie.get(&part) + count;
                trie.set(&part, sum);
            }
        } else {
            trie.set(word, count);
        }
    }
    let words = trie.words.into_iter();
    let mut words: Vec<(String, u64)> =
        words.map(|(word, count)| (word.into_iter().collect(), count)).collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    words
}

fn compare(texts: &[String], thresholds: &[(f64, f64)], threads: usize) {
    let options = Options { threads, ..Options::default() };
    let database = Database::in_memory(options).unwrap();
    let mut session = database.session();
    session
        .run(
            "CREATE CORPUS c WITH order = 3, latin = char, digits = char, normalize = none, \
             keep = nlpzero",
        )
        .unwrap();
    let mut all = String::new();
    for text in texts {
        if !all.contains(text.as_str()) {
            all.push_str(text);
            session.run(&format!("INGEST TEXT {} INTO c", quoted(text))).unwrap();
        }
        // Tables that are kept of what was there before do no harm.
        for (min_proba, min_pmi) in thresholds {
            let statement = format!(
                "FROM c | WORDS BY minent WITH min_proba = {min_proba}, min_pmi = {min_pmi}"
            );
            let wanted = nlp_zero(&all, *min_proba, *min_pmi);
            assert_eq!(numbered(&mut session, &statement, 0, 2), wanted, "{statement}\n{all}");
        }
    }
}

#[test]
fn twenty_lines_by_hand() {
    let thresholds =
        [(1e-7, 1.0), (0.02, 1.0), (1e-7, 3.0), (0.004, 0.0), (1e-7, -2.0), (1e-7, 1.0)];
    compare(&[LINES.to_owned()], &thresholds, 1);
    let words = nlp_zero(LINES, 0.004, 1.0);
    for word in ["明月", "故乡", "2018"] {
        assert!(words.iter().any(|(own, _)| own.contains(word)), "{word}: {words:?}");
    }
}

fn text() -> impl Strategy<Value = String> {
    let common = select(&["明月", "故乡", "海上生", "AB", "2018", "的"][..]);
    let piece = select(&["明", "月", "故", "乡", "上", "a", "B", "1", "，", "\n", "\n", "。"][..]);
    let pieces = prop::collection::vec(prop_oneof![2 => common, 3 => piece], 1..120);
    pieces.prop_map(|pieces| pieces.concat() + "\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]
    #[test]
    fn any_text_gives_the_words_of_nlp_zero(
        texts in prop::collection::vec(text(), 1..4),
        thresholds in prop::collection::vec(
            (select(&[1e-7, 1e-3, 0.01, 0.05][..]), select(&[-3.0, 0.0, 0.5, 1.0, 1.5, 2.0][..])),
            1..5,
        ),
        threads in 1..=3usize,
    ) {
        compare(&texts, &thresholds, threads);
    }
}
