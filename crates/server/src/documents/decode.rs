//! Decompression, told by the first bytes and counted while it goes on.

use std::io::{self, ErrorKind, Read};

use super::{DocumentError, MAX_BYTES};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// A frame may ask for a window of 8 MiB, which is what RFC 8878 section 3.1.1.1.2 recommends
/// to support; more would let a few bytes claim gigabytes.
const ZSTD_WINDOW_LOG: u32 = 23;

/// The decompressed document; bytes that are not compressed are it already.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<Vec<u8>, DocumentError> {
    if bytes.starts_with(&GZIP_MAGIC) {
        // A file can hold several members (RFC 1952 section 2.2); `gzip` writes so when it is
        // told to append.
        drain("gzip", flate2::read::MultiGzDecoder::new(bytes.as_slice()))
    } else if bytes.starts_with(&ZSTD_MAGIC) {
        let broken = |source| DocumentError::Broken { coding: "zstd", source };
        let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes.as_slice()).map_err(broken)?;
        decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(broken)?;
        drain("zstd", decoder)
    } else {
        Ok(bytes)
    }
}

fn drain(coding: &'static str, decoder: impl Read) -> Result<Vec<u8>, DocumentError> {
    let mut document = Vec::new();
    let drained = decoder.take(MAX_BYTES + 1).read_to_end(&mut document);
    if let Err(source) = drained {
        return Err(cause(coding, source));
    }
    match document.len() as u64 {
        0 => Err(DocumentError::Empty),
        length if length > MAX_BYTES => Err(DocumentError::Bomb),
        _ => Ok(document),
    }
}

fn cause(coding: &'static str, source: io::Error) -> DocumentError {
    match source.kind() {
        ErrorKind::UnexpectedEof => DocumentError::Truncated(coding),
        _ => DocumentError::Broken { coding, source },
    }
}
