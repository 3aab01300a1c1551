//! TEMPLATES, PARSE and SLOTS on databases in memory; template sets saved and moved.

use proptest::prelude::*;

use super::asking::{database, refused, rows};
use crate::database::{Database, Options};

const QUESTIONS: &str = "鸡蛋可以吃吗，土豆可以吃吗，猫可以养吗，狗可以养吗，我可以走吗";

/// Saves a lexicon of these words, all as frequent.
pub(super) fn import(database: &Database, name: &str, words: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.txt");
    std::fs::write(&path, words.join("\n")).unwrap();
    let import = format!("IMPORT LEXICON {name} FROM '{}'", path.display());
    database.session().run(&import).unwrap();
}

/// A corpus of questions and a lexicon of its words.
fn questions() -> Database {
    let database = database(&format!("CREATE CORPUS q; INGEST TEXT '{QUESTIONS}' INTO q"));
    import(&database, "lex", &["鸡蛋", "土豆", "可以"]);
    database
}

const LOOSE: &str = "TEMPLATES WITH window = 2, min_proba = 0.1, min_pmi = 0.9";

#[test]
fn templates_of_questions() {
    let database = questions();
    let found = rows(&database, &format!("FROM q | SEGMENT BY lex | {LOOSE}"));
    assert_eq!(found, ["[X]可以[X]吗|2|2|5"]);
    let twice = "FROM q, q2 | SEGMENT BY lex";
    database
        .session()
        .run(&format!("CREATE CORPUS q2; INGEST TEXT '{QUESTIONS}' INTO q2"))
        .unwrap();
    assert_eq!(rows(&database, &format!("{twice} | {LOOSE}")), ["[X]可以[X]吗|2|2|10"]);
    let text = format!("FROM '{QUESTIONS}' | SEGMENT BY lex | {LOOSE}");
    assert_eq!(rows(&database, &text), found);
    let trivial = rows(&database, &format!("FROM q | SEGMENT BY lex | {LOOSE}, trivial = true"));
    assert!(trivial.iter().any(|row| row.starts_with("[X]吃[X]|1|2|")), "{trivial:?}");
    assert!(refused(&database, &format!("FROM q | {LOOSE}")).contains("takes sentences"));
    assert!(
        refused(&database, "FROM q | SEGMENT BY lex | TEMPLATES WITH window = 0")
            .contains("`window` is a whole number, 1 or more, not 0")
    );
}

#[test]
fn what_was_made_ready_goes_with_what_it_was_made_of() {
    let database = database("CREATE CORPUS c WITH latin = char, keep = nlpzero");
    import(&database, "lex", &["ab", "鸡蛋"]);
    let cut = |query: &str| rows(&database, &format!("FROM '鸡蛋ab' | {query} | KEEP tokens"));
    let text = |list: &[&str]| vec![list.join(" ")];
    let in_c = || cut("SEGMENT BY lex IN c");
    let without = cut("SEGMENT BY lex");
    assert_eq!((in_c(), in_c()), (text(&["鸡蛋", "ab"]), text(&["鸡蛋", "ab"])));
    let own = cut("SEGMENT BY lex IN c WITH words = ('鸡蛋ab')");
    assert_eq!(own, text(&["鸡蛋ab"]), "words of one's own are not kept");
    assert_eq!((in_c(), cut("SEGMENT BY lex")), (text(&["鸡蛋", "ab"]), without));
    // Another lexicon of the same name.
    import(&database, "lex", &["蛋a"]);
    assert_eq!(in_c(), text(&["鸡", "蛋a", "b"]));
    // Another corpus of the same name, where letters stay together.
    database.session().run("DROP CORPUS c; CREATE CORPUS c").unwrap();
    assert_eq!(in_c(), text(&["鸡", "蛋", "ab"]));
    database.session().run("DROP LEXICON lex").unwrap();
    assert!(refused(&database, "FROM '鸡蛋' | SEGMENT BY lex IN c").contains("no lexicon"));
}

