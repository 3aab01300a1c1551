//! What is never cut: numbers with their points and percent signs, addresses on the web and of
//! mail, and signs that are drawn by repeating them (—— …… ～～).

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use regex::Regex;

use crate::text::{Digits, Latin, TextOptions};

/// Addresses: up to the first blank, Han character or sign that does not belong to one.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    let path = r"[A-Za-z0-9\-._~:/?#@!$&*+=%]";
    let pattern = [
        format!(r"(?:https?|ftp)://{path}*[A-Za-z0-9/#=&\-_]"),
        format!(r"www\.{path}*[A-Za-z0-9/]"),
        r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+".to_owned(),
    ]
    .join("|");
    Regex::new(&pattern).expect("the pattern of this file is valid")
});

/// Numbers written with Han characters; of two of them, as in 万一, many are none.
static HAN_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("[〇○零一二三四五六七八九十百千万亿两]{3,}")
        .expect("the pattern of this file is valid")
});

/// Which stretches stay whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// None: each letter and each digit is a unit.
    Nothing,
    /// Addresses and numbers.
    Usual,
    /// Those in Han characters as well: all numbers are one symbol.
    HanNumbers,
}

impl Kept {
    /// What the options of a corpus ask for.
    pub(super) fn of(options: &TextOptions) -> Kept {
        match (options.digits, options.latin) {
            (Digits::Char, Latin::Char) => Kept::Nothing,
            (Digits::Class, _) => Kept::HanNumbers,
            _ => Kept::Usual,
        }
    }
}

/// What a stretch is that stays whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// A word of its own.
    Address,
    /// A unit like any other number.
    Number,
    /// The same, where all numbers are one symbol.
    HanNumber,
}

/// Finds what stays whole in lines. Keeps its buffer.
#[derive(Default)]
pub(super) struct Wholes(Vec<(Range<usize>, Whole)>);

impl Wholes {
    /// The stretches of a line that stay whole, in order and apart from each other.
    pub(super) fn find(&mut self, line: &str, kept: Kept) -> &[(Range<usize>, Whole)] {
        let found = &mut self.0;
        found.clear();
        if kept == Kept::Nothing {
            return found;
        }
        let hints = Hints::of(line.as_bytes());
        if hints.has(Hints::AT_SIGN) || hints.has(Hints::ADDRESS) && has_address(line) {
            found.extend(ADDRESS.find_iter(line).map(|found| (found.range(), Whole::Address)));
        }
        if hints.has(Hints::NUMBER) {
            let addresses = found.len();
            for range in Numbers::of(line) {
                let apart = |(other, _): &(Range<usize>, Whole)| {
                    range.end <= other.start || other.end <= range.start
                };
                if found[..addresses].iter().all(apart) {
                    found.push((range, Whole::Number));
                }
            }
        }
        if kept == Kept::HanNumbers {
            let numbers = HAN_NUMBER.find_iter(line);
            found.extend(numbers.map(|number| (number.range(), Whole::HanNumber)));
        }
        found.sort_by_key(|(range, _)| range.start);
        found
    }
}

/// What a line may hold, from one quick look at its bytes.
#[derive(Clone, Copy)]
struct Hints(u8);

impl Hints {
    /// A digit before the first byte of a point, a comma or a percent sign of any width.
    const NUMBER: u8 = 1;
    const AT_SIGN: u8 = 2;
    /// A slash, or a `w` as in `www.`
    const ADDRESS: u8 = 4;

    /// Without a branch for each byte, so that many bytes are looked at at once.
    fn of(bytes: &[u8]) -> Hints {
        let flag = |is: bool, flag: u8| u8::from(is) * flag;
        let point = |byte: u8| matches!(byte, b'.' | b',' | b'%' | 0xef | 0xc2 | 0xe2);
        let mut hints = 0;
        for &byte in bytes {
            hints |= flag(byte == b'@', Self::AT_SIGN)
                | flag(byte == b'/' || byte == b'w', Self::ADDRESS);
        }
        for (&byte, &after) in bytes.iter().zip(bytes.iter().skip(1)) {
            hints |= flag(byte.is_ascii_digit() & point(after), Self::NUMBER);
        }
        // The last two bytes of a full-width digit.
        let three = bytes.iter().zip(bytes.iter().skip(1)).zip(bytes.iter().skip(2));
        for ((&before, &byte), &after) in three {
            let is_digit = (before == 0xbc) & (byte & 0xf0 == 0x90);
            hints |= flag(is_digit & point(after), Self::NUMBER);
        }
        Hints(hints)
    }

    fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }
}

/// Whether one of the beginnings of an address is there.
fn has_address(line: &str) -> bool {
    static BEGINNINGS: LazyLock<[Finder<'static>; 2]> =
        LazyLock::new(|| ["://", "www."].map(Finder::new));
    BEGINNINGS.iter().any(|beginning| beginning.find(line.as_bytes()).is_some())
}

/// Numbers of several parts, or with a percent sign: digits, then any number of times a point and
/// digits or a comma and three digits, then perhaps a percent or per mille sign.
struct Numbers<'l> {
    line: &'l str,
    at: usize,
}

