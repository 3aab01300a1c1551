//! `erya segment` from outside: by a lexicon, with words of one's own, by methods with parameters.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// A folder with the database `a.db`: the corpus `poems` and the lexicon `own`.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Place(tempfile::tempdir().unwrap());
        let poems = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/texts/poems.txt");
        fs::write(place.path("own.txt"), "南京 50\n市长 30\n长江 40\n大桥 30\n江大 1\n").unwrap();
        place.gives(&["ingest", "a.db", "poems", poems.to_str().unwrap()], "");
        place.gives(&["query", "a.db", "IMPORT LEXICON own FROM 'own.txt'"], "");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs the command with this input; its status and what it wrote to both streams.
    fn run(&self, arguments: &[&str], input: &str) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_erya"));
        command.current_dir(self.0.path()).args(arguments).write_stdin(input);
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// What a run gives that goes well.
    #[track_caller]
    fn gives(&self, arguments: &[&str], input: &str) -> String {
        let (status, out, err) = self.run(arguments, input);
        assert_eq!(status, 0, "{arguments:?}: {err}");
        out
    }

    /// Cuts `明月几时有` and a second line by these arguments.
    #[track_caller]
    fn cuts(&self, arguments: &[&str]) -> String {
        let all: Vec<&str> = ["segment", "a.db"].iter().chain(arguments).copied().collect();
        self.gives(&all, "明月几时有\n\n空山不见人，3.5%\n")
    }

    /// The complaint of a run that has to fail.
    #[track_caller]
    fn refuses(&self, arguments: &[&str], pieces: &[&str]) {
        let all: Vec<&str> = ["segment", "a.db"].iter().chain(arguments).copied().collect();
        let (status, out, err) = self.run(&all, "明月\n");
        assert_eq!((status, out.as_str()), (1, ""), "{err}");
        for piece in pieces {
            assert!(err.contains(piece), "`{piece}` is missing in\n{err}");
        }
    }
}

/// The tokens that a query gives for the same lines, a blank between them.
fn asked(place: &Place, stage: &str) -> String {
    let query = format!("FROM '明月几时有', '空山不见人，3.5%' | {stage} | KEEP tokens");
    let out = place.gives(&["query", "a.db", &query, "--format", "jsonl"], "");
    let line = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let tokens = row["tokens"].as_array().unwrap().iter();
        let tokens: Vec<&str> = tokens.map(|token| token.as_str().unwrap()).collect();
        tokens.join(" ") + "\n"
    };
    out.lines().map(line).collect()
}

#[test]
fn parameters_are_those_of_the_query() {
    let place = Place::new();
    let nvbe = place.cuts(&["--by", "nvbe", "--corpus", "poems"]);
    let short = ["--by", "nvbe", "--corpus", "poems", "--with", "max_length = 1"];
    assert_eq!(place.cuts(&short), "明 月 几 时 有\n\n空 山 不 见 人 ， 3.5%\n");
    assert_ne!(place.cuts(&short), nvbe);
    let sampled = |seed: &str| {
        let parameters = format!("seed = {seed}, sweeps = 3");
        let cut = place.cuts(&["--by", "bayes", "--corpus", "poems", "--with", &parameters]);
        let stage = format!("SEGMENT BY bayes IN poems WITH {parameters}");
        // A query has no row for an empty line.
        assert_eq!(cut.replace("\n\n", "\n"), asked(&place, &stage), "{stage}");
        cut
    };
    assert_eq!(sampled("7"), sampled("7"));
    // Several --with are one list.
    let twice =
        ["--by", "bayes", "--corpus", "poems", "--with", "seed = 7", "--with", "sweeps = 3"];
    assert_eq!(place.cuts(&twice), sampled("7"));
}

#[test]
fn a_lexicon_takes_words_of_ones_own() {
    let place = Place::new();
    let line = "南京大桥，长江大桥\n";
    let cut = |more: &[&str]| {
        let arguments = [&["segment", "a.db", "--by", "own"], more].concat();
        place.gives(&arguments, line)
    };
    assert_eq!(cut(&[]), "南京 大桥 ， 长江 大桥\n");
    assert_eq!(cut(&["--with", "words = ('南京大桥')"]), "南京大桥 ， 长江 大桥\n");
    fs::write(place.path("more.txt"), "\u{feff}长江大桥\n\n南京大桥 7 nz\n").unwrap();
    assert_eq!(cut(&["--words", "more.txt"]), "南京大桥 ， 长江大桥\n");
    // From a file as from standard input.
    fs::write(place.path("lines.txt"), line).unwrap();
    let arguments = ["segment", "a.db", "--by", "own", "--words", "more.txt", "lines.txt"];
    assert_eq!(place.gives(&arguments, ""), "南京大桥 ， 长江大桥\n");
    // What overlaps and is more probable wins, as ever.
    let words = ["segment", "a.db", "--by", "own", "--with", "words = ('京大')"];
    assert_eq!(place.gives(&words, "南京大桥\n"), "南京 大桥\n");
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let place = Place::new();
    let by = |by: &'static str, more: &[&'static str]| [&["--by", by][..], more].concat();
    place.refuses(&by("owm", &[]), &["there is no lexicon `owm`", "did you mean own?"]);
    place.refuses(&by("nvbe", &[]), &["nvbe cuts by the statistics of a corpus", "IN poems"]);
    place.refuses(&by("nvbe", &["--corpus", "poem"]), &["`poem`", "did you mean poems?"]);
    let poems = |with: &'static str| by("bayes", &["--corpus", "poems", "--with", with]);
    place.refuses(&poems("sead = 2"), &["no parameter `sead`", "did you mean seed?"]);
    place.refuses(&poems("seed = 'x'"), &["`seed` does not take 'x'"]);
    place.refuses(&poems("seed = 2 | LIMIT 1"), &["more than parameters", "seed = 2"]);
    place.refuses(&poems("seed 2"), &["`=`"]);
    place.refuses(&by("own", &["--with", "seed = 2"]), &["no parameter `seed`"]);
    place.refuses(&by("own", &["--with", "words = 南京"]), &["no lexicon `南京`", "brackets"]);
    place.refuses(&by("own", &["--with", "words = ('C++')"]), &["`C++` can be no word"]);
    place.refuses(&by("own", &["--words", "none.txt"]), &["none.txt cannot be read"]);
    let nvbe = by("nvbe", &["--corpus", "poems", "--words", "own.txt"]);
    place.refuses(&nvbe, &["only a lexicon takes words"]);
    place.refuses(&by("own", &["none.txt"]), &["none.txt"]);
}