#[test]
fn templates_that_are_saved_anew_parse_anew() {
    let database = questions();
    let tree = || rows(&database, "FROM '鱼可以吃吗' | SEGMENT BY lex | PARSE BY tpl | KEEP tree");
    let save = |template: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("templates.txt");
        std::fs::write(&path, template).unwrap();
        let import = format!("IMPORT TEMPLATES tpl FROM '{}'", path.display());
        database.session().run(&import).unwrap();
    };
    save("[X]可以[X]吗\t3");
    assert_eq!((tree(), tree()), (vec!["(鱼)可以(吃)吗".to_owned()], tree()));
    save("[X]可以 吃 吗");
    assert_eq!(tree(), ["(鱼)可以 吃 吗"]);
}

#[test]
fn what_is_kept_is_not_counted_again() {
    let database = questions();
    let query = "FROM q | SEGMENT BY lex | TEMPLATES WITH min_pmi = 1";
    let plan = || rows(&database, &format!("EXPLAIN {query}")).join("\n");
    assert!(plan().contains("within 5 words counted in q and kept"), "{}", plan());
    rows(&database, query);
    assert!(plan().contains("kept of q, nothing is counted again"), "{}", plan());
    let other = rows(&database, "EXPLAIN FROM q | SEGMENT BY lex | TEMPLATES WITH window = 3");
    assert!(other.join("\n").contains("counted in q and kept"), "{other:?}");
    database.session().run("INGEST TEXT '鱼可以吃吗' INTO q").unwrap();
    assert!(plan().contains("kept of q up to ingest 1, only later text"), "{}", plan());
    rows(&database, query);
    assert!(plan().contains("nothing is counted again"), "{}", plan());
    // Another lexicon of the same name: what was kept is of no use.
    import(&database, "lex", &["可以"]);
    assert!(plan().contains("counted in q and kept"), "{}", plan());
    rows(&database, query);
    database.session().run("DROP LEXICON lex").unwrap();
    import(&database, "lex", &["可以"]);
    assert!(plan().contains("counted in q and kept"), "{}", plan());
}

#[test]
fn a_corpus_without_its_text_has_no_templates() {
    let database = questions();
    let create = "CREATE CORPUS n WITH keep_text = false; INGEST TEXT '鸡蛋可以吃吗' INTO n";
    database.session().run(create).unwrap();
    let query = "FROM n | SEGMENT BY lex | TEMPLATES";
    assert!(refused(&database, query).contains("keep_text = false"));
}

#[test]
fn the_cap_on_paths_is_told() {
    let database =
        database("CREATE CORPUS q; INGEST TEXT '甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉' INTO q");
    import(&database, "lex", &["甲"]);
    let mut session = database.session();
    let query =
        "FROM q | SEGMENT BY lex | TEMPLATES WITH max_paths = 10, min_count = 1, min_pmi = 1";
    let answer = session.query(query).unwrap();
    let told = "1 clause has more than max_paths = 10 paths, up to ";
    assert!(answer.notes[0].starts_with(told), "{:?}", answer.notes);
    assert_eq!(answer.rows.count(), 10);
}

#[test]
fn sentences_become_trees() {
    let database = questions();
    let save = format!("FROM q | SEGMENT BY lex | {LOOSE} | SAVE AS tpl");
    database.session().run(&save).unwrap();
    let parsed = rows(&database, "FROM '鱼可以吃吗？' | SEGMENT BY lex | PARSE BY tpl");
    assert_eq!(parsed, ["鱼可以吃吗？|(鱼)可以(吃)吗|0.000000"]);
    let two = rows(&database, "FROM '鱼可以吃吗，好' | SEGMENT BY lex | PARSE BY tpl | KEEP tree");
    assert_eq!(two, ["((鱼)可以(吃)吗) (好)"]);
    let whole = "FROM '鱼可以吃吗？' | SEGMENT BY lex | PARSE BY tpl WITH clauses = false";
    assert_eq!(rows(&database, whole), ["鱼可以吃吗？|鱼可以吃吗？|-80.000000"]);
    let corpus = rows(&database, "FROM q | SEGMENT BY lex | PARSE BY tpl | LIMIT 1 | KEEP tree");
    assert!(corpus[0].starts_with("((鸡蛋)可以(吃)吗) ((土豆)"), "{corpus:?}");
    // A tree is kept like any other value.
    let save = "FROM '鱼可以吃吗' | SEGMENT BY lex | PARSE BY tpl | SAVE AS trees";
    database.session().run(save).unwrap();
    assert_eq!(rows(&database, "FROM trees | KEEP tree"), ["(鱼)可以(吃)吗"]);
    let refused = |query: &str| refused(&database, query);
    assert!(refused("FROM '鱼' | SEGMENT BY lex | PARSE BY tlp").contains("no templates `tlp`"));
    assert!(refused("FROM '鱼' | SEGMENT BY lex | PARSE BY lex").contains("lex is words"));
    let long = format!("FROM '{}' | SEGMENT BY lex | PARSE BY tpl", "鱼".repeat(1001));
    assert!(refused(&long).contains("has 1001 words in a row, and PARSE takes 1000"));
}