impl<'l> Numbers<'l> {
    fn of(line: &'l str) -> Self {
        Numbers { line, at: 0 }
    }

    /// Where the digits end that begin at `at`; `at` itself where there are none.
    fn digits(&self, mut at: usize) -> usize {
        let bytes = self.line.as_bytes();
        loop {
            at += match bytes.get(at) {
                Some(b'0'..=b'9') => 1,
                Some(0xef) if is_wide_digit(&bytes[at..]) => 3,
                _ => return at,
            }
        }
    }

    /// Where the part ends that begins at `at`, if one does.
    fn part(&self, at: usize) -> Option<usize> {
        let rest = &self.line[at..];
        if let Some(after) = rest.strip_prefix(['.', '．', '·']) {
            let start = self.line.len() - after.len();
            return Some(self.digits(start)).filter(|&end| end > start);
        }
        let mut end = at + 1;
        rest.starts_with(',').then_some(())?;
        for _ in 0..3 {
            let width = match self.line.as_bytes().get(end)? {
                b'0'..=b'9' => 1,
                0xef if is_wide_digit(&self.line.as_bytes()[end..]) => 3,
                _ => return None,
            };
            end += width;
        }
        Some(end)
    }
}

/// Whether bytes begin with a digit of U+FF10 to U+FF19.
fn is_wide_digit(bytes: &[u8]) -> bool {
    bytes
        .strip_prefix(&[0xef, 0xbc])
        .and_then(<[u8]>::first)
        .is_some_and(|last| (0x90..=0x99).contains(last))
}

impl Iterator for Numbers<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let bytes = self.line.as_bytes();
        loop {
            let begins = |at: &usize| {
                bytes[*at].is_ascii_digit() || bytes[*at] == 0xef && is_wide_digit(&bytes[*at..])
            };
            let start = (self.at..bytes.len()).find(begins)?;
            let first = self.digits(start);
            let mut end = first;
            while let Some(next) = self.part(end) {
                end = next;
            }
            let rest = &self.line[end..];
            let signed = rest.strip_prefix(['%', '％', '‰']).map(|after| rest.len() - after.len());
            self.at = end + signed.unwrap_or(0);
            if self.at > first {
                return Some(start..self.at);
            }
        }
    }
}

/// Whether a sign is drawn longer by repeating it.
pub(super) fn repeats(sign: char) -> bool {
    "—…─－-=*.~～·_".contains(sign)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(line: &str) -> Vec<&str> {
        let mut wholes = Wholes::default();
        wholes.find(line, Kept::HanNumbers).iter().map(|(range, _)| &line[range.clone()]).collect()
    }

    #[test]
    fn numbers_and_addresses() {
        assert_eq!(found("增长３．８％，共1,234.5元"), ["３．８％", "1,234.5"]);
        assert_eq!(found("1、2，3；2001年1月"), Vec::<&str>::new());
        assert_eq!(found("见https://a.org/x?y=1。再见"), ["https://a.org/x?y=1"]);
        assert_eq!(found("www.a.cn，信箱a.b@c.com.cn收"), ["www.a.cn", "a.b@c.com.cn"]);
        assert_eq!(found("http://1.2.3.4/ 5.6"), ["http://1.2.3.4/", "5.6"]);
        assert_eq!(found("50%和5‰"), ["50%", "5‰"]);
        assert_eq!(found("二○○一年三十一日，万一"), ["二○○一", "三十一"]);
    }

    #[test]
    fn where_each_letter_and_each_digit_is_a_unit_nothing_stays_whole() {
        let kept = |digits, latin| {
            let options = TextOptions { digits, latin, ..TextOptions::default() };
            Wholes::default().find("3.8%", Kept::of(&options)).len()
        };
        assert_eq!(kept(Digits::Char, Latin::Char), 0);
        assert_eq!(kept(Digits::Char, Latin::Run), 1);
        assert_eq!(kept(Digits::Class, Latin::Char), 1);
    }

    proptest! {
        #[test]
        fn numbers_are_those_of_a_pattern(line in "[0-2０９.．·,%％‰一，]{0,24}") {
            let digit = "[0-9０-９]";
            let part = format!("(?:[.．·]{digit}+|,{digit}{{3}})");
            let pattern = Regex::new(&format!("{digit}+(?:{part}*[%％‰]|{part}+)")).unwrap();
            let wanted: Vec<Range<usize>> = pattern.find_iter(&line).map(|m| m.range()).collect();
            prop_assert!(Hints::of(line.as_bytes()).has(Hints::NUMBER) || wanted.is_empty());
            prop_assert_eq!(Numbers::of(&line).collect::<Vec<_>>(), wanted);
        }
    }
}
