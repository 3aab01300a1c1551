//! Random corpora, ingested in random parts with merges and reopening in between, give the counts
//! and measures of the naive model, whichever way they are asked for.

use std::collections::BTreeMap;
use std::path::Path;

use erya::database::{Database, Options, Session};
use erya::index::{BOUNDARY, FIRST_SYMBOL, MAX_ORDER};
use erya::text::{Case, Digits, Keep, Latin, Normalize, Split, TextOptions, Unit};
use proptest::prelude::*;
use proptest::sample::select;

use crate::answers::{cell, literal, number, numbered, quoted, real, rows, text};
use crate::naive::{Counts, Gram, Naive};

const CHARACTERS: &[&str] = &[
    "明", "月", "光", "床", "明月", "a", "b", "B", "ab", "1", "2", "１", "Ａ", "é", "e\u{301}",
    "½", "ß", "ｶﾞ", "，", "。", " ", "　", "-", "\r", "ก",
];
const WORDS: &[&str] = &[
    "the",
    "cat",
    "The",
    "don't",
    "3.14",
    "12",
    "１２",
    "明月",
    "é",
    "ｃａｔ",
    "-",
    ",",
    "。",
    "\t",
    "ß",
    "a-b",
];
/// Fewer n-grams than this are asked for one by one through the language.
const ASKED: usize = 12;

/// What happens after an ingest.
#[derive(Clone, Copy, Debug)]
enum Event {
    Nothing,
    Compact,
    Reopen,
    Repeat,
    /// Asks for statistics, so that tables of this version are cached and stale later.
    Ask,
}

#[derive(Clone, Debug)]
struct History {
    options: TextOptions,
    order: usize,
    threads: usize,
    /// So little that each source becomes a segment, or enough for everything.
    memory: u64,
    keep_text: bool,
    /// The sources of each ingest, and what happens after it.
    ingests: Vec<(Vec<String>, Event)>,
}

fn options() -> impl Strategy<Value = TextOptions> {
    let unit = select(&[Unit::Char, Unit::Char, Unit::Word][..]);
    let normal = (select(Normalize::ALL), select(Case::ALL));
    let rest = (select(Latin::ALL), select(Digits::ALL), select(Keep::ALL), select(Split::ALL));
    (unit, normal, rest).prop_map(|(unit, (normalize, case), (latin, digits, keep, split))| {
        TextOptions { unit, split, normalize, case, latin, digits, keep }
    })
}

/// Lines of a few units of a small alphabet; now and then a long run, an empty line.
fn lines(unit: Unit) -> impl Strategy<Value = Vec<String>> {
    let (alphabet, between) = match unit {
        Unit::Char => (CHARACTERS, ""),
        _ => (WORDS, " "),
    };
    let piece = prop_oneof![3 => select(&alphabet[..4]), 2 => select(alphabet)];
    let length = prop_oneof![1 => 0..1usize, 12 => 1..14usize, 1 => 60..120usize];
    let line = length.prop_flat_map(move |length| prop::collection::vec(piece.clone(), length));
    prop::collection::vec(line.prop_map(move |pieces| pieces.join(between)), 0..24)
}

fn event() -> impl Strategy<Value = Event> {
    let rare = select(&[Event::Compact, Event::Reopen, Event::Repeat, Event::Ask][..]);
    prop_oneof![2 => Just(Event::Nothing), 1 => rare]
}

fn history() -> impl Strategy<Value = History> {
    let run = (2..=8usize, 1..=3usize, select(&[8u64 << 20, 1 << 30][..]), any::<bool>());
    let cuts = prop::collection::vec((0..25usize, any::<bool>(), event()), 0..=12);
    let whole = options().prop_flat_map(move |options| (Just(options), lines(options.unit)));
    (whole, run, cuts, event()).prop_map(|((options, lines), run, mut cuts, last)| {
        let (order, threads, memory, keep_text) = run;
        cuts.iter_mut().for_each(|cut| cut.0 = cut.0.min(lines.len()));
        cuts.sort_by_key(|cut| cut.0);
        cuts.push((lines.len(), false, last));
        let mut ingests: Vec<(Vec<String>, Event)> = Vec::new();
        let mut start = 0;
        for (number, (end, joins, event)) in cuts.into_iter().enumerate() {
            // With the end of the last line and without.
            let mut source = lines[start..end].join("\n");
            if number % 2 == 0 && start < end {
                source.push('\n');
            }
            start = end;
            match ingests.last_mut() {
                Some((sources, _)) if joins => sources.push(source),
                _ => ingests.push((vec![source], event)),
            }
        }
        History { options, order, threads, memory, keep_text, ingests }
    })
}

