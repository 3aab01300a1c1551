//! Names of character encodings, and which of them a file is in. Decoding itself is in `input`.

use std::fmt;
use std::str::FromStr;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use crate::error::{Error, Result};

/// The names that an error message proposes; every label of the WHATWG standard is accepted.
const COMMON: [&str; 9] =
    ["utf-8", "gb18030", "gbk", "big5", "shift_jis", "euc-jp", "euc-kr", "utf-16le", "utf-16be"];

/// How far into a file a NUL byte is taken to say that it is not text.
const BINARY_WINDOW: usize = 8 << 10;

/// A character encoding, by any of its usual names.
///
/// ```
/// use erya::text::Encoding;
/// assert_eq!("gb2312".parse::<Encoding>()?.to_string(), "GBK");
/// assert_eq!("SJIS".parse::<Encoding>()?.to_string(), "Shift_JIS");
/// assert!("utf-9".parse::<Encoding>().is_err());
/// # Ok::<(), erya::error::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding(pub(super) &'static encoding_rs::Encoding);

impl Encoding {
    /// The name of the encoding in the WHATWG standard.
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Encoding {
    type Err = Error;

    /// Reads a label of the WHATWG standard; anything else is an input error with the usual ones.
    fn from_str(label: &str) -> Result<Self> {
        let usual = match label.trim().to_ascii_lowercase().as_str() {
            "sjis" | "shiftjis" => Some(encoding_rs::SHIFT_JIS),
            "eucjp" => Some(encoding_rs::EUC_JP),
            "euckr" => Some(encoding_rs::EUC_KR),
            "utf16" => Some(encoding_rs::UTF_16LE),
            "utf16le" => Some(encoding_rs::UTF_16LE),
            "utf16be" => Some(encoding_rs::UTF_16BE),
            label => encoding_rs::Encoding::for_label_no_replacement(label.as_bytes()),
        };
        usual.map(Encoding).ok_or_else(|| {
            Error::input(format!("`{label}` is not the name of an encoding"))
                .expected(COMMON)
                .hint(format!("encoding is one of: {}, …", COMMON.join(", ")))
        })
    }
}

/// What the first bytes of a file say of its encoding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Detected {
    pub(super) encoding: Encoding,
    /// How many bytes the byte order mark takes.
    pub(super) mark: usize,
    /// Whether this is no more than the likeliest answer.
    pub(super) guessed: bool,
}

/// Finds the encoding of the file `name` that begins with `first`, and ends there if `at_end`.
///
/// A byte order mark decides, then the encoding that was `named`, then whether the bytes are valid
/// UTF-8, then what the bytes look like. Bytes that are no text in any of these are an input error.
pub(super) fn detect(
    name: &str,
    first: &[u8],
    at_end: bool,
    named: Option<Encoding>,
) -> Result<Detected> {
    if first.starts_with(&[0xFF, 0xFE, 0, 0]) || first.starts_with(&[0, 0, 0xFE, 0xFF]) {
        return Err(Error::input(format!("{name} is in UTF-32, which is not supported"))
            .hint("convert it first: iconv -f utf-32 -t utf-8"));
    }
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(first) {
        return Ok(Detected { encoding: Encoding(encoding), mark, guessed: false });
    }
    let wide = [encoding_rs::UTF_16LE, encoding_rs::UTF_16BE];
    let may_hold_nul = named.is_some_and(|Encoding(encoding)| wide.contains(&encoding));
    let window = &first[..first.len().min(BINARY_WINDOW)];
    if let Some(place) = window.iter().position(|&byte| byte == 0).filter(|_| !may_hold_nul) {
        return Err(Error::input(format!("{name} is not text: NUL byte at offset {place}"))
            .hint("if it is UTF-16 without a byte order mark, say WITH encoding = utf-16le"));
    }
    if let Some(encoding) = named {
        return Ok(Detected { encoding, mark: 0, guessed: false });
    }
    if looks_like_utf8(first, at_end) {
        let encoding = Encoding(encoding_rs::UTF_8);
        return Ok(Detected { encoding, mark: 0, guessed: false });
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(first, at_end);
    let encoding = Encoding(detector.guess(None, Utf8Detection::Allow));
    Ok(Detected { encoding, mark: 0, guessed: true })
}

/// Whether `first` is valid UTF-8, or is but for rare slips: those are then refused or replaced at
/// their place. To read such a file as something else would turn all of it into garbage.
fn looks_like_utf8(first: &[u8], at_end: bool) -> bool {
    match std::str::from_utf8(first) {
        Ok(_) => return true,
        // It ends within a character: cut by us, or by an accident.
        Err(error) if error.error_len().is_none() => {
            return !at_end || !first[..error.valid_up_to()].is_ascii();
        }
        Err(_) => {}
    }
    let (mut sequences, mut slips) = (0, 0);
    for chunk in first.utf8_chunks() {
        sequences += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        slips += usize::from(!chunk.invalid().is_empty());
    }
    // Other encodings hardly ever give even as many valid sequences as invalid ones.
    sequences > 8 * slips
}
