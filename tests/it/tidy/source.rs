//! A Rust file with comments, strings and tests blanked out, so that rules see code only.
//!
//! Not a parser: it knows where comments and literals end and how brackets pair, and no more. What
//! is blanked becomes spaces, so that every offset and every line stays what it was.

use std::ops::Range;

use regex::Regex;

/// A Rust file.
pub(super) struct Source {
    /// From the top of the clone, with `/`.
    pub path: String,
    /// As it stands.
    pub text: String,
    /// Without comments, strings and characters.
    pub code: String,
    /// And without tests: empty outside `src`.
    pub production: String,
}

impl Source {
    pub(super) fn new(path: &str, text: &str) -> Self {
        let code = blanked(text);
        let is_product = path.starts_with("src/");
        let production = if is_product { without_tests(&code) } else { String::new() };
        Source { path: path.to_owned(), text: text.to_owned(), code, production }
    }

    /// Empties the production code of files that are declared `#[cfg(test)] mod name;`.
    pub(super) fn forget_tests(sources: &mut [Source]) {
        let modules: Vec<String> = sources.iter().flat_map(Source::test_modules).collect();
        for source in sources {
            let is_test = |module: &String| {
                source
                    .path
                    .strip_prefix(module.as_str())
                    .is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
            };
            if modules.iter().any(is_test) {
                source.production.clear();
            }
        }
    }

    /// The line, counted from 1, of an offset into any of the three texts.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.text[..offset].matches('\n').count() + 1
    }

    /// Whether it is a file of the product or of its tests.
    pub(super) fn is_in_src(&self) -> bool {
        self.path.starts_with("src/")
    }

    /// The modules that a path into the crate has before this file's own items.
    pub(super) fn module(&self) -> Vec<&str> {
        let inner = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let inner = inner.strip_suffix(".rs").unwrap_or(inner);
        let inner = inner.strip_suffix("/mod").unwrap_or(inner);
        inner.split('/').collect()
    }

    /// The paths, without `.rs`, of modules in files of their own that only tests see.
    fn test_modules(&self) -> Vec<String> {
        let declared = Regex::new(r"^\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+(\w+)\s*;").unwrap();
        let (folder, file) = self.path.rsplit_once('/').unwrap_or(("", &self.path));
        let stem = file.trim_end_matches(".rs");
        let owns_folder = matches!(stem, "mod" | "lib" | "main");
        let folder = if owns_folder { folder.to_owned() } else { format!("{folder}/{stem}") };
        let items = test_items(&self.code);
        let names = items.iter().filter_map(|item| declared.captures(&self.code[item.clone()]));
        names.map(|name| format!("{folder}/{}", &name[1])).collect()
    }
}

/// Where the bracket at `open` is closed; the end of the code where it never is.
pub(super) fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return offset;
        }
    }
    code.len()
}

/// Where an item that begins at `start` ends: at its `;`, or behind the block that is its body.
pub(super) fn item_end(code: &str, start: usize) -> usize {
    let bytes = code.as_bytes();
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b';' => return at + 1,
            b'{' => return (closing(code, at) + 1).min(code.len()),
            b'(' | b'[' => at = closing(code, at) + 1,
            _ => at += 1,
        }
    }
    code.len()
}

/// The items behind `#[cfg(test)]`, their other attributes left out.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let attribute = Regex::new(r"#\s*\[\s*cfg\s*\(\s*(?:all\s*\(\s*)?test\b").unwrap();
    let mut items = Vec::new();
    for found in attribute.find_iter(code) {
        let mut start = found.start();
        while code[start..].trim_start().starts_with('#') {
            let open = start + code[start..].find('[').unwrap_or(0);
            start = (closing(code, open) + 1).min(code.len());
        }
        items.push(start..item_end(code, start));
    }
    items
}

fn without_tests(code: &str) -> String {
    let mut bytes = code.as_bytes().to_vec();
    for item in test_items(code) {
        wipe(&mut bytes[item]);
    }
    String::from_utf8(bytes).unwrap()
}

