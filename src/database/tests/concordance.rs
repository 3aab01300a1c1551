//! CONCORDANCE: places, windows, what is shown, and that it reads no further than asked.

use proptest::prelude::*;

use super::asking::{database, ingest, refused, rows};

#[test]
fn matches_stand_in_their_lines() {
    let database = database(
        "CREATE CORPUS a WITH order = 2;
         INGEST TEXT '林黛玉来了。\n\n　宝玉问：“林 黛玉呢？”', '黛玉' INTO a",
    );
    let found = rows(&database, "FROM a | CONCORDANCE '(黛|宝)玉' WITH window = 2");
    let wanted = [
        "text|1|林|黛玉|来了",
        "text|3|　|宝玉|问：“林",
        "text|3|问：“林 |黛玉|呢？”",
        "text|1||黛玉|",
    ];
    assert_eq!(found, wanted);
    // Longer than the order, and with no room beside it.
    let found = rows(&database, "FROM a | CONCORDANCE '^林黛玉来了$' WITH window = 0");
    assert_eq!(found, ["text|1||林黛玉来了|"]);
    assert_eq!(rows(&database, "FROM a | CONCORDANCE '宝玉问，林' | KEEP match"), ["宝玉问：“林"]);
    assert_eq!(rows(&database, "FROM a | CONCORDANCE '玉' | STATS count()"), ["4"]);
}

#[test]
fn words_are_units_of_the_window() {
    let database = database(
        "CREATE CORPUS a WITH unit = word, case = fold;
         INGEST TEXT 'She drank Strong tea. A  strong, strong smelling coffee?' INTO a",
    );
    let found = rows(&database, "FROM a | CONCORDANCE 'strong /.*ing/' WITH window = 1");
    assert_eq!(found, ["text|1|strong, |strong smelling| coffee"]);
    let found = rows(&database, "FROM a | CONCORDANCE 'STRONG' WITH window = 1 | KEEP left, right");
    assert_eq!(found, ["drank | tea", "A  |, strong", "strong, | smelling"]);
}

#[test]
fn it_says_what_it_cannot_do() {
    let database = database(
        "CREATE CORPUS a WITH keep_text = false; INGEST TEXT '甲' INTO a; CREATE CORPUS b;
         INGEST TEXT '甲' INTO b",
    );
    assert!(refused(&database, "FROM a | CONCORDANCE '甲'").contains("keep_text = false"));
    assert!(refused(&database, "FROM b | CONCORDANCE '甲' WITH widow = 3").contains("`widow`"));
    assert!(refused(&database, "FROM b | CONCORDANCE ''").contains("cannot be empty"));
    assert!(rows(&database, "FROM b | CONCORDANCE '^'").is_empty());
}

#[test]
fn a_limit_stops_the_reading() {
    let text = format!("{}甲\n", "乙".repeat(400)).repeat(1000);
    let database = database(&format!("CREATE CORPUS a; INGEST TEXT '{text}' INTO a"));
    let mut session = database.session();
    let mut answer = session.query("FROM a | CONCORDANCE '甲' | LIMIT 3").unwrap();
    assert_eq!(answer.rows.by_ref().count(), 3);
    assert_eq!(rows(&database, "FROM a | CONCORDANCE '甲' | STATS max(position)"), ["1000"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_place_and_every_window(
        lines in prop::collection::vec("[甲乙丙，。 ㊀]{0,12}", 1..8),
        word in "[甲乙]{1,2}",
        window in 0_usize..4,
    ) {
        let text = lines.join("\n");
        prop_assume!(!text.trim().is_empty());
        let database = database(&format!("CREATE CORPUS a; {}", ingest("a", &[text])));
        let query = format!("FROM a | CONCORDANCE '{word}' WITH window = {window}");
        let mut wanted = Vec::new();
        for (number, line) in (1..).zip(&lines) {
            let characters: Vec<char> = line.chars().collect();
            let word: Vec<char> = word.chars().collect();
            let is_unit = |c: char| !"，。 ".contains(c);
            let mut at = 0;
            while at + word.len() <= characters.len() {
                if characters[at..at + word.len()] != word[..] {
                    at += 1;
                    continue;
                }
                let end = at + word.len();
                let before: Vec<usize> =
                    (0..at).rev().filter(|&place| is_unit(characters[place])).collect();
                let after: Vec<usize> =
                    (end..characters.len()).filter(|&place| is_unit(characters[place])).collect();
                let left = match window {
                    0 => at,
                    _ => before.get(window - 1).copied().unwrap_or(0),
                };
                let right = match window {
                    0 => end,
                    _ => after.get(window - 1).map_or(characters.len(), |place| place + 1),
                };
                let part = |from: usize, to: usize| characters[from..to].iter().collect::<String>();
                let parts = [part(left, at), part(at, end), part(end, right)];
                wanted.push(format!("text|{number}|{}", parts.join("|")));
                at = end;
            }
        }
        prop_assert_eq!(rows(&database, &query), wanted);
    }
}