fn create(options: &TextOptions, order: usize, keep_text: bool) -> String {
    let TextOptions { unit, split, normalize, case, latin, digits, keep } = options;
    format!(
        "CREATE CORPUS c WITH unit = {unit}, split = {split}, normalize = {normalize}, \
         case = {case}, latin = {latin}, digits = {digits}, keep = {keep}, order = {order}, \
         keep_text = {keep_text}"
    )
}

/// A database on disk or in memory that can be closed and opened again.
struct Place<'p> {
    directory: Option<&'p Path>,
    options: Options,
    database: Option<Database>,
}

impl<'p> Place<'p> {
    fn new(directory: Option<&'p Path>, history: &History) -> Self {
        let options =
            Options { threads: history.threads, memory: history.memory, ..Options::default() };
        let mut place = Place { directory, options, database: None };
        place.reopen();
        place
    }

    fn reopen(&mut self) {
        match self.directory {
            Some(directory) => {
                self.database = None;
                let database = Database::open(directory.join("t.db"), self.options.clone());
                self.database = Some(database.unwrap());
            }
            None if self.database.is_none() => {
                self.database = Some(Database::in_memory(self.options.clone()).unwrap());
            }
            None => {}
        }
    }

    fn session(&self) -> Session<'_> {
        self.database.as_ref().unwrap().session()
    }

    /// The statement that ingests some sources, from files where there is a directory.
    fn statement(&self, ingest: usize, sources: &[String]) -> String {
        let listed: Vec<String> = match self.directory {
            None => sources.iter().map(|source| quoted(source)).collect(),
            Some(directory) => sources
                .iter()
                .enumerate()
                .map(|(number, source)| {
                    let path = directory.join(format!("{ingest}-{number}.txt"));
                    std::fs::write(&path, source).unwrap();
                    quoted(path.to_str().unwrap())
                })
                .collect(),
        };
        let word = if self.directory.is_none() { "TEXT " } else { "" };
        format!("INGEST {word}{} INTO c", listed.join(", "))
    }
}

fn run(history: &History, directory: Option<&Path>) {
    let mut place = Place::new(directory, history);
    place.session().run(&create(&history.options, history.order, history.keep_text)).unwrap();
    let mut naive = Naive::new(&history.options, history.order);
    for (number, (sources, event)) in history.ingests.iter().enumerate() {
        let statement = place.statement(number, sources);
        let new = sources.iter().filter(|source| naive.add(source)).count() as u64;
        let answer = rows(&mut place.session(), &statement);
        assert_eq!((cell(&answer, 0), cell(&answer, 5)), (new, sources.len() as u64 - new));
        match event {
            Event::Nothing => {}
            Event::Compact => place.session().run("COMPACT c").unwrap(),
            Event::Reopen => place.reopen(),
            Event::Repeat => {
                let answer = rows(&mut place.session(), &statement);
                assert_eq!((cell(&answer, 0), cell(&answer, 5)), (0, sources.len() as u64));
            }
            Event::Ask => place.session().run("FROM c | NGRAMS 1 | LIMIT 1").unwrap(),
        }
    }
    agrees(place.database.as_ref().unwrap(), &naive, history.order);
}

/// Asks for everything in every way.
pub(crate) fn agrees(database: &Database, naive: &Naive, order: usize) {
    totals(database, naive, order);
    leaves(database, naive);
    counters(database, naive);
    let mut session = database.session();
    rows(&mut session, "CHECK c");
    measures(&mut session, naive);
    patterns(&mut session, naive, order);
    neighbours(&mut session, naive, order);
}

