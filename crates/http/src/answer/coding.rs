//! Content codings of answers: zstd, br, gzip, or none.

use std::io::Write as _;

use actix_web::HttpRequest;
use actix_web::http::header::{AcceptEncoding, Encoding, Header as _};

/// Smaller answers are not worth compressing.
const WORTH_IT: usize = 1_024;

/// How an answer is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Coding {
    Identity,
    Zstd,
    Brotli,
    Gzip,
}

impl Coding {
    /// The best coding that the client accepts for a document of this length.
    pub(crate) fn negotiate(request: &HttpRequest, length: usize) -> Self {
        if length < WORTH_IT || !request.headers().contains_key("accept-encoding") {
            return Self::Identity;
        }
        let Ok(accept) = AcceptEncoding::parse(request) else { return Self::Identity };
        let supported = [Encoding::zstd(), Encoding::brotli(), Encoding::gzip(), Encoding::identity()];
        match accept.negotiate(supported.iter()) {
            Some(encoding) if encoding == Encoding::zstd() => Self::Zstd,
            Some(encoding) if encoding == Encoding::brotli() => Self::Brotli,
            Some(encoding) if encoding == Encoding::gzip() => Self::Gzip,
            _ => Self::Identity,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// The coded document; `None` for identity, or when coding fails, which memory alone can
    /// bring about.
    pub(crate) fn encode(self, document: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Identity => None,
            Self::Zstd => zstd::bulk::compress(document, 3).ok(),
            Self::Brotli => {
                let mut coded = Vec::new();
                let mut writer = brotli::CompressorWriter::new(&mut coded, 16 * 1024, 4, 22);
                writer.write_all(document).ok()?;
                drop(writer);
                Some(coded)
            }
            Self::Gzip => {
                let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                writer.write_all(document).ok()?;
                writer.finish().ok()
            }
        }
    }
}
