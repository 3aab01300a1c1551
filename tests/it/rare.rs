//! A corpus so large that its rare n-grams are not among the usual statistics: they are all there,
//! the frequent ones first, and are only looked for by whoever goes on so far.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use erya::database::{Database, Options, Session};

use crate::answers::{numbered, quoted, rows, text};

/// Characters that occur, the first the most often.
const CHARACTERS: u32 = 700;
const UNITS: usize = 520_000;

/// Lines of characters that fall off like words do, always the same.
fn lines() -> Vec<Vec<char>> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let share = (state >> 40) as f64 / f64::from(1 << 24);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let rank = (f64::from(CHARACTERS).powf(share) - 1.0) as u32;
        char::from_u32(0x4e00 + rank).unwrap()
    };
    (0..UNITS / 40).map(|_| (0..40).map(|_| next()).collect()).collect()
}

/// The n-grams of these lengths, the frequent first, equal ones by text.
fn counted(lines: &[Vec<char>], lengths: &[usize]) -> Vec<(String, u64)> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for line in lines {
        for ngram in lengths.iter().flat_map(|&length| line.windows(length)) {
            *counts.entry(ngram.iter().collect()).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| Reverse(*count));
    counts
}

/// Some of them once more, turned round.
fn others(lines: &[Vec<char>], step: usize) -> Vec<Vec<char>> {
    lines.iter().step_by(step).map(|line| line.iter().rev().copied().collect()).collect()
}

fn ingest(session: &mut Session<'_>, lines: &[Vec<char>]) {
    let joined: Vec<String> = lines.iter().map(|line| line.iter().collect()).collect();
    rows(session, &format!("INGEST TEXT {} INTO c", quoted(&joined.join("\n"))));
}

/// What EXPLAIN ANALYZE says of the tables that a query has used.
fn tables(session: &mut Session<'_>, query: &str) -> String {
    let rows = rows(session, &format!("EXPLAIN ANALYZE {query}"));
    rows.iter().map(|row| text(&row[row.len() - 1])).collect()
}

#[test]
fn rare_ones_come_last_and_only_when_asked_for() {
    let place = tempfile::tempdir().unwrap();
    let database = Database::open(place.path().join("db"), Options::default()).unwrap();
    let mut session = database.session();
    rows(&mut session, "CREATE CORPUS c WITH order = 3, keep_text = false");
    let lines = lines();
    ingest(&mut session, &lines);

    let wanted = counted(&lines, &[1, 2]);
    let first = tables(&mut session, "FROM c | NGRAMS 1..2 | SORT count DESC | LIMIT 9");
    assert!(first.contains("statistics built") && !first.contains("rare"), "{first}");
    let first = numbered(&mut session, "FROM c | NGRAMS 1..2 | SORT count DESC | LIMIT 9", 0, 2);
    assert_eq!(first, wanted[..9]);

    let all = tables(&mut session, "FROM c | NGRAMS 1..2");
    assert!(all.contains("statistics of rare n-grams built"), "{all}");
    assert_eq!(numbered(&mut session, "FROM c | NGRAMS 1..2", 0, 2), wanted);
    let rare = numbered(&mut session, "FROM c | NGRAMS 2 | WHERE count < 3", 0, 2);
    let is_rare = |(ngram, count): &&(String, u64)| *count < 3 && ngram.chars().count() == 2;
    assert!(rare.len() > 1000);
    assert!(wanted.iter().filter(is_rare).eq(&rare));

    // Longer ones need another table.
    assert_eq!(numbered(&mut session, "FROM c | NGRAMS 3", 0, 2), counted(&lines, &[3]));
}

#[test]
fn a_small_ingest_brings_them_up_to_date() {
    let place = tempfile::tempdir().unwrap();
    let open = || Database::open(place.path().join("db"), Options::default()).unwrap();
    let query = "FROM c | NGRAMS 1..2 | WHERE count >= 5";
    let mut lines = lines();
    let more = [others(&lines, 50), others(&lines, 70)];
    let database = open();
    let mut session = database.session();
    rows(&mut session, "CREATE CORPUS c WITH order = 3, keep_text = false");
    ingest(&mut session, &lines);
    let frequent = |lines: &[Vec<char>]| {
        let mut counted = counted(lines, &[1, 2]);
        counted.retain(|(_, count)| *count >= 5);
        counted
    };
    assert_eq!(numbered(&mut session, query, 0, 2), frequent(&lines));

    // In an open database, and in one that has the table on disk.
    ingest(&mut session, &more[0]);
    lines.extend_from_slice(&more[0]);
    let told = tables(&mut session, query);
    assert!(told.contains("statistics brought up to date"), "{told}");
    assert_eq!(numbered(&mut session, query, 0, 2), frequent(&lines));
    drop(session);
    drop(database);
    let database = open();
    let mut session = database.session();
    ingest(&mut session, &more[1]);
    lines.extend_from_slice(&more[1]);
    let told = tables(&mut session, query);
    assert!(told.contains("statistics brought up to date"), "{told}");
    assert_eq!(numbered(&mut session, query, 0, 2), frequent(&lines));
}
