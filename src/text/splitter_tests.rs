//! The fast path against the reference path, and both against what can be said by hand.

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::*;

/// What a sink was told, with boundaries merged.
#[derive(Default)]
struct Events(Vec<String>);

impl Events {
    fn of(splitter: &Splitter, text: &str) -> Vec<String> {
        let mut events = Events::default();
        splitter.feed(text, &mut events);
        events.0
    }

    fn mark(&mut self) {
        if self.0.last().is_none_or(|last| last != "|" && last != "\n") {
            self.0.push("|".into());
        }
    }
}

impl UnitSink for Events {
    fn unit(&mut self, c: char) {
        self.0.push(c.into());
    }
    fn run(&mut self, text: &str) {
        assert!(!text.is_empty());
        self.0.push(text.into());
    }
    fn boundary(&mut self) {
        self.mark();
    }
    fn line(&mut self) {
        assert!(self.0.last().is_some_and(|last| last == "|" || last == "\n"));
        if self.0.last().is_some_and(|last| last == "|") {
            self.0.pop();
        }
        self.0.push("\n".into());
    }
}

/// The same from the reference path; the line's own boundary is merged with those before it.
fn reference(splitter: &Splitter, text: &str) -> Vec<String> {
    let mut events = Events::default();
    for line in text.split_inclusive('\n') {
        for piece in splitter.pieces(line.strip_suffix('\n').unwrap_or(line)) {
            if piece.boundary {
                events.boundary();
            } else if piece.is_unit() {
                events.0.push(piece.text.into_owned());
            }
        }
        events.boundary();
        events.line();
    }
    events.0
}

fn shown(options: TextOptions, text: &str) -> String {
    Events::of(&Splitter::new(&options), text).join(" ").replace('\n', "$")
}

#[test]
fn characters() {
    let options = TextOptions::default();
    for (text, units) in [
        ("", ""),
        ("\n", "$"),
        ("\n\n", "$ $"),
        ("黛玉笑道：「你說」\n", "黛 玉 笑 道 | 你 說 $"),
        ("a\r\nb", "a $ b $"),
        ("ＡＢc１２3", "ABc 123 $"),
        ("用GPT4写 abc", "用 GPT 4 写 | abc $"),
        ("cafe\u{301}s ｶﾞ", "cafés | ガ $"),
        ("½杯……好", "1 | 2 杯 | 好 $"),
        ("\u{301}a\n\u{301}", "\u{301} a $ \u{301} $"),
        ("x\u{489}y中\u{489}", "x\u{489}y 中 \u{489} $"),
        ("한국", "한 국 $"),
        ("\u{1112}\u{1161}\u{11AB}", "한 $"),
        ("ﬁn Ⅷa", "fin | VIIIa $"),
    ] {
        assert_eq!(shown(options, text), units, "{text:?}");
    }
}

#[test]
fn characters_under_other_options() {
    let base = TextOptions::default();
    let class = TextOptions { digits: Digits::Class, ..base };
    assert_eq!(shown(class, "第12回a３"), "第 <0> 回 a <0> $");
    let single = TextOptions { digits: Digits::Char, latin: Latin::Char, ..base };
    assert_eq!(shown(single, "第12回ab"), "第 1 2 回 a b $");
    let all = TextOptions { keep: Keep::All, ..base };
    assert_eq!(shown(all, "好，ok…\r\n"), "好 , ok . . . $");
    assert_eq!(shown(all, "a b"), "a   b $");
    let zero = TextOptions { keep: Keep::Nlpzero, case: Case::Fold, ..base };
    assert_eq!(shown(zero, "ＡＢ㐀c。"), "ab | c $");
    let raw = TextOptions { normalize: Normalize::None, ..base };
    assert_eq!(shown(raw, "ＡＢe\u{301}x１"), "ＡＢe\u{301}x １ $");
    let folded = TextOptions { normalize: Normalize::None, case: Case::Fold, ..base };
    assert_eq!(shown(folded, "STRAßE"), "strasse $");
}

#[test]
fn words() {
    let base = TextOptions { unit: Unit::Word, ..TextOptions::default() };
    assert_eq!(shown(base, "Don't stop, it's 3.14!\nok"), "Don't stop | it's 3.14 $ ok $");
    assert_eq!(shown(base, "naïve ｃａｆｅ\u{301} 黛玉"), "naïve café 黛 玉 $");
    assert_eq!(shown(base, "I ❤\u{FE0F} it"), "I | it $");
    let folded = TextOptions { case: Case::Fold, digits: Digits::Class, ..base };
    assert_eq!(shown(folded, "In 1998 È 3.5"), "in <0> è 3.5 $");
    let blank = TextOptions { split: Split::Blank, ..base };
    assert_eq!(shown(blank, "he said: -- \"no\""), "he said: | \"no\" $");
    let all = TextOptions { keep: Keep::All, ..base };
    assert_eq!(shown(all, "no, no"), "no , no $");
    let zero = TextOptions { keep: Keep::Nlpzero, ..base };
    assert_eq!(shown(zero, "don't do naïve x2"), "| do | x2 $");
    let item = TextOptions { unit: Unit::Item, ..TextOptions::default() };
    assert_eq!(shown(item, "milk,2% bread --\n"), "milk,2% bread -- $");
}

