//! `Range` on a document of known length (RFC 9110 section 14). One range is served; several
//! are answered with the whole document, as section 14.2 allows.

use actix_web::http::header::ByteRangeSpec;

/// What to send.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    /// First and last byte.
    Slice(usize, usize),
    /// No byte of the document is in the range.
    Unsatisfiable,
}

pub(crate) fn part(range: &str, length: usize) -> Part {
    let Ok(actix_web::http::header::Range::Bytes(specs)) = range.parse() else { return Part::Whole };
    let [spec] = specs.as_slice() else { return Part::Whole };
    // "bytes=5-2" is no valid range, and an invalid one is ignored.
    if matches!(spec, ByteRangeSpec::FromTo(from, to) if from > to) {
        return Part::Whole;
    }
    match spec.to_satisfiable_range(length as u64) {
        Some((from, to)) => match (usize::try_from(from), usize::try_from(to)) {
            (Ok(from), Ok(to)) => Part::Slice(from, to),
            _ => Part::Whole,
        },
        None => Part::Unsatisfiable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_served_and_everything_else_is_whole_or_unsatisfiable() {
        let cases = [
            ("bytes=0-0", Part::Slice(0, 0)),
            ("bytes=-1", Part::Slice(9, 9)),
            ("bytes=-99", Part::Slice(0, 9)),
            ("bytes=5-", Part::Slice(5, 9)),
            ("bytes=5-500", Part::Slice(5, 9)),
            ("bytes=10-", Part::Unsatisfiable),
            ("bytes=-0", Part::Unsatisfiable),
            ("bytes=5-2", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("lines=0-1", Part::Whole),
            ("bytes=x", Part::Whole),
            ("", Part::Whole),
        ];
        for (range, expected) in cases {
            assert_eq!(part(range, 10), expected, "{range}");
        }
    }
}
