//! The start of an answer's body: read within bounds, and made printable.

use std::time::Duration;

use podarmor_domain::webhook::EXCERPT;
use reqwest::Response;
use tokio::time::{Instant, timeout_at};

/// How long the body may take after the head: it is of little use, and the head has decided.
const AFTER_THE_HEAD: Duration = Duration::from_secs(1);

/// What an excerpt needs: a character that crosses the cut is up to four bytes long.
const KEPT: usize = EXCERPT + 3;

/// Reads the body to its end, to `most` bytes, for a second, or to the deadline, whichever comes
/// first, and keeps its start. Reading on past the start lets an answer of ordinary size end in
/// peace instead of a reset.
pub(crate) async fn start_of_body(mut response: Response, most: usize, deadline: Instant) -> Vec<u8> {
    let until = deadline.min(Instant::now() + AFTER_THE_HEAD);
    let (mut kept, mut seen) = (Vec::new(), 0_usize);
    // A timeout lets through what is ready, however late: tiny chunks always are.
    while seen < most && Instant::now() < until {
        // What breaks off, or is no HTTP after the head, is the end.
        let Ok(Ok(Some(chunk))) = timeout_at(until, response.chunk()).await else { break };
        seen = seen.saturating_add(chunk.len());
        kept.extend_from_slice(&chunk[..chunk.len().min(KEPT - kept.len())]);
    }
    kept
}

/// Printable text of at most [`EXCERPT`] bytes. Nothing becomes shorter on the way, so a character
/// that crosses the end of `start` lies past the cut.
pub(crate) fn excerpt(start: &[u8]) -> String {
    let mut text: String = String::from_utf8_lossy(start).chars().map(printable).collect();
    text.truncate(text.floor_char_boundary(EXCERPT));
    text
}

fn printable(character: char) -> char {
    match character {
        '\n' | '\t' => character,
        '\r' => ' ',
        // Line separators and directions would rearrange what is shown around them.
        '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        _ if character.is_control() => char::REPLACEMENT_CHARACTER,
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_and_everything_else_is_replaced() {
        for (body, shown) in [
            (&b""[..], ""),
            (b"ok\n\tfine\r\n", "ok\n\tfine \n"),
            ("gr\u{fc}n <b>\u{1f980}</b>".as_bytes(), "gr\u{fc}n <b>\u{1f980}</b>"),
            (b"a\0b\x1b[31mc\x7f", "a\u{fffd}b\u{fffd}[31mc\u{fffd}"),
            (b"\xff\xfe", "\u{fffd}\u{fffd}"),
            ("\u{85}\u{202e}\u{2028}".as_bytes(), "\u{fffd}\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(excerpt(body), shown, "{body:?}");
        }
    }

    #[test]
    fn the_cut_is_on_a_character() {
        for (before, kept) in [(1_020, 1_024), (1_021, 1_021), (1_022, 1_022), (1_023, 1_023), (1_024, 1_024)] {
            let body = format!("{}\u{1f980}\u{1f980}", "a".repeat(before)).into_bytes();
            let shown = excerpt(&body[..KEPT]);
            assert_eq!(shown.len(), kept, "{before}");
            assert!(!shown.contains('\u{fffd}'), "{before}");
        }
        assert_eq!(excerpt(&[0xff; KEPT]).len(), 1_023);
    }
}