#[test]
fn pieces_have_their_places() {
    let splitter = Splitter::new(&TextOptions::default());
    let spans = |line| {
        let show = |piece: &Piece<'_>| format!("{}@{}-{}", piece.text, piece.start, piece.end);
        splitter.pieces(line).iter().map(show).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(spans("中，，a1"), "中@0-3 @3-6 @6-9 a@9-10 1@10-11");
    assert_eq!(spans("½3"), "1@0-2 @2-2 23@2-3");
    assert_eq!(spans("e\u{301}f"), "éf@0-4");
    assert_eq!(spans("…"), "@0-3");
}

fn any_options() -> impl Strategy<Value = TextOptions> {
    let parts = (
        prop::sample::select(Unit::ALL),
        prop::sample::select(Split::ALL),
        prop::sample::select(Normalize::ALL),
        prop::sample::select(Case::ALL),
        prop::sample::select(Latin::ALL),
        prop::sample::select(Digits::ALL),
        prop::sample::select(Keep::ALL),
    );
    parts.prop_map(|(unit, split, normalize, case, latin, digits, keep)| TextOptions {
        unit,
        split,
        normalize,
        case,
        latin,
        digits,
        keep,
    })
}

fn any_text() -> impl Strategy<Value = String> {
    let awkward = prop::sample::select(vec![
        "a",
        "B",
        "é",
        "e\u{301}",
        "\u{301}",
        "\u{323}",
        "ß",
        "İ",
        "ı",
        "ς",
        "Ａ",
        "１",
        "7",
        "٣",
        "½",
        "…",
        "㎡",
        "ﬁ",
        "Ⅷ",
        "①",
        "Ⓐ",
        "´",
        "中",
        "𠀀",
        "，",
        "。",
        " ",
        "\u{3000}",
        "\n",
        "\r\n",
        "\r",
        "\0",
        "\t",
        "'",
        ".",
        "_",
        "-",
        "ｶﾞ",
        "ﾞ",
        "か\u{3099}",
        "\u{1112}",
        "\u{1161}",
        "\u{11AB}",
        "한",
        "\u{200D}",
        "\u{FE0F}",
        "❤",
        "👩",
        "กำ",
        "\u{E0100}",
        "\u{489}",
        "\u{345}",
        "ŉ",
        "ǰ",
        "\u{FEFF}",
        "\u{10FFFF}",
        "क्षि",
        "\u{20DD}",
        "ͅΑ",
        "H\u{331}",
        "\u{85}",
    ]);
    prop_oneof![
        4 => prop::collection::vec(awkward, 0..24).prop_map(|parts| parts.concat()),
        1 => any::<String>(),
        1 => "\\PC{0,20}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn feed_and_pieces_agree(options in any_options(), text in any_text()) {
        let splitter = Splitter::new(&options);
        prop_assert_eq!(Events::of(&splitter, &text), reference(&splitter, &text));
    }

    #[test]
    fn any_cut_between_lines_gives_the_same(options in any_options(), text in any_text()) {
        let splitter = Splitter::new(&options);
        let mut events = Events::default();
        text.split_inclusive('\n').for_each(|line| splitter.feed(line, &mut events));
        prop_assert_eq!(events.0, Events::of(&splitter, &text));
    }

    #[test]
    fn pieces_tile_the_line(options in any_options(), text in any_text()) {
        let mut at = 0;
        for piece in Splitter::new(&options).pieces(&text) {
            prop_assert_eq!(piece.start, at);
            prop_assert!(piece.end >= at && text.is_char_boundary(piece.end));
            prop_assert!(!piece.boundary || piece.text.is_empty());
            at = piece.end;
        }
        prop_assert_eq!(at, text.len());
    }

    /// Segments normalise independently: all of the line kept, the units are its NFKC form.
    #[test]
    fn segments_are_stable(text in any_text()) {
        let text = text.replace(['\n', '\r'], "");
        let options = TextOptions { keep: Keep::All, ..TextOptions::default() };
        let units: String =
            Splitter::new(&options).pieces(&text).into_iter().map(|piece| piece.text).collect();
        prop_assert_eq!(units, text.nfkc().collect::<String>());
    }
}