#[test]
fn clauses_without_room_are_read_again() {
    let word = |n: u32| char::from_u32(0x4e00 + n % 1500).unwrap();
    let line = |n| format!("甲{}乙{}，{}丙丁", word(n), word(n * 7), word(n * 11));
    let lines: Vec<String> = (0..4000).map(line).collect();
    let script = format!("CREATE CORPUS c; INGEST TEXT '{}' INTO c", lines.join("\n"));
    let query = "FROM c | SEGMENT BY lex | TEMPLATES WITH window = 3, min_pmi = 0, min_proba = 0";
    let asked = |memory: u64| {
        let options = Options { threads: 2, memory, ..Options::default() };
        let database = Database::in_memory(options).unwrap();
        database.session().run(&script).unwrap();
        import(&database, "lex", &["甲乙", "丙丁"]);
        rows(&database, query)
    };
    assert_eq!(asked(1 << 20), asked(1 << 30));
}

#[test]
fn fillers_of_slots() {
    let database = questions();
    let slots =
        |template: &str| rows(&database, &format!("FROM q | SEGMENT BY lex | SLOTS '{template}'"));
    let wanted = ["1|土豆|1", "1|我|1", "1|狗|1", "1|猫|1", "1|鸡蛋|1"];
    assert_eq!(slots("[X]可以[X]吗")[..5], wanted);
    assert_eq!(slots("[X]可以[X]吗")[5..], ["2|养|2", "2|吃|2", "2|走|1"]);
    assert_eq!(slots("[X]可以吃吗"), ["1|土豆|1", "1|鸡蛋|1"], "spelled by several tokens");
    assert_eq!(slots("可以[X]吗"), Vec::<String>::new(), "anchored at both ends");
    let refused = |template: &str| {
        refused(&database, &format!("FROM q | SEGMENT BY lex | SLOTS '{template}'"))
    };
    assert!(refused("可以").contains("no slot"));
    assert!(refused("[X][X]吗").contains("next to each other"));
}

#[test]
fn template_sets_are_saved_moved_and_dropped() {
    let database = questions();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("templates.txt");
    let run = |script: &str| database.session().run(script).unwrap();
    run(&format!("FROM q | SEGMENT BY lex | {LOOSE} | SAVE AS tpl"));
    assert_eq!(rows(&database, "SHOW TEMPLATES").len(), 1);
    assert_eq!(rows(&database, "SHOW TABLES"), Vec::<String>::new());
    run(&format!("EXPORT FROM tpl TO '{}'", file.display()));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "[X]可以[X]吗\t5\n");
    run(&format!("IMPORT TEMPLATES tpl2 FROM '{}'", file.display()));
    assert_eq!(rows(&database, "FROM tpl2"), ["[X]可以[X]吗|2|2|5"]);
    std::fs::write(&file, "[X]好 吗\n\n[X]的[X]\t7\n").unwrap();
    run(&format!("IMPORT TEMPLATES tpl2 FROM '{}'", file.display()));
    assert_eq!(rows(&database, "FROM tpl2"), ["[X]好 吗|2|1|1", "[X]的[X]|1|2|7"]);
    std::fs::write(&file, "[X]好\n[X]\n").unwrap();
    let import = format!("IMPORT TEMPLATES tpl2 FROM '{}'", file.display());
    assert!(refused(&database, &import).contains("line 2: `[X]` has no word"));
    run("INGEST TEXT '马可以骑吗，牛可以放吗' INTO q");
    assert_eq!(rows(&database, "REFRESH TEMPLATES tpl"), ["[X]可以[X]吗|changed|7|5"]);
    assert!(refused(&database, "REFRESH TEMPLATES tpl2").contains("cannot be repeated"));
    assert!(refused(&database, "DROP LEXICON tpl").contains("no lexicon"));
    assert!(refused(&database, "DROP TABLE tpl").contains("no table"));
    run("DROP TEMPLATES tpl; DROP TEMPLATES IF EXISTS tpl");
    assert_eq!(rows(&database, "SHOW TEMPLATES").len(), 1);
}