fn totals(database: &Database, naive: &Naive, order: usize) {
    let view = database.index().view("c").unwrap();
    let totals = &view.manifest().totals;
    assert_eq!(totals.grams[..order], naive.tokens[..]);
    assert_eq!((totals.sentences, totals.documents), (naive.sentences, naive.documents));
    let described: BTreeMap<String, String> = rows(&mut database.session(), "DESCRIBE c")
        .iter()
        .map(|row| (text(&row[0]), text(&row[1])))
        .collect();
    for length in 1..=order {
        let said = format!("{} distinct of {}", naive.types(length), naive.tokens[length - 1]);
        assert_eq!(described[&format!("{length}-grams")], said);
    }
}

/// Every n-gram and every edge, added up from a scan over the leaves.
fn leaves(database: &Database, naive: &Naive) {
    let view = database.index().view("c").unwrap();
    let text = |symbol: &u32| view.dictionary().text(*symbol).to_owned();
    let (mut counts, mut at_start, mut at_end) = (Counts::new(), Counts::new(), Counts::new());
    let mut last = [0; MAX_ORDER];
    let mut scan = view.scan(None).unwrap();
    while let Some(leaf) = scan.next_leaf().unwrap() {
        assert!(last < leaf.window, "leaves ascend");
        assert!(last[..leaf.shared] == leaf.window[..leaf.shared]);
        assert!(leaf.shared == MAX_ORDER || last[leaf.shared] != leaf.window[leaf.shared]);
        last = leaf.window;
        let window = &leaf.window[..leaf.length];
        let starts = usize::from(window[0] == BOUNDARY);
        let ends = usize::from(window[starts..].last() == Some(&BOUNDARY));
        let gram: Gram = window[starts..window.len() - ends].iter().map(text).collect();
        for length in 1..=gram.len() {
            let counted = if starts == 1 { &mut at_start } else { &mut counts };
            *counted.entry(gram[..length].to_vec()).or_default() += leaf.count;
        }
        if starts == 0 && ends == 1 {
            *at_end.entry(gram).or_default() += leaf.count;
        }
    }
    assert_eq!(counts, naive.counts);
    let shorter = |edges: &Counts| -> Counts {
        let within = edges.iter().filter(|(gram, _)| gram.len() < view.order());
        within.map(|(gram, count)| (gram.clone(), *count)).collect()
    };
    assert_eq!(at_start, shorter(&naive.at_start));
    assert_eq!(at_end, shorter(&naive.at_end));
}

fn counters(database: &Database, naive: &Naive) {
    let view = database.index().view("c").unwrap();
    let mut counter = view.counter();
    for (gram, &count) in &naive.counts {
        let symbols: Vec<u32> =
            gram.iter().map(|unit| view.dictionary().find(unit).unwrap()).collect();
        assert!(symbols.iter().all(|&symbol| symbol >= FIRST_SYMBOL));
        assert_eq!(counter.count(&symbols).unwrap(), count, "{gram:?}");
        if gram.len() < view.order() {
            let with_end = [&symbols[..], &[BOUNDARY]].concat();
            assert_eq!(counter.count(&with_end).unwrap(), naive.end(gram), "{gram:?}$");
            let with_start = [&[BOUNDARY], &symbols[..]].concat();
            assert_eq!(counter.count(&with_start).unwrap(), naive.start(gram), "^{gram:?}");
            let doubled = [&symbols[..], &symbols[symbols.len() - 1..]].concat();
            let doubled_gram = [&gram[..], &gram[gram.len() - 1..]].concat();
            assert_eq!(counter.count(&doubled).unwrap(), naive.count(&doubled_gram));
        }
    }
}

#[track_caller]
fn near(name: &str, gram: &[String], ours: Option<f64>, naive: Option<f64>) {
    match (ours, naive) {
        (None, None) => {}
        (Some(a), Some(b)) if (a - b).abs() <= 1e-6 * (1.0 + b.abs()) => {}
        _ => panic!("{name} of {gram:?}: {ours:?}, brute force says {naive:?}"),
    }
}

