//! Word discovery and segmentation against naive models: autonomy by brute force, joining of solid
//! n-grams as word-discovery does it, samples that depend on nothing but their seed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use erya::database::{Database, Options};
use erya::query::rows::Datum;
use proptest::prelude::*;
use proptest::sample::select;

use crate::answers::{number, numbered, quoted, rows, text, try_rows};

/// A database with the corpus `c`, the lines ingested one by one.
fn corpus(lines: &[String], threads: usize) -> Database {
    let database = Database::in_memory(Options { threads, ..Options::default() }).unwrap();
    let mut session = database.session();
    session.run("CREATE CORPUS c").unwrap();
    for line in lines {
        session.run(&format!("INGEST TEXT {} INTO c", quoted(line))).unwrap();
    }
    drop(session);
    database
}

fn runs(lines: &[String]) -> Vec<Vec<char>> {
    let distinct: BTreeSet<&String> = lines.iter().collect();
    let runs = distinct.iter().flat_map(|line| line.split('，'));
    runs.filter(|run| !run.is_empty()).map(|run| run.chars().collect()).collect()
}

/// Lines over few characters, so that strings repeat.
fn lines() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[甲乙丙丁，]{1,14}", 1..12)
}

/// Branching entropies the slow way: lists of neighbours, every edge one of its own.
struct Slow {
    counts: HashMap<Vec<char>, u64>,
    left: HashMap<Vec<char>, Vec<Option<char>>>,
    right: HashMap<Vec<char>, Vec<Option<char>>>,
    units: f64,
}

const LONGEST: usize = 4;

impl Slow {
    fn new(runs: &[Vec<char>]) -> Self {
        let mut slow = Slow {
            counts: HashMap::new(),
            left: HashMap::new(),
            right: HashMap::new(),
            units: 0.0,
        };
        for run in runs {
            slow.units += run.len() as f64;
            for length in 1..=LONGEST.min(run.len()) {
                for start in 0..=run.len() - length {
                    let gram = run[start..start + length].to_vec();
                    *slow.counts.entry(gram.clone()).or_default() += 1;
                    let before = start.checked_sub(1).map(|at| run[at]);
                    slow.left.entry(gram.clone()).or_default().push(before);
                    slow.right.entry(gram).or_default().push(run.get(start + length).copied());
                }
            }
        }
        slow
    }

    fn entropy(neighbours: &[Option<char>]) -> f64 {
        if neighbours.len() < 2 {
            return 0.0;
        }
        let total = neighbours.len() as f64;
        let mut counts: BTreeMap<char, f64> = BTreeMap::new();
        neighbours.iter().flatten().for_each(|&c| *counts.entry(c).or_default() += 1.0);
        let edges = neighbours.iter().filter(|neighbour| neighbour.is_none()).count() as f64;
        let shares = counts.values().map(|count| count / total);
        let of_edges = edges / total * total.ln();
        let entropy = shares.map(|share| -share * share.ln()).sum::<f64>() + of_edges;
        entropy + (counts.len() as f64 + edges - 1.0) / (2.0 * total)
    }

    /// The two steps of a string.
    fn steps(&self, gram: &[char]) -> (f64, f64) {
        let unit_entropy = || -> f64 {
            let units = self.counts.iter().filter(|(gram, _)| gram.len() == 1);
            units
                .map(|(_, &count)| -(count as f64 / self.units) * (count as f64 / self.units).ln())
                .sum()
        };
        let (left, right) = match gram.len() {
            1 => (unit_entropy(), unit_entropy()),
            length => (
                Self::entropy(&self.left[&gram[1..]]),
                Self::entropy(&self.right[&gram[..length - 1]]),
            ),
        };
        (Self::entropy(&self.left[gram]) - left, Self::entropy(&self.right[gram]) - right)
    }

    /// By length less one, mean and deviation of the left and the right step of all strings.
    fn norms(&self) -> Vec<[(f64, f64); 2]> {
        (1..=LONGEST)
            .map(|length| {
                let grams = self.counts.keys().filter(|gram| gram.len() == length);
                let steps: Vec<(f64, f64)> = grams.map(|gram| self.steps(gram)).collect();
                let norm = |of: fn(&(f64, f64)) -> f64| {
                    let total = steps.len().max(1) as f64;
                    let mean = steps.iter().map(of).sum::<f64>() / total;
                    let variance =
                        steps.iter().map(|step| (of(step) - mean).powi(2)).sum::<f64>() / total;
                    (mean, variance.sqrt())
                };
                [norm(|step| step.0), norm(|step| step.1)]
            })
            .collect()
    }
}

fn real(datum: &Datum) -> f64 {
    match datum {
        Datum::Real(value) => *value,
        other => panic!("{other:?} is no number"),
    }
}

