//! Sizes as people write them: `256MiB`, `4GB`, `1.5GiB`, `65536`.

const UNITS: &[(&str, u64)] = &[
    ("", 1),
    ("b", 1),
    ("k", 1 << 10),
    ("kb", 1_000),
    ("kib", 1 << 10),
    ("m", 1 << 20),
    ("mb", 1_000_000),
    ("mib", 1 << 20),
    ("g", 1 << 30),
    ("gb", 1_000_000_000),
    ("gib", 1 << 30),
    ("t", 1 << 40),
    ("tb", 1_000_000_000_000),
    ("tib", 1 << 40),
];

/// Reads a size in bytes.
pub(super) fn parse(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let unit = text[digits..].trim().to_ascii_lowercase();
    let factor = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
    let wrong = || format!("`{text}` is not a size such as 512MiB or 4GB");
    let factor = factor.ok_or_else(wrong)?;
    let (whole, fraction) = text[..digits].split_once('.').unwrap_or((&text[..digits], ""));
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let part = match fraction {
        "" => 0,
        digits => thousandths(digits).ok_or_else(wrong)?,
    };
    let bytes = whole.checked_mul(factor);
    let bytes = bytes.and_then(|bytes| bytes.checked_add(part * (factor / 1000)));
    bytes.filter(|bytes| *bytes > 0).ok_or_else(wrong)
}

/// The digits behind a point as thousandths.
fn thousandths(digits: &str) -> Option<u64> {
    let three: String = digits.chars().chain("000".chars()).take(3).collect();
    three.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(parse("65536"), Ok(65_536));
        assert_eq!(parse("256MiB"), Ok(256 << 20));
        assert_eq!(parse("4 gb"), Ok(4_000_000_000));
        assert_eq!(parse("2k"), Ok(2048));
        assert_eq!(parse("1.5GB"), Ok(1_500_000_000));
        for wrong in ["", "MiB", "1.2.3GB", "4 parsecs", "-1", "0", "99999999999TiB"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