fn measures(session: &mut Session<'_>, naive: &Naive) {
    let found = rows(session, "FROM c | NGRAMS");
    let mut expected: Vec<(&Gram, u64)> = naive.counts.iter().map(|(g, c)| (g, *c)).collect();
    expected.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    assert_eq!(found.len(), expected.len());
    let before = naive.before();
    let nothing = BTreeMap::new();
    for (row, (gram, count)) in found.iter().zip(expected) {
        assert_eq!(text(&row[0]).replace(' ', ""), gram.concat().replace(' ', ""));
        assert_eq!((number(&row[1]), number(&row[2])), (gram.len() as u64, count));
        let per_million = count as f64 * 1e6 / naive.tokens[0] as f64;
        near("per_million", gram, real(&row[3]), Some(per_million));
        let wanted = naive.measures(gram, before.get(&gram[..]).unwrap_or(&nothing));
        near("pmi", gram, real(&row[4]), wanted.pmi);
        near("npmi", gram, real(&row[5]), wanted.npmi);
        near("g2", gram, real(&row[6]), wanted.g2);
        near("t", gram, real(&row[7]), wanted.t);
        near("logdice", gram, real(&row[8]), wanted.logdice);
        near("left_entropy", gram, real(&row[9]), wanted.entropies.map(|both| both.0));
        near("right_entropy", gram, real(&row[10]), wanted.entropies.map(|both| both.1));
        if let Some((left, right)) = wanted.varieties {
            assert_eq!((number(&row[11]), number(&row[12])), (left, right), "{gram:?}");
        }
    }
}

/// How the corpus shows an n-gram; `None` when that text would be cut into something else.
fn shown(naive: &Naive, gram: &[String], blank: &str) -> Option<String> {
    let text = gram.join(blank);
    (naive.is_one_run(&text) && naive.runs(&text) == [gram]).then_some(text)
}

fn patterns(session: &mut Session<'_>, naive: &Naive, order: usize) {
    let blank = blank(session);
    let clean = |gram: &[String]| shown(naive, gram, blank);
    let step = naive.counts.len() / ASKED + 1;
    for (gram, &count) in naive.counts.iter().step_by(step) {
        let Some(text) = clean(gram) else { continue };
        let statement = format!("FROM c | COUNT {}", quoted(&literal(&text)));
        assert_eq!(numbered(session, &statement, 1, 2), [(text.clone(), count)]);
    }
    let units: Vec<&Gram> = naive.counts.keys().filter(|gram| gram.len() == 1).collect();
    let clean: Vec<&Gram> = units.into_iter().filter(|unit| clean(unit).is_some()).collect();
    for (at, x) in clean.iter().enumerate().step_by(clean.len() / 4 + 1) {
        let y = clean[(at + 1) % clean.len()];
        let z = clean[(at * 7 + 3) % clean.len()];
        let (x, y, z) = (&x[0], &y[0], &z[0]);
        let [a, b, c] = [x, y, z].map(|unit| literal(unit));
        let mut ask = |pattern: String, wanted: Vec<(Gram, u64)>| {
            let statement = format!("FROM c | COUNT {}", quoted(&pattern));
            let mut wanted: Vec<(String, u64)> =
                wanted.into_iter().map(|(gram, count)| (gram.join(blank), count)).collect();
            wanted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            assert_eq!(numbered(session, &statement, 1, 2), wanted, "{statement}");
        };
        ask(format!("?{blank}{a}"), naive.matching(|gram| gram.len() == 2 && gram[1] == *x));
        ask(format!("{a}{blank}*"), naive.matching(|gram| gram.len() > 1 && gram[0] == *x));
        let either = |gram: &[String]| gram.len() == 2 && (gram[0] == *x || gram[0] == *y);
        let wanted = naive.matching(|gram| either(gram) && gram[1] == *z);
        ask(format!("({a}|{b}){blank}{c}"), wanted);
        let edge = |edges: &Counts| edges.get_key_value(&vec![x.clone()]).map(owned);
        ask(format!("^{a}"), edge(&naive.at_start).into_iter().collect());
        ask(
            format!("{b}$"),
            naive.at_end.get_key_value(&vec![y.clone()]).map(owned).into_iter().collect(),
        );
        if order > 2 {
            let all = naive.at_end.iter().filter(|(gram, _)| gram.len() == 2 && gram[0] == *x);
            ask(format!("{a}{blank}?$"), all.map(owned).collect());
        }
    }
}