/// A program for word discovery of 2019, ported: n-grams of two or more units that are solid, and
/// the words that they join to.
fn word_discovery(runs: &[Vec<char>], least: u64, limits: [f64; 3]) -> Vec<(String, u64)> {
    let counts = Slow::new(runs).counts;
    let total: u64 = counts.iter().filter(|(gram, _)| gram.len() == 1).map(|(_, c)| c).sum();
    let frequent = |gram: &[char]| counts.get(gram).copied().filter(|&count| count >= least);
    let joint = |gram: &[char]| -> f64 {
        let parts = |at: usize| counts[&gram[..at]] as f64 * counts[&gram[at..]] as f64;
        let own = total as f64 * counts[gram] as f64;
        (1..gram.len()).map(|at| (own / parts(at)).ln()).fold(f64::INFINITY, f64::min)
    };
    let solid: BTreeSet<&Vec<char>> = counts
        .keys()
        .filter(|gram| gram.len() > 1 && frequent(gram).is_some())
        .filter(|gram| joint(gram) >= limits[gram.len() - 2])
        .collect();
    let mut words: BTreeMap<Vec<char>, u64> = BTreeMap::new();
    for run in runs {
        let (mut start, mut end) = (0, 1);
        for at in 0..run.len() {
            if at == end {
                *words.entry(run[start..end].to_vec()).or_default() += 1;
                (start, end) = (at, at + 1);
            }
            for to in at + 2..=run.len().min(at + LONGEST) {
                if solid.contains(&run[at..to].to_vec()) {
                    end = end.max(to);
                }
            }
        }
        *words.entry(run[start..end].to_vec()).or_default() += 1;
    }
    let stands = |word: &Vec<char>| match word.len() {
        0..=2 => true,
        3..=LONGEST => solid.contains(word),
        _ => word.windows(LONGEST).all(|stretch| solid.contains(&stretch.to_vec())),
    };
    let words = words.into_iter().filter(|(word, count)| *count >= least && stands(word));
    words.map(|(word, count)| (word.into_iter().collect(), count)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn autonomy_is_that_of_brute_force(lines in lines()) {
        let slow = Slow::new(&runs(&lines));
        let norms = slow.norms();
        let database = corpus(&lines, 2);
        let mut session = database.session();
        let mut cut = 0;
        for row in rows(&mut session, "FROM c | WORDS BY nvbe") {
            let word: Vec<char> = text(&row[0]).chars().collect();
            let steps = slow.steps(&word);
            let norm = |(mean, deviation): (f64, f64), step: f64| {
                if deviation > 1e-4 { (step - mean) / deviation } else { 0.0 }
            };
            let [left, right] = norms[word.len() - 1];
            let wanted = norm(left, steps.0) + norm(right, steps.1);
            if left.1 > 1e-4 && right.1 > 1e-4 {
                let found = real(&row[3]);
                prop_assert!((found - wanted).abs() < 2e-3, "{word:?}: {found} and not {wanted}");
            }
            cut += word.len() as u64 * number(&row[2]);
        }
        // The words of all cuts are all of the text.
        let units = runs(&lines).iter().map(|run| run.len() as u64).sum::<u64>();
        prop_assert_eq!(cut, units);
    }

    #[test]
    fn solid_n_grams_join_as_in_word_discovery(
        lines in lines(), least in 1u64..4,
        limits in select(vec![[0.0, 0.5, 1.0], [0.3, 0.2, 0.1]]),
    ) {
        let database = corpus(&lines, 2);
        let [two, three, four] = limits;
        let query = format!(
            "FROM c | WORDS BY pmi WITH min_count = {least}, min_pmi_2 = {two}, \
             min_pmi_3 = {three}, min_pmi_4 = {four} | SORT word"
        );
        let mut found = numbered(&mut database.session(), &query, 0, 2);
        found.sort();
        let mut wanted = word_discovery(&runs(&lines), least, limits);
        wanted.sort();
        prop_assert_eq!(found, wanted);
    }

    #[test]
    fn a_sample_depends_on_its_seed_alone(lines in lines(), seed in 0u64..9) {
        let query =
            format!("FROM c | WORDS BY bayes WITH seed = {seed}, min_count = 0, sweeps = 5");
        let one = corpus(&lines, 1);
        let found = rows(&mut one.session(), &query);
        for threads in [2, 3] {
            let other = corpus(&lines, threads);
            let mut session = other.session();
            prop_assert_eq!(&rows(&mut session, &query), &found);
            prop_assert_eq!(&rows(&mut session, &query), &found);
        }
        // In every sweep the words are all of the text.
        let units = runs(&lines).iter().map(|run| run.len() as f64).sum::<f64>();
        let length = |row: &Vec<Datum>| text(&row[0]).chars().count() as f64;
        let cut: f64 = found.iter().map(|row| length(row) * real(&row[4])).sum();
        prop_assert!((cut - units).abs() < 1e-3, "{cut} of {units}");
    }

    #[test]
    fn every_method_explains_what_it_finds(lines in lines()) {
        let database = corpus(&lines, 2);
        let mut session = database.session();
        for method in [
            "nvbe", "bayes", "ngram", "minent WITH min_pmi = 0", "pmi WITH min_count = 1",
            "entropy WITH min_count = 1, min_pmi = 0, min_entropy = 0",
            "topwords WITH min_count = 2",
        ] {
            let found = numbered(&mut session, &format!("FROM c | WORDS BY {method}"), 0, 2);
            for (word, count) in found.iter().take(3) {
                let why = rows(&mut session, &format!("FROM c | WHY '{word}' BY {method}"));
                let last = why.last().unwrap();
                prop_assert_eq!(text(&last[3]), "a word", "{} of {}", word, method);
                prop_assert_eq!(real(&last[1]), *count as f64, "{} of {}", word, method);
            }
            let unlikely = format!("FROM c | WHY '{}' BY {method}", "甲".repeat(9));
            // Refused where there is no 甲 at all.
            if let Ok(dropped) = try_rows(&mut session, &unlikely) {
                let last = dropped.last().unwrap();
                prop_assert!(text(&last[3]).starts_with("no word"), "{method}");
            }
        }
    }

    #[test]
    fn tokens_are_the_text(
        line in "[甲乙丙a-c1-3，。 .,%@\u{301}½—]{0,24}",
        by in select(vec!["nvbe", "ngram", "lex"]),
    ) {
        let database = corpus(&["甲乙丙甲乙，甲乙a1".to_owned()], 1);
        let mut session = database.session();
        session.run("FROM c | WORDS BY nvbe | SAVE AS lex").unwrap();
        let query = format!("FROM {} | SEGMENT BY {by} IN c", quoted(&line));
        let found = rows(&mut session, &query);
        let tokens = |datum: &Datum| match datum {
            Datum::List(tokens) => tokens.iter().map(text).collect::<String>(),
            other => panic!("{other:?} are no tokens"),
        };
        let joined: String = found.iter().map(|row| tokens(&row[1])).collect();
        prop_assert_eq!(joined, line);
    }
}

#[test]
fn new_words_leave_out_what_is_known() {
    let lines = ["春风又绿，春风不度，春风得意，明月松间，明月几时，明月故乡".to_owned()];
    let database = corpus(&lines, 1);
    let mut session = database.session();
    let query = "FROM c | WORDS BY entropy WITH min_count = 3, min_pmi = 1, min_entropy = 0";
    let words = |found: Vec<(String, u64)>| -> Vec<String> {
        found.into_iter().map(|(word, _)| word).collect()
    };
    assert_eq!(words(numbered(&mut session, query, 0, 2)), ["明月", "春风"]);
    let known = format!("{query}, known = ('春风')");
    assert_eq!(words(numbered(&mut session, &known, 0, 2)), ["明月"]);
    session.run(&format!("{known} | SAVE AS lex")).unwrap();
    let known = format!("{query}, known = lex");
    assert_eq!(words(numbered(&mut session, &known, 0, 2)), ["春风"]);
    let stop = format!("{query}, stop = ('月')");
    assert_eq!(words(numbered(&mut session, &stop, 0, 2)), ["春风"]);
}

#[test]
fn a_lexicon_is_refreshed_by_any_method() {
    let database = corpus(&["春风又绿，春风不度，明月松间，明月几时".to_owned()], 1);
    let mut session = database.session();
    for method in ["nvbe", "bayes", "minent", "pmi", "entropy", "topwords", "ngram"] {
        session.run(&format!("FROM c | WORDS BY {method} | SAVE AS l_{method}")).unwrap();
    }
    session.run("INGEST TEXT '秋风又起，秋风不度，秋风秋雨' INTO c").unwrap();
    for method in ["nvbe", "bayes", "minent", "pmi", "entropy", "topwords", "ngram"] {
        let words = format!("FROM c | WORDS BY {method}");
        let wanted = rows(&mut session, &format!("{words} | DIFF l_{method}"));
        let report = rows(&mut session, &format!("REFRESH LEXICON l_{method}"));
        assert_eq!(report, wanted, "{method}");
        let words = rows(&mut session, &words);
        assert_eq!(rows(&mut session, &format!("FROM l_{method}")), words, "{method}");
    }
}
