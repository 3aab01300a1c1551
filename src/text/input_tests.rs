//! Reading: encodings, compression, chunks, and every way in which a file can be wrong.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::error::Error;

const CHINESE: &str = "黛玉葬花，寶釵撲蝶。\r\n第二行\n\n最后一行没有换行";
const JAPANESE: &str = "吾輩は猫である。名前はまだ無い。\nどこで生れたか\n";

fn options(encoding: &str) -> InputOptions {
    let encoding = (!encoding.is_empty()).then(|| encoding.parse().unwrap());
    InputOptions { encoding, ..InputOptions::default() }
}

fn open(bytes: &[u8], options: &InputOptions) -> Result<Input, Error> {
    Input::reader("a.txt", Box::new(std::io::Cursor::new(bytes.to_vec())), options)
}

fn chunks(bytes: &[u8], options: &InputOptions, target: usize) -> Result<Vec<String>, Error> {
    let mut input = open(bytes, options)?;
    let (mut chunks, mut chunk) = (Vec::new(), String::new());
    while input.next_chunk(target, &mut chunk)? {
        assert!(!chunk.is_empty());
        chunks.push(chunk.clone());
    }
    assert!(chunk.is_empty());
    Ok(chunks)
}

fn read(bytes: &[u8], options: &InputOptions) -> Result<String, Error> {
    Ok(chunks(bytes, options, 1 << 20)?.concat())
}