fn owned((gram, count): (&Gram, &u64)) -> (Gram, u64) {
    (gram.clone(), *count)
}

/// What stands between units of this corpus.
fn blank(session: &mut Session<'_>) -> &'static str {
    let is_of_characters = text(&rows(session, "SHOW CORPORA")[0][1]) == "char";
    if is_of_characters { "" } else { " " }
}

fn neighbours(session: &mut Session<'_>, naive: &Naive, order: usize) {
    let blank = blank(session);
    let before = naive.before();
    let step = naive.counts.len() / ASKED + 1;
    for gram in naive.counts.keys().filter(|gram| gram.len() < order).step_by(step) {
        let Some(text) = shown(naive, gram, blank) else { continue };
        let mut next: Vec<(String, u64)> = naive.after(gram).into_iter().collect();
        let mut previous: Vec<(String, u64)> = before
            .get(&gram[..])
            .map(|units| units.iter().map(|(unit, count)| (unit.to_string(), *count)).collect())
            .unwrap_or_default();
        next.extend((naive.end(gram) > 0).then(|| ("$".to_owned(), naive.end(gram))));
        previous.extend((naive.start(gram) > 0).then(|| ("^".to_owned(), naive.start(gram))));
        for (stage, mut wanted) in [("NEXT", next), ("PREV", previous)] {
            wanted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            let statement = format!("FROM c | {stage} {}", quoted(&text));
            assert_eq!(numbered(session, &statement, 0, 1), wanted, "{statement}");
            let shares = rows(session, &statement);
            let sum: f64 = shares.iter().filter_map(|row| real(&row[2])).sum();
            assert!((sum - 1.0).abs() < 1e-9);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]
    #[test]
    fn any_history_in_memory_counts_the_same(history in history()) {
        run(&history, None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 64, ..ProptestConfig::with_cases(24) })]
    #[test]
    fn any_history_on_disk_counts_the_same(history in history()) {
        let directory = tempfile::tempdir().unwrap();
        run(&history, Some(directory.path()));
    }
}

/// More than 65 535 symbols, and windows of every width: 64, 128 and 256 bits.
#[test]
fn large_vocabularies_are_counted_too() {
    for order in [3, 7, 8] {
        let word = |number: u64| format!("w{}", number * 2_654_435_761 % 66_037);
        let line = |from: u64| -> String {
            (from..from + 9).map(|number| word(number) + " ").collect::<String>() + "the end\n"
        };
        let text: String = (0..70_000).step_by(9).map(line).collect();
        let options = TextOptions { unit: Unit::Word, ..TextOptions::default() };
        let options_of_session = Options { threads: 2, ..Options::default() };
        let database = Database::in_memory(options_of_session).unwrap();
        let mut session = database.session();
        session.run(&create(&options, order, false)).unwrap();
        let mut naive = Naive::new(&options, order);
        let (first, second) =
            text.split_at(text.len() / 3 + text[text.len() / 3..].find('\n').unwrap());
        for part in [first, second] {
            naive.add(part);
            session.run(&format!("INGEST TEXT {} INTO c", quoted(part))).unwrap();
        }
        assert!(naive.types(1) > 65_535);
        totals(&database, &naive, order);
        leaves(&database, &naive);
        counters(&database, &naive);
    }
}

/// Readers see a whole number of ingests, whatever is committed and merged meanwhile.
#[test]
fn a_view_stays_what_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let database = Database::open(directory.path().join("t.db"), Options::default()).unwrap();
    database.session().run("CREATE CORPUS c WITH order = 3").unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    let view = database.index().view("c").unwrap();
                    let mut sum = 0;
                    let mut scan = view.scan(None).unwrap();
                    while let Some(leaf) = scan.next_leaf().unwrap() {
                        sum += if leaf.window[0] == BOUNDARY { 0 } else { leaf.count };
                    }
                    assert_eq!(sum, view.manifest().totals.units());
                }
            });
        }
        for number in 0..60 {
            let mut session = database.session();
            session.run(&format!("INGEST TEXT '床前明月光{number}' INTO c")).unwrap();
            if number % 3 == 0 {
                session.run("COMPACT c").unwrap();
            }
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(crate::answers::count(&mut database.session(), "c", "明月"), 60);
}