fn blanked(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        match literal_end(bytes, at) {
            Some(end) => {
                wipe(&mut code[at..end]);
                at = end;
            }
            None => at += 1,
        }
    }
    String::from_utf8(code).unwrap()
}

fn wipe(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

/// Where the comment, string or character ends that begins here, if one does.
fn literal_end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at..];
    let end = match rest[0] {
        b'/' if rest.starts_with(b"//") => find(rest, b"\n").unwrap_or(rest.len()),
        b'/' if rest.starts_with(b"/*") => block_comment_end(rest),
        b'"' => quoted_end(rest, b'"'),
        b'r' | b'b' | b'c' if at == 0 || !is_word(bytes[at - 1]) => raw_string_end(rest)?,
        b'\'' => character_end(rest)?,
        _ => return None,
    };
    Some(at + end.min(rest.len()))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

fn block_comment_end(rest: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            (at, depth) = (at + 2, depth + 1);
        } else if rest[at..].starts_with(b"*/") {
            (at, depth) = (at + 2, depth - 1);
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// Behind the closing quote of what begins with an opening one.
fn quoted_end(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

fn raw_string_end(rest: &[u8]) -> Option<usize> {
    let prefix = if rest[0] == b'r' { 1 } else { 2 };
    if rest.get(prefix - 1) != Some(&b'r') {
        return None;
    }
    let hashes = rest[prefix..].iter().take_while(|byte| **byte == b'#').count();
    let open = prefix + hashes;
    if rest.get(open) != Some(&b'"') {
        return None;
    }
    let close = [b"\"".as_slice(), &rest[prefix..open]].concat();
    let length = find(&rest[open + 1..], &close).unwrap_or(rest.len());
    Some(open + 1 + length + close.len())
}

/// A character in quotes; a lifetime has no closing one.
fn character_end(rest: &[u8]) -> Option<usize> {
    if rest.get(1) == Some(&b'\\') {
        return Some(quoted_end(rest, b'\''));
    }
    let width = 1 + rest.iter().skip(2).take_while(|byte| **byte & 0xC0 == 0x80).count();
    (rest.get(1 + width) == Some(&b'\'')).then_some(width + 2)
}

#[test]
fn comments_strings_and_characters_are_blank() {
    for (text, code) in [
        ("a // b", "a     "),
        ("a /* b /* c */ d */ e", "a                   e"),
        (r#"a("b\"c", d)"#, "a(      , d)"),
        (r###"a(r#"b"c"#, br"d", d)"###, "a(        ,      , d)"),
        (r"a('b', '\'', '字', b'c')", "a(   ,     ,      , b   )"),
        ("fn a<'b>(c: &'b str) -> D<'_>", "fn a<'b>(c: &'b str) -> D<'_>"),
        ("r#for + bar", "r#for + bar"),
    ] {
        assert_eq!(blanked(text), code, "{text}");
    }
}

#[test]
fn tests_are_no_production_code() {
    let text = "mod a;\n#[cfg(test)]\n#[allow(x)]\nmod b;\n#[cfg(test)]\nfn c() { d() }\nmod e;\n";
    let source = Source::new("src/x/mod.rs", text);
    let production = source.production.replace("#[cfg(test)]", "").replace("#[allow(x)]", "");
    assert_eq!(production.split_whitespace().collect::<Vec<_>>(), ["mod", "a;", "mod", "e;"]);

    let mut sources = vec![
        source,
        Source::new("src/x/b.rs", "f()"),
        Source::new("src/x/b/g.rs", "h()"),
        Source::new("src/x/bc.rs", "i()"),
    ];
    Source::forget_tests(&mut sources);
    let left: Vec<&str> = sources[1..].iter().map(|source| source.production.as_str()).collect();
    assert_eq!(left, ["", "", "i()"]);
}
