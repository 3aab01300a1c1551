//! What is never cut: numbers with their points and percent signs, addresses on the web and of
//! mail, and signs that are drawn by repeating them (—— …… ～～).

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

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

/// Numbers of several parts, or with a percent sign.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    let digit = "[0-9０-９]";
    let part = format!("(?:[.．·]{digit}+|,{digit}{{3}})");
    Regex::new(&format!("{digit}+(?:{part}*[%％‰]|{part}+)"))
        .expect("the pattern of this file is valid")
});

/// Numbers written with Han characters; of two of them, as in 万一, many are none.
static HAN_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new("[〇○零一二三四五六七八九十百千万亿两]{3,}")
        .expect("the pattern of this file is valid")
});

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

/// Finds the stretches of a line that stay whole, in order and apart from each other.
/// With `han`, numbers in Han characters are among them.
pub(super) fn wholes(line: &str, han: bool, found: &mut Vec<(Range<usize>, Whole)>) {
    found.clear();
    let bytes = line.as_bytes();
    let has = |wanted: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted);
    let mut points = false;
    let mut digits = false;
    let mut at_sign = false;
    let mut colon = false;
    for &byte in bytes {
        at_sign |= byte == b'@';
        colon |= byte == b'/';
        // Digits of ASCII, and the lead byte of full-width ones.
        digits |= byte.is_ascii_digit() || byte == 0xef;
        // The last bytes of the full-width signs, of the middle dot and of the per mille sign.
        points |= matches!(byte, b'.' | b',' | b'%' | 0x8e | 0x8c | 0x85 | 0xb7 | 0xb0);
    }
    if at_sign || (colon && has(b"://")) || (points && has(b"www.")) {
        found.extend(ADDRESS.find_iter(line).map(|found| (found.range(), Whole::Address)));
    }
    if points && digits {
        let addresses = found.len();
        for number in NUMBER.find_iter(line) {
            let range = number.range();
            let apart = |(other, _): &(Range<usize>, Whole)| {
                range.end <= other.start || other.end <= range.start
            };
            if found[..addresses].iter().all(apart) {
                found.push((range, Whole::Number));
            }
        }
    }
    if han {
        let numbers = HAN_NUMBER.find_iter(line);
        found.extend(numbers.map(|number| (number.range(), Whole::HanNumber)));
    }
    found.sort_by_key(|(range, _)| range.start);
}

/// Whether a sign is drawn longer by repeating it.
pub(super) fn repeats(sign: char) -> bool {
    matches!(sign, '—' | '…' | '─' | '－' | '-' | '=' | '*' | '.' | '~' | '～' | '·' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Vec<&str> {
        let mut found = Vec::new();
        wholes(line, true, &mut found);
        found.into_iter().map(|(range, _)| &line[range]).collect()
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
}
