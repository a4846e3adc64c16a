//! Text a person or a publisher wrote: normalised, bounded, and free of what would break a log
//! line, a header or a database.

use unicode_normalization::UnicodeNormalization as _;

use crate::FieldError;

/// Normalises to NFC and checks one line of text of `min..=max` characters.
///
/// # Errors
/// A [`FieldError`] at `path` when it is too short or long, has leading or trailing white space,
/// or holds control characters, line separators, or characters that are not seen.
pub fn one_line(path: &str, text: &str, min: usize, max: usize) -> Result<String, FieldError> {
    let text: String = text.nfc().collect();
    if text.trim() != text {
        return Err(FieldError::new(path, "must not start or end with white space"));
    }
    check(path, &text, min, max, |c| c.is_control() || is_separator(c) || is_unseen(c))?;
    Ok(text)
}

/// Normalises to NFC and checks text of several lines, at most `max` characters.
///
/// # Errors
/// A [`FieldError`] at `path` when it is too long or holds control characters other than line
/// feed and tab.
pub fn lines(path: &str, text: &str, max: usize) -> Result<String, FieldError> {
    let text: String = text.nfc().collect();
    check(path, &text, 0, max, |c| (c.is_control() && c != '\n' && c != '\t') || is_bidi_control(c))?;
    Ok(text)
}

fn check(path: &str, text: &str, min: usize, max: usize, refused: fn(char) -> bool) -> Result<(), FieldError> {
    let length = text.chars().count();
    if length < min || length > max {
        return Err(FieldError::new(path, format!("must have {min} to {max} characters")));
    }
    if text.contains(refused) {
        return Err(FieldError::new(path, "must not contain control characters"));
    }
    Ok(())
}

/// Line and paragraph separators, which are no control characters and break a line all the same.
const fn is_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Characters that reorder what follows them on screen (UAX #9), a way to make text lie.
const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Format characters (Unicode `Cf`) and the like that leave no mark: two texts that differ by one
/// look the same.
pub(crate) const fn is_unseen(c: char) -> bool {
    is_bidi_control(c)
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A type over a checked `String`.
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Reads and normalises the text.
            ///
            /// # Errors
            /// A [`FieldError`](crate::FieldError) at `path` that says what does not fit.
            pub fn parse(path: &str, text: &str) -> Result<Self, crate::FieldError> {
                let check: fn(&str, &str) -> Result<String, crate::FieldError> = $check;
                check(path, text).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(crate) use text_type;

/// `text` when `first` holds for its first character, `rest` for the others, and it has at most
/// `max` of them; else `None`.
pub(crate) fn shaped(text: &str, max: usize, first: fn(char) -> bool, rest: fn(char) -> bool) -> Option<String> {
    let mut chars = text.chars();
    let fits = text.len() <= max && chars.next().is_some_and(first) && chars.all(rest);
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_one_line_of_the_right_length() {
        for text in ["a", "ab cd", "日本語", "e\u{301}", "🦀🦀🦀🦀🦀"] {
            assert!(one_line("name", text, 1, 5).is_ok(), "{text:?}");
        }
        for text in [
            "",
            "abcdef",
            " a",
            "a ",
            "\u{a0}a",
            "a\nb",
            "a\rb",
            "a\r\nb",
            "a\tb",
            "a\0b",
            "a\u{7f}b",
            "a\u{85}b",
            "a\u{2028}b",
            "a\u{2029}b",
            "a\u{202e}b",
            "a\u{2066}b",
            "a\u{ad}b",
            "a\u{200b}b",
            "a\u{200f}b",
            "\u{2060}a",
            "a\u{2064}",
            "a\u{feff}b",
            "a\u{e0041}b",
        ] {
            let refused = one_line("name", text, 1, 5).unwrap_err();
            assert_eq!(refused.path, "name", "{text:?}");
        }
    }

    #[test]
    fn text_is_normalised_and_counted_in_characters() {
        assert_eq!(one_line("name", "e\u{301}", 1, 1).unwrap(), "é");
        assert_eq!(lines("text", "A\u{30a}\n", 2).unwrap(), "Å\n");
    }

    #[test]
    fn lines_may_be_several_and_none() {
        for text in ["", "a\n\n\tb  ", "\u{2028}"] {
            assert!(lines("text", text, 10).is_ok(), "{text:?}");
        }
        for text in ["a\r\n", "a\0", "\u{1b}[31m", "\u{202a}", "12345678901"] {
            assert!(lines("text", text, 10).is_err(), "{text:?}");
        }
    }
}
