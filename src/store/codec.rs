//! Records to bytes and back: a version byte, then bincode 2. The only caller of bincode.
//!
//! Not for n-gram keys and counters, which have layouts of their own.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use serde::Serialize;
use serde::de::DeserializeOwned;

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
    let Some((&found, body)) = bytes.split_first() else {
        return Err(Error::corrupt(format!("{what} is empty")));
    };
    if found != version {
        return Err(Error::corrupt(format!(
            "{what} has format version {found}, this program reads version {version}"
        ))
        .hint("use the version of erya that wrote it, or ingest the texts again"));
    }
    let (record, used) = bincode::serde::decode_from_slice(body, config())
        .map_err(|cause| Error::corrupt(format!("{what} cannot be read")).because(cause))?;
    if used != body.len() {
        return Err(Error::corrupt(format!("{what} has {} bytes too many", body.len() - used)));
    }
    Ok(record)
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
            let _ = decode::<Vec<(String, u64)>>(1, "a record", &bytes);
        }

        #[test]
        fn round_trip(record: Vec<(String, u64)>) {
            let bytes = encode(3, &record).unwrap();
            prop_assert_eq!(decode::<Vec<(String, u64)>>(3, "a record", &bytes).unwrap(), record);
        }
    }
}