fn utf16(text: &str, big: bool, mark: bool) -> Vec<u8> {
    let mark = mark.then_some(0xFEFF);
    let units = mark.into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_encoding_reads_back() {
    for label in ["utf-8", "gb18030", "gbk", "gb2312", "big5", "euc-jp", "shift_jis", "sjis"] {
        let encoding: Encoding = label.parse().unwrap();
        let text = if label.contains('j') { JAPANESE } else { CHINESE };
        let text =
            if label == "big5" { "黛玉葬花，寶釵撲蝶。\r\n第二行\n" } else { text };
        let (bytes, _, unmappable) = encoding.0.encode(text);
        assert!(!unmappable, "{label}");
        assert_eq!(read(&bytes, &options(label)).unwrap(), text, "{label}");
    }
}

#[test]
fn utf16_with_and_without_mark() {
    for big in [false, true] {
        let marked = utf16(CHINESE, big, true);
        assert_eq!(read(&marked, &options("")).unwrap(), CHINESE);
        assert_eq!(read(&marked, &options("gbk")).unwrap(), CHINESE);
        let plain = utf16(CHINESE, big, false);
        let label = if big { "utf-16be" } else { "utf-16le" };
        assert_eq!(read(&plain, &options(label)).unwrap(), CHINESE);
        let error = read(&utf16("ab", big, false), &options("")).unwrap_err();
        assert!(error.to_string().contains("is not text: NUL byte"), "{error}");
    }
    let error = read(&[0xFF, 0xFE, 0, 0, b'a', 0, 0, 0], &options("")).unwrap_err();
    assert!(error.to_string().contains("UTF-32"), "{error}");
}

#[test]
fn the_encoding_is_found_out() {
    let guess = |bytes: &[u8]| {
        let input = open(bytes, &options("")).unwrap();
        (input.encoding().to_string(), input.encoding_guessed())
    };
    let long = CHINESE.repeat(50);
    assert_eq!(guess(long.as_bytes()), ("UTF-8".into(), false));
    assert_eq!(guess(b"\xEF\xBB\xBFab"), ("UTF-8".into(), false));
    assert_eq!(guess(&encoding_rs::GBK.encode(&long).0), ("GBK".into(), true));
    let japanese = JAPANESE.repeat(20);
    assert_eq!(guess(&encoding_rs::SHIFT_JIS.encode(&japanese).0), ("Shift_JIS".into(), true));
    assert_eq!(guess(&encoding_rs::EUC_JP.encode(&japanese).0), ("EUC-JP".into(), true));
    assert_eq!(read("\u{FEFF}ab".as_bytes(), &options("")).unwrap(), "ab");
    // A slip in a file that is plainly UTF-8 is a slip, not another encoding.
    let mut slip = long.into_bytes();
    slip[300] = 0xFF;
    assert_eq!(guess(&slip), ("UTF-8".into(), false));
    // The sniffed part may end within a character.
    let cut = format!("a{}", "黛".repeat(30_000));
    assert_eq!(read(cut.as_bytes(), &options("")).unwrap(), cut);
}

#[test]
fn compression_is_recognised_by_content() {
    let text = CHINESE.repeat(10_000);
    let zstd = zstd::encode_all(text.as_bytes(), 1).unwrap();
    let twice = [gzip(text.as_bytes()), gzip(b"more\n")].concat();
    assert_eq!(read(&gzip(text.as_bytes()), &options("")).unwrap(), text);
    assert_eq!(read(&zstd, &options("")).unwrap(), text);
    assert_eq!(read(&twice, &options("")).unwrap(), text.clone() + "more\n");
    assert_eq!(read(&gzip(b""), &options("")).unwrap(), "");
    for (bytes, format) in [(gzip(text.as_bytes()), "gzip"), (zstd, "zstd")] {
        let error = read(&bytes[..bytes.len() - 20], &options("")).unwrap_err();
        assert!(error.to_string().contains(&format!("the {format} data of a.txt end too early")));
        assert!(error.report().hint.as_deref().unwrap().contains("truncated"));
        let mut damaged = bytes.clone();
        let middle = damaged.len() / 2;
        damaged[middle..middle + 8].fill(0xA5);
        assert!(read(&damaged, &options("")).is_err());
    }
}

#[test]
fn empty_inputs() {
    for bytes in [&b""[..], b"\xEF\xBB\xBF", &[0xFF, 0xFE]] {
        assert_eq!(chunks(bytes, &options(""), 10).unwrap(), Vec::<String>::new());
    }
    assert_eq!(chunks(b"\n", &options(""), 10).unwrap(), ["\n"]);
    assert_eq!(chunks(b"x", &options(""), 10).unwrap(), ["x"]);
}

#[test]
fn invalid_utf8_is_refused_at_its_place() {
    let long = "第一行\n".repeat(100_000).into_bytes();
    for (place, line) in [(0, 1), (10, 2), (65_536, 6554), (999_999, 100_000)] {
        let mut bytes = long.clone();
        bytes[place] = 0xFF;
        for target in [1, 64, 1 << 20] {
            let error = chunks(&bytes, &options("utf-8"), target).unwrap_err();
            // A byte in the middle of a character makes its beginning invalid.
            let offset =
                if place % 10 == 9 || place % 10 % 3 == 0 { place } else { place - place % 10 % 3 };
            let byte = bytes[offset];
            let message = format!(
                "a.txt: byte 0x{byte:02X} at offset {offset} (line {line}) is not valid UTF-8"
            );
            assert_eq!(error.to_string(), message);
            assert!(error.report().hint.as_deref().unwrap().contains("WITH encoding"));
        }
    }
    let error =
        read("好\n好\u{FEFF}".as_bytes().split_last().unwrap().1, &options("")).unwrap_err();
    assert!(error.to_string().contains("byte 0xEF at offset 7 (line 2)"), "{error}");
}

#[test]
fn invalid_bytes_of_other_encodings_have_exact_offsets() {
    let (line, _, _) = encoding_rs::GBK.encode("第一行\n");
    let before = line.repeat(50_000);
    for tail in [&b"\xFF"[..], b"\xB5\x0A", b"\x81"] {
        let bytes = [&before, tail].concat();
        let error = read(&bytes, &options("gbk")).unwrap_err();
        let (byte, offset) = (tail[0], before.len());
        let message = format!("byte 0x{byte:02X} at offset {offset} (line 50001) is not valid GBK");
        assert!(error.to_string().ends_with(&message), "{error}");
    }
    let (mut bytes, good) = (utf16("好\n", true, true), utf16("b", true, false));
    bytes.extend([0xD8, 0x00]);
    bytes.extend(good);
    let error = read(&bytes, &options("")).unwrap_err();
    let message = "byte 0xD8 at offset 6 (line 2) is not valid UTF-16BE";
    assert!(error.to_string().ends_with(message), "{error}");
    bytes.truncate(7);
    let error = read(&bytes, &options("")).unwrap_err();
    assert!(error.to_string().ends_with("0xD8 at offset 6 (line 2) is not valid UTF-16BE"));
}

#[test]
fn invalid_bytes_are_replaced_and_counted() {
    for (label, bytes) in [("utf-8", &b"a\xFFb\n\xE9\xBB\n"[..]), ("gbk", b"a\xFFb\n\xB5\n")] {
        let lenient = InputOptions { invalid: Invalid::Replace, ..options(label) };
        let mut input = open(bytes, &lenient).unwrap();
        let mut chunk = String::new();
        assert!(input.next_chunk(100, &mut chunk).unwrap());
        assert_eq!((chunk.as_str(), input.replaced()), ("a\u{FFFD}b\n\u{FFFD}\n", 2), "{label}");
    }
}

#[test]
fn long_lines_are_refused() {
    let text = format!("a\nb\n{}\nc\n", "x".repeat(1001));
    for target in [1, 100, 1 << 20] {
        let limited = InputOptions { longest_line: 1000, ..options("") };
        let error = chunks(text.as_bytes(), &limited, target).unwrap_err();
        assert_eq!(error.to_string(), "a.txt: line 3 is longer than 1000 bytes");
        let enough = InputOptions { longest_line: 1001, ..options("") };
        assert_eq!(chunks(text.as_bytes(), &enough, target).unwrap().concat(), text);
    }
    let endless = "x".repeat(3 << 20);
    let limited = InputOptions { longest_line: 1 << 20, ..options("") };
    assert!(read(endless.as_bytes(), &limited).is_err());
    assert_eq!(read(endless.as_bytes(), &options("")).unwrap(), endless);
}

#[test]
fn files_have_sizes_and_digests() {
    let directory = tempfile::tempdir().unwrap();
    let text = CHINESE.repeat(1000);
    let write = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = directory.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let plain = write("a.txt", text.as_bytes());
    let packed = write("a.txt.gz", &gzip(text.as_bytes()));
    assert_eq!(digest(&plain).unwrap(), digest(&packed).unwrap());
    assert_eq!(digest(&plain).unwrap(), *blake3::hash(text.as_bytes()).as_bytes());
    for path in [&plain, &packed] {
        let hashing = InputOptions { digest: true, ..InputOptions::default() };
        let mut input = Input::open(path, &hashing).unwrap();
        let mut chunk = String::new();
        while input.next_chunk(1000, &mut chunk).unwrap() {}
        assert_eq!(input.digest(), Some(digest(&plain).unwrap()));
        assert_eq!(Some(input.bytes_read()), input.size());
        assert_eq!(input.size(), Some(fs::metadata(path).unwrap().len()));
        assert_eq!(input.name(), path.display().to_string());
    }
    let error = Input::open(&directory.path().join("none"), &options("")).err().unwrap();
    assert!(error.report().hint.is_some() && error.report().cause.is_some());
    assert!(Input::open(directory.path(), &options("")).is_err());
}

proptest! {
    #[test]
    fn chunks_are_whole_lines_and_make_up_the_text(
        lines in prop::collection::vec("[a黛\u{10000}é]{0,30}", 0..40),
        target in 1_usize..200,
        label in prop::sample::select(vec!["", "utf-8", "gb18030", "utf-16le"]),
        end in any::<bool>(),
    ) {
        let text = lines.join("\n") + if end { "\n" } else { "" };
        let bytes = match label {
            "utf-16le" => utf16(&text, false, false),
            "gb18030" => encoding_rs::GB18030.encode(&text).0.into_owned(),
            _ => text.clone().into_bytes(),
        };
        let parts = chunks(&bytes, &options(label), target).unwrap();
        prop_assert_eq!(parts.concat(), text);
        for (place, part) in parts.iter().enumerate() {
            prop_assert!(part.ends_with('\n') || place + 1 == parts.len());
            prop_assert!(part.len() <= target || part.trim_end_matches('\n').lines().count() <= 1);
        }
    }

    #[test]
    fn any_bytes_give_text_or_an_error(bytes in any::<Vec<u8>>(), target in 1_usize..50) {
        let lenient = InputOptions { invalid: Invalid::Replace, ..options("utf-8") };
        // The marks of UTF-16, gzip and zstd, behind which bytes mean something else.
        let marks: [&[u8]; 4] = [&[0xFE, 0xFF], &[0xFF, 0xFE], &[0x1F, 0x8B], b"\x28\xB5\x2F\xFD"];
        if !bytes.contains(&0) && !marks.iter().any(|mark| bytes.starts_with(mark)) {
            let text = chunks(&bytes, &lenient, target).unwrap().concat();
            let expected = String::from_utf8_lossy(&bytes);
            prop_assert_eq!(text, expected.strip_prefix('\u{FEFF}').unwrap_or(&expected));
        }
        let _ = chunks(&bytes, &options(""), target);
    }
}
