//! Writing JSON: compact, members in the order in which they are given.

use std::borrow::Cow;

use crate::text::Text;

/// A JSON document that is being written.
pub(crate) struct Output {
    bytes: Vec<u8>,
    /// Whether a comma is due before the next member or element.
    comma: bool,
}

impl Output {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Vec::with_capacity(capacity), comma: false }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// What was written, as text: all of it is UTF-8 by construction.
    pub(crate) fn into_text(self) -> String {
        String::from_utf8(self.bytes).unwrap_or_default()
    }

    pub(crate) fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.nest(b'{', b'}', members);
    }

    pub(crate) fn array(&mut self, elements: impl FnOnce(&mut Self)) {
        self.nest(b'[', b']', elements);
    }

    fn nest(&mut self, open: u8, close: u8, inner: impl FnOnce(&mut Self)) {
        self.separate();
        self.bytes.push(open);
        self.comma = false;
        inner(self);
        self.bytes.push(close);
        self.comma = true;
    }

    fn separate(&mut self) {
        if self.comma {
            self.bytes.push(b',');
        }
    }

    /// The name of a member; its value comes next.
    pub(crate) fn name(&mut self, name: &str) -> &mut Self {
        self.string(name);
        self.bytes.push(b':');
        self.comma = false;
        self
    }

    pub(crate) fn string(&mut self, text: &str) {
        self.separate();
        escape(&mut self.bytes, text);
        self.comma = true;
    }

    /// A value that is JSON already.
    pub(crate) fn raw(&mut self, json: &str) {
        self.separate();
        self.bytes.extend_from_slice(json.as_bytes());
        self.comma = true;
    }

    /// A member with text.
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.name(name).string(text);
    }

    /// A member with text, if there is one.
    pub(crate) fn optional(&mut self, name: &str, text: Option<&Text<'_>>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    /// A member with a list of texts.
    pub(crate) fn texts<'t>(&mut self, name: &str, texts: impl IntoIterator<Item = &'t str>) {
        self.name(name).array(|output| texts.into_iter().for_each(|text| output.string(text)));
    }
}

/// Writes `text` as a JSON string (RFC 8259, section 7).
fn escape(bytes: &mut Vec<u8>, text: &str) {
    bytes.push(b'"');
    let mut rest = 0;
    for (at, byte) in text.bytes().enumerate() {
        let short = match byte {
            b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0..0x20 => b'u',
            _ => continue,
        };
        bytes.extend_from_slice(&text.as_bytes()[rest..at]);
        bytes.extend_from_slice(&[b'\\', short]);
        if short == b'u' {
            bytes.extend_from_slice(format!("{byte:04x}").as_bytes());
        }
        rest = at + 1;
    }
    bytes.extend_from_slice(&text.as_bytes()[rest..]);
    bytes.push(b'"');
}

/// A string, as JSON.
pub(crate) fn quoted(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len() + 2);
    escape(&mut bytes, text);
    String::from_utf8(bytes).unwrap_or_default()
}

/// JSON without the white space between its tokens, so that a document means the same bytes
/// however it was laid out.
pub(crate) fn compact(json: &str) -> Text<'_> {
    let mut inside = false;
    let mut escaped = false;
    let mut blank = |byte: u8| {
        let outside = !inside;
        if escaped {
            escaped = false;
        } else if byte == b'\\' {
            escaped = inside;
        } else if byte == b'"' {
            inside = !inside;
        }
        outside && matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
    };
    let Some(first) = json.bytes().position(&mut blank) else { return Text::from(json) };
    let mut bytes = json.as_bytes()[..first].to_vec();
    bytes.extend(json.bytes().skip(first + 1).filter(|byte| !blank(*byte)));
    // Only white space was taken out, so it is still UTF-8.
    Text::from(Cow::Owned(String::from_utf8(bytes).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_written_as_serde_reads_them() {
        for text in ["", "a", "\"\\\n\r\t\u{0}\u{1f}\u{7f}é😀/", "end\\"] {
            assert_eq!(serde_json::from_str::<String>(&quoted(text)).unwrap(), text);
        }
    }

    #[test]
    fn white_space_is_taken_out_of_json_but_not_of_its_strings() {
        assert_eq!(compact("{ \"a b\" :\n[1 , \"\\\" \\\\\" , 2]\t}"), "{\"a b\":[1,\"\\\" \\\\\",2]}");
        assert_eq!(compact("{\"a b\":1}"), "{\"a b\":1}");
    }
}
