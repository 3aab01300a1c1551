//! Records to bytes and back: a version byte, then bincode 2. The only caller of bincode.
//!
//! Not for n-gram keys and counters, which have layouts of their own.

use std::marker::PhantomData;

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// No record is longer; a corrupt length asks for more and is refused before anything is allocated.
const LIMIT: usize = 1 << 30;

fn config() -> Configuration<LittleEndian, Varint, Limit<LIMIT>> {
    bincode::config::standard().with_limit::<LIMIT>()
}

/// The bytes of a record, headed by the version of its type.
///
/// # Errors
/// [`Error::Internal`] when the record is beyond the limit of 1 GiB.
pub fn encode<T: Serialize>(version: u8, record: &T) -> Result<Vec<u8>> {
    let mut bytes = vec![version];
    bincode::serde::encode_into_std_write(record, &mut bytes, config())
        .map_err(|cause| Error::internal("a record cannot be written").because(cause))?;
    Ok(bytes)
}

/// Reads a record back; `what` names it in errors.
///
/// # Errors
/// [`Error::Corrupt`] for another version, for bytes that are not such a record, and for bytes
/// left over.
pub fn decode<T: DeserializeOwned>(version: u8, what: &str, bytes: &[u8]) -> Result<T> {
    let mut body = body_of(version, what, bytes)?;
    let record = take(what, &mut body)?;
    all_used(what, body)?;
    Ok(record)
}

/// Reads a record that is a list, one element after the other: it need not fit into memory twice,
/// and what is text in it may be borrowed from the bytes.
///
/// # Errors
/// Those of [`decode`]; what is wrong further on is told by the iterator, which ends there.
pub fn decode_each<'b, T: Deserialize<'b>>(
    version: u8,
    what: &'b str,
    bytes: &'b [u8],
) -> Result<Elements<'b, T>> {
    let mut body = body_of(version, what, bytes)?;
    let left = take(what, &mut body)?;
    Ok(Elements { what, body, left, elements: PhantomData })
}

/// The elements of a list, see [`decode_each`].
pub struct Elements<'b, T> {
    what: &'b str,
    body: &'b [u8],
    left: u64,
    elements: PhantomData<T>,
}

impl<'b, T: Deserialize<'b>> Iterator for Elements<'b, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        if self.left == 0 {
            return all_used(self.what, std::mem::take(&mut self.body)).err().map(Err);
        }
        self.left -= 1;
        let element = take(self.what, &mut self.body);
        if element.is_err() {
            (self.left, self.body) = (0, &[]);
        }
        Some(element)
    }
}

/// What follows the version.
fn body_of<'b>(version: u8, what: &str, bytes: &'b [u8]) -> Result<&'b [u8]> {
    let Some((&found, body)) = bytes.split_first() else {
        return Err(Error::corrupt(format!("{what} is empty")));
    };
    if found != version {
        return Err(Error::corrupt(format!(
            "{what} has format version {found}, this program reads version {version}"
        ))
        .hint("use the version of erya that wrote it, or ingest the texts again"));
    }
    Ok(body)
}

/// Takes a value from the front.
fn take<'b, T: Deserialize<'b>>(what: &str, body: &mut &'b [u8]) -> Result<T> {
    let (value, used) = bincode::serde::borrow_decode_from_slice(body, config())
        .map_err(|cause| Error::corrupt(format!("{what} cannot be read")).because(cause))?;
    *body = body.get(used..).unwrap_or_default();
    Ok(value)
}

fn all_used(what: &str, rest: &[u8]) -> Result<()> {
    match rest.len() {
        0 => Ok(()),
        more => Err(Error::corrupt(format!("{what} has {more} bytes too many"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn another_version_is_named() {
        let bytes = encode(1, &("a", 2u32)).unwrap();
        let error = decode::<(String, u32)>(2, "the manifest", &bytes).unwrap_err();
        assert!(error.to_string().contains("the manifest has format version 1"), "{error}");
    }

    proptest! {
        #[test]
        fn any_bytes_decode_or_fail(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let whole = decode::<Vec<(String, u64)>>(1, "a record", &bytes).ok();
            let each = decode_each::<(String, u64)>(1, "a record", &bytes).ok();
            prop_assert_eq!(each.and_then(|each| each.collect::<Result<Vec<_>>>().ok()), whole);
        }

        #[test]
        fn round_trip(record: Vec<(String, u64)>) {
            let bytes = encode(3, &record).unwrap();
            let each = decode_each::<(&str, u64)>(3, "a record", &bytes).unwrap();
            let each = each.map(|pair| pair.map(|(text, number)| (text.to_owned(), number)));
            prop_assert_eq!(each.collect::<Result<Vec<_>>>().unwrap(), record.clone());
            prop_assert_eq!(decode::<Vec<(String, u64)>>(3, "a record", &bytes).unwrap(), record);
        }
    }
}
