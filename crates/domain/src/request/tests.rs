//! Texts of requests.

use super::*;

#[test]
fn titles_are_one_line_and_descriptions_are_lines() {
    for (fits, text) in [
        (true, "abc".to_owned()),
        (true, "🦀".repeat(200)),
        (false, "ab".to_owned()),
        (false, "x".repeat(201)),
        (false, "a\r\nb c".to_owned()),
        (false, "nul \0 nul".to_owned()),
        (false, "a\u{202e}bc".to_owned()),
        (false, " abc".to_owned()),
    ] {
        assert_eq!(Title::parse("title", &text).is_ok(), fits, "{text:?}");
    }
    for (fits, text) in [
        (true, String::new()),
        (true, "one\n\ttwo\n".to_owned()),
        (true, "é".repeat(10_000)),
        (true, "e\u{301}".repeat(10_000)),
        (false, "x".repeat(10_001)),
        (false, "nul\0".to_owned()),
        (false, "a\u{202e}b".to_owned()),
    ] {
        assert_eq!(Description::parse("description", &text).is_ok(), fits, "{}", text.len());
    }
    for (fits, text) in [(true, "Soon.\nReally."), (false, ""), (false, " \n"), (false, "\u{1b}[31m")] {
        assert_eq!(Reply::parse("reply", text).is_ok(), fits, "{text:?}");
    }
}
