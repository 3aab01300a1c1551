#!/bin/sh
# Takes the pictures of the README: types into the shell in a real terminal (tmux) and draws what it shows.
set -eu
cd "$(dirname "$0")/.."
[ -n "${ERYA_BUILT:-}" ] || cargo build --release --bins --example screenshot
target=${CARGO_TARGET_DIR:-target}/release
work=$(mktemp -d)
trap 'tmux -L erya-pictures kill-server 2>/dev/null || true; rm -rf "$work"' EXIT
cp tests/texts/lunyu.txt "$work"
"$target/erya" ingest --quiet "$work/my.db" lunyu "$work/lunyu.txt" >/dev/null

screen() { tmux -L erya-pictures "$@"; }
start() {
    screen new-session -d -s "$1" -x 100 -y "$2" "cd '$work' && PATH='$(cd "$target" && pwd)':\$PATH \
        XDG_DATA_HOME='$work' NO_COLOR= COLORTERM= TERM=screen-256color erya shell my.db"
    sleep 1
}
# A semicolon at the end of an argument would be tmux's own.
typed() { screen send-keys -t "$1" -l "${2%;} "; sleep 0.3; screen send-keys -t "$1" BSpace; [ "$2" = "${2%;}" ] || screen send-keys -t "$1" -l '\;'; sleep 0.3; screen send-keys -t "$1" Enter; sleep 0.7; }
taken() { screen capture-pane -t "$1" -e -p | "$target/examples/screenshot" >"src/docs/$1.svg"; }
left() { screen send-keys -t "$1" C-c; typed "$1" ".quit"; sleep 1; }

start shell 44
typed shell "FROM lunyu | CONCORDANCE '君子' WITH window = 7 | DROP document | LIMIT 5;"
typed shell "FROM lunyu | NEXT '君子' | LIMIT 6;"
typed shell "FROM lunyu | NGRAMS 2 | WHERE count >= 5 AND pmi > 3 | KEEP ngram, count, pmi;"
typed shell "FROM lunyu | COUNT '君子' | SORT cuont;"
taken shell
left shell

start completion 24
screen send-keys -t completion -l "FROM lunyu | NGRAMS 2 | WHERE co"
screen send-keys -t completion Tab
sleep 0.5
screen send-keys -t completion -l "unt > 5 | S"
screen send-keys -t completion Tab
sleep 0.5
screen send-keys -t completion C-c
sleep 0.3
screen send-keys -t completion -l "FROM lunyu | WORDS BY minent WITH "
screen send-keys -t completion Tab
sleep 0.5
screen send-keys -t completion C-c
sleep 0.3
typed completion ".help concordance"
taken completion