#[test]
fn words_that_stand_apart_have_templates_with_blanks() {
    let database = database(
        "CREATE CORPUS e WITH unit = word, case = fold; \
         INGEST TEXT 'The cat would like fish.' INTO e; \
         INGEST TEXT 'the dog would like meat' INTO e",
    );
    import(&database, "lex", &["fish"]);
    let query = "FROM e | SEGMENT BY lex IN e | TEMPLATES WITH min_proba = 0.06, min_pmi = 0.5";
    let found = ["the [X] like [X]|2|2|2", "the [X] would like [X]|3|2|2"];
    assert_eq!(rows(&database, query), found);
    database.session().run(&format!("{query} | SAVE AS tpl")).unwrap();
    let parse = "FROM 'The fox would like hens!' | SEGMENT BY lex IN e | PARSE BY tpl | KEEP tree";
    assert_eq!(rows(&database, parse), ["the (fox) would like (hens)"]);
    let slots = rows(&database, "FROM e | SEGMENT BY lex IN e | SLOTS 'The [X] like [X]'");
    assert_eq!(slots, ["1|cat would|1", "1|dog would|1", "2|fish|1", "2|meat|1"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn trees_are_the_same_whoever_cuts(
        lines in proptest::collection::vec("[鱼可以吃吗鸡蛋，。 ａA1.½\u{301}]{0,12}", 1..8),
        clauses: bool,
    ) {
        let database = questions();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("templates.txt");
        std::fs::write(&file, "[X]可以[X]吗\t5\n[X]吃\t2\nA[X]\n鱼 ，[X]\n").unwrap();
        let import = format!("IMPORT TEMPLATES tpl FROM '{}'", file.display());
        database.session().run(&import).unwrap();
        let text = format!("FROM '{}' | SEGMENT BY lex", lines.join("\n"));
        let parse = format!("PARSE BY tpl WITH clauses = {clauses}");
        let given = rows(&database, &format!("{text} | WHERE length(tokens) >= 0 | {parse}"));
        prop_assert_eq!(rows(&database, &format!("{text} | {parse}")), given);
    }

    #[test]
    fn any_split_into_ingests_counts_the_same(
        lines in proptest::collection::vec("[甲乙丙丁，]{1,9}", 1..7),
        splits in proptest::collection::vec(any::<bool>(), 7),
        asked in proptest::collection::vec(any::<bool>(), 7),
    ) {
        let templates = "SEGMENT BY lex | TEMPLATES WITH window = 3, min_proba = 0, min_pmi = 0, \
                         min_count = 1";
        let database = database("CREATE CORPUS one; CREATE CORPUS many");
        import(&database, "lex", &["甲乙", "丙丁丁", "丁丁"]);
        // Lines are made different, for what was ingested before is skipped.
        let lines: Vec<String> =
            lines.iter().enumerate().map(|(n, line)| format!("{line}{}", "丁".repeat(n))).collect();
        let ingest = |lines: &[String], corpus: &str| {
            let text = lines.join("\n");
            database.session().run(&format!("INGEST TEXT '{text}' INTO {corpus}")).unwrap();
        };
        ingest(&lines, "one");
        let mut waiting = Vec::new();
        for (number, line) in lines.iter().enumerate() {
            waiting.push(line.clone());
            if splits[number] || number + 1 == lines.len() {
                ingest(&waiting, "many");
                waiting.clear();
                if asked[number] {
                    rows(&database, &format!("FROM many | {templates}"));
                }
            }
        }
        let whole = rows(&database, &format!("FROM one | {templates}"));
        prop_assert_eq!(rows(&database, &format!("FROM many | {templates}")), whole.clone());
        // Once more, from what is kept; and as text, which keeps nothing.
        prop_assert_eq!(rows(&database, &format!("FROM many | {templates}")), whole.clone());
        let text = lines.join("\n");
        prop_assert_eq!(rows(&database, &format!("FROM '{text}' | {templates}")), whole);
    }
}
