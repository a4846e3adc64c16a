//! Licences of the list that what checks SPDX documents (`spdx-tools` 0.8) does not know: they
//! are newer than its list, or it takes them for exceptions. In SPDX they are written as licences
//! that are on no list, of that name and text, and read back as what they are.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{expression, named};
use crate::model::NamedLicense;

/// By identifier, in order.
const LICENSES: [&str; 56] = [
    "ALGLIB-Documentation",
    "Advanced-Cryptics-Dictionary",
    "BOLA-1.1",
    "BSD-2-Clause-pos-unchanged",
    "BSD-3-Clause-OpenWebUI",
    "BSD-3-Clause-Tso",
    "BSD-Mark-Modifications",
    "BSD-Source-Code-no-disclaimer",
    "BSD-Source-alt-GPL",
    "BSD-ask-to-endorse",
    "Brian-Gladman-3-Clause-no-conversion",
    "Buddy",
    "Bugroff",
    "CAPEC-tou",
    "CC-BY-NC-3.0-IGO",
    "ESA-PL-permissive-2.4",
    "ESA-PL-strong-copyleft-2.4",
    "ESA-PL-weak-copyleft-2.4",
    "FDK-MPEG-H",
    "GFDL-1.1-invariants",
    "GFDL-1.1-no-invariants",
    "GFDL-1.2-invariants",
    "GFDL-1.2-no-invariants",
    "GFDL-1.3-invariants",
    "GFDL-1.3-no-invariants",
    "GPL-2.0-with-GCC-exception",
    "GPL-2.0-with-autoconf-exception",
    "GPL-2.0-with-bison-exception",
    "GPL-2.0-with-classpath-exception",
    "GPL-2.0-with-font-exception",
    "GPL-3.0-with-GCC-exception",
    "GPL-3.0-with-autoconf-exception",
    "HPND-SMC",
    "HPND-sell-variant-critical-systems",
    "Hippocratic-3.0-core",
    "ISO-permission",
    "Informatica",
    "MIT-STK",
    "MMPL-1.0.1",
    "MPL-2.0-no-copyleft-exception",
    "MVT-1.1",
    "NIST-PD-TNT",
    "OSC-1.0",
    "OSSP",
    "OpenMDW-1.0",
    "ParaType-Free-Font-1.3",
    "SGMLUG-PM",
    "TekHVC",
    "UnRAR",
    "Vixie-Cron",
    "WTFNMFPL",
    "WordNet",
    "X11-no-permit-persons",
    "atc-game",
    "eCos-2.0",
    "hyphen-bulgarian",
];

const EXCEPTIONS: [&str; 7] = [
    "Classpath-exception-2.0-short",
    "Google-Patent-WebM",
    "Simple-Library-Usage-exception",
    "Spelling-Provider-LGPL-exception",
    "kvirc-openssl-exception",
    "rsync-linking-exception",
    "sqlitestudio-OpenSSL-exception",
];

/// Whether it is known with a `+` or without, as far as it is of the list.
fn is_known(license: &str) -> bool {
    let listed = expression::listed(license).is_some();
    !LICENSES.contains(&license) && (listed || !license.ends_with('+'))
}

/// The expression with the licences that are not known as `LicenseRef-…`, which are put into
/// `replaced` with what they stand for.
pub(crate) fn replace<'e>(expression: &'e str, replaced: &mut BTreeMap<String, String>) -> Cow<'e, str> {
    let words: Vec<&str> = expression.split(' ').collect();
    let name = |word: &'e str| word.trim_start_matches('(').trim_end_matches(')');
    let fits = words.iter().all(|word| is_known(name(word)) && !EXCEPTIONS.contains(&name(word)));
    if fits {
        return Cow::Borrowed(expression);
    }
    let mut out: Vec<Cow<'_, str>> = Vec::with_capacity(words.len());
    let mut at = 0;
    while let Some(word) = words.get(at) {
        // A licence and its exception are one licence.
        let whole = match (words.get(at + 1), words.get(at + 2)) {
            (Some(&"WITH"), Some(exception)) => {
                at += 2;
                format!("{word} WITH {exception}")
            }
            _ => (*word).to_owned(),
        };
        at += 1;
        let license = whole.trim_start_matches('(').trim_end_matches(')');
        let (alone, exception) = license.split_once(" WITH ").unwrap_or((license, ""));
        if is_known(alone) && !EXCEPTIONS.contains(&exception) {
            out.push(Cow::Owned(whole));
            continue;
        }
        let id = named::id_of(license);
        out.push(Cow::Owned(whole.replace(license, &id)));
        replaced.insert(id, license.to_owned());
    }
    Cow::Owned(out.join(" "))
}

/// What a licence stands for that was written so.
pub(crate) fn stands_for<'n>(license: &'n NamedLicense<'_>) -> Option<&'n str> {
    let name = license.name.as_deref()?;
    let same = license.text.as_deref().is_none_or(|text| text == name);
    let mut replaced = BTreeMap::new();
    replace(name, &mut replaced);
    let written = same && license.see_also.is_empty() && license.comment.is_none();
    let whole = replaced.len() == 1 && replaced.get(license.id.as_str()).is_some_and(|whole| whole == name);
    (written && whole && expression::parse(name, &|_| false).is_some()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;

    /// Another list may have more that is not known, and changes what is rendered.
    #[test]
    fn another_list_is_looked_through() {
        assert_eq!(spdx::license_version(), "3.29.0");
    }

    #[test]
    fn what_is_not_known_is_named_and_found_again() {
        for (expression, written) in [
            ("MIT AND (Zlib OR GPL-2.0+)", "MIT AND (Zlib OR GPL-2.0+)"),
            ("MIT AND (MIT-STK OR Zlib)", "MIT AND (LicenseRef-MIT-STK OR Zlib)"),
            ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
            ("eCos-2.0", "LicenseRef-eCos-2.0"),
        ] {
            assert_eq!(replace(expression, &mut BTreeMap::new()), written);
        }
        for whole in ["MIT-STK", "Apache-2.0+", "GPL-2.0-only WITH rsync-linking-exception", "MIT+ WITH LLVM-exception"]
        {
            let mut replaced = BTreeMap::new();
            replace(whole, &mut replaced);
            let (id, name) = replaced.pop_first().unwrap();
            let license = NamedLicense { id: Text::from(id), name: Some(Text::from(name)), ..NamedLicense::default() };
            assert_eq!(stands_for(&license), Some(whole));
        }
    }
}
