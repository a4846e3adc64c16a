//! Whatever a document says survives the way through both formats.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod facts;

use podarmor_sbom::{
    Algorithm, Bom, Component, Element, ExternalReference, Hash, Kind, License, NamedLicense, Party, PartyKind,
    Property, Relationship, RelationshipType, Text, check, read, write_cyclonedx, write_spdx,
};
use proptest::prelude::*;
use proptest::sample::select;

fn text() -> impl Strategy<Value = Text<'static>> {
    prop_oneof![
        4 => "[a-zA-Z0-9][a-zA-Z0-9 ._+~/@()-]{0,12}",
        1 => "[ -~]{1,12}",
        1 => "\\PC{1,8}",
        1 => select(vec!["NOASSERTION?", "NONE.", "podarmor:spdx", "\"\\\n\t", "MIT", "a (b)", "<x@y>", "LicenseRef-own"])
            .prop_map(str::to_owned),
    ]
    .prop_filter("a text says something", |text| !text.trim().is_empty() && !matches!(text.as_str(), "NOASSERTION" | "NONE"))
    .prop_map(Text::from)
}

fn license() -> impl Strategy<Value = License<'static>> {
    select(vec![
        "MIT",
        "GPL-2.0+",
        "Apache-2.0+",
        "MIT AND Apache-2.0",
        "LicenseRef-own",
        "MIT AND LicenseRef-own",
        "MIT-STK",
        "MIT OR Zlib",
        "(MIT OR Zlib) AND LicenseRef-other",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "GPL-2.0-with-classpath-exception",
        "GPL-2.0-only WITH rsync-linking-exception AND MIT",
        "",
    ])
    .prop_map(|text| if text.is_empty() { License::None } else { License::Expression(Text::from(text)) })
}

fn party() -> impl Strategy<Value = Party<'static>> {
    let email = prop::option::of(Just(Text::from("jane@example.org")));
    let names = select(vec!["Jane Doe", "Debian Developers", "Foo (Bar)", "Ex, Inc.", "a <b> c"]);
    (select(vec![PartyKind::Person, PartyKind::Organization]), names, email).prop_map(|(kind, name, email)| Party {
        kind,
        name: Text::from(name),
        email,
    })
}

fn hash() -> impl Strategy<Value = Hash<'static>> {
    select(Algorithm::ALL.to_vec()).prop_flat_map(|algorithm| {
        let digits = match algorithm.spdx() {
            "SHA1" => 40,
            "SHA224" => 56,
            "SHA384" | "SHA3-384" | "BLAKE2b-384" => 96,
            "SHA512" | "SHA3-512" | "BLAKE2b-512" => 128,
            "ADLER32" => 8,
            "MD2" | "MD4" | "MD5" => 32,
            _ => 64,
        };
        let value = prop::collection::vec(select(b"0123456789abcdef".to_vec()), digits);
        let value = value.prop_map(|digits| String::from_utf8(digits).unwrap());
        prop_oneof![9 => value, 1 => Just("no hash".to_owned())]
            .prop_map(move |value| Hash { algorithm, value: Text::from(value) })
    })
}

fn reference() -> impl Strategy<Value = ExternalReference<'static>> {
    let kinds = select(vec!["vcs", "advisories", "website", "distribution", "support", "rfc-9116", "made-up"]);
    let urls =
        select(vec!["https://example.org/a", "https://example.org/b c", "../x", "git+https://example.org/x", "a@b:c"]);
    (kinds, urls, prop::option::of(text())).prop_map(|(kind, url, comment)| ExternalReference {
        kind: Text::from(kind),
        url: Text::from(url),
        comment,
    })
}

fn some<S: Strategy>(strategy: S) -> impl Strategy<Value = Option<S::Value>>
where
    S::Value: Clone,
{
    prop::option::weighted(0.4, strategy)
}

/// A package; its identifier is made of its place.
fn package() -> impl Strategy<Value = Component<'static>> {
    let purls =
        select(vec!["pkg:npm/%40x/y@1?a=b#c", "pkg:deb/debian/apt@2.6.1", "pkg:npm/@x/y@1", "pkg:x", "no purl"]);
    let cpes = select(vec![
        "cpe:2.3:a:a:b:1:*:*:*:*:*:*:*",
        "cpe:2.3:a:a:c:1:*:*:*:*:*:*:*",
        "cpe:/a:a:b:1",
        "cpe:2.3:broken",
        "cpe:/broken b",
    ]);
    let places = ["https://example.org/x", "NONE", "git+https://example.org/x@1", "not a place", "https://localhost/"];
    let names = (some(text()), text(), some(text()), some(select(Kind::ALL.to_vec())));
    let ids =
        (prop::collection::vec(purls, 0..3), prop::collection::vec(cpes, 0..4), prop::collection::vec(hash(), 0..3));
    let people = (some(license()), some(license()), some(party()), some(party()));
    let texts = (some(text()), some(text()), some(select(places.to_vec())), some(select(places.to_vec())));
    let others = (prop::collection::vec(reference(), 0..3), prop::collection::vec((text(), some(text())), 0..3));
    (names, ids, people, texts, others).prop_map(|(names, ids, people, texts, others)| {
        let own = |texts: Vec<&'static str>| texts.into_iter().map(Text::from).collect();
        Component {
            group: names.0.filter(|group| !group.is_empty()),
            name: names.1,
            version: names.2,
            kind: names.3,
            purls: own(ids.0),
            cpes: own(ids.1),
            hashes: ids.2,
            declared: people.0,
            concluded: people.1,
            supplier: people.2,
            originator: people.3,
            copyright: texts.0,
            description: texts.1,
            download_location: texts.2.map(Text::from),
            homepage: texts.3.map(Text::from),
            references: others.0,
            properties: others.1.into_iter().map(|(name, value)| Property { name, value }).collect(),
            ..Component::default()
        }
    })
}

/// A file; not every one has a SHA-1.
fn file() -> impl Strategy<Value = Component<'static>> {
    let sha1 = prop::option::weighted(0.8, "[0-9a-f]{40}");
    (text(), sha1, some(license()), some(text())).prop_map(|(name, sha1, concluded, copyright)| Component {
        name,
        file: true,
        kind: Some(Kind::File),
        hashes: sha1.into_iter().map(|sha1| Hash { algorithm: Algorithm::Sha1, value: Text::from(sha1) }).collect(),
        concluded,
        copyright,
        ..Component::default()
    })
}

fn relationship(count: usize) -> impl Strategy<Value = Relationship<'static>> {
    let kinds = ["CONTAINS", "DEPENDS_ON", "BUILD_DEPENDENCY_OF", "OTHER", "GENERATED_FROM", "DYNAMIC_LINK"];
    let to = prop_oneof![
        8 => (0..count).prop_map(Element::Component),
        1 => Just(Element::None),
        1 => Just(Element::NoAssertion),
        1 => Just(Element::Other(Text::from("SPDXRef-gone"))),
    ];
    let from =
        prop_oneof![20 => (0..count).prop_map(Element::Component), 1 => Just(Element::Other(Text::from("gone")))];
    (from, select(kinds.to_vec()), to, prop::option::weighted(0.2, text())).prop_map(|(from, kind, to, comment)| {
        let (kind, _) = RelationshipType::from_spdx(kind).unwrap();
        Relationship { from, kind, to, comment }
    })
}

fn bom() -> impl Strategy<Value = Bom<'static>> {
    let components = (prop::collection::vec(package(), 1..5), prop::collection::vec(file(), 0..4));
    let ids = select(vec!["SPDXRef-", "ref ", "pkg:x/y?", "é"]);
    (components, ids, any::<bool>(), prop::option::of(text())).prop_flat_map(
        |((packages, files), id, subject, name)| {
            let mut components: Vec<_> = packages.into_iter().chain(files).collect();
            for (at, component) in components.iter_mut().enumerate() {
                component.id = Text::from(format!("{id}{at}"));
            }
            let relationships = prop::collection::vec(relationship(components.len()), 0..12);
            relationships
                .prop_map(move |relationships| document(components.clone(), relationships, subject, name.clone()))
        },
    )
}

fn document(
    components: Vec<Component<'static>>,
    mut relationships: Vec<Relationship<'static>>,
    subject: bool,
    name: Option<Text<'static>>,
) -> Bom<'static> {
    if subject {
        let kind = RelationshipType::DESCRIBES;
        relationships.push(Relationship { from: Element::Document, kind, to: Element::Component(0), comment: None });
    }
    let named = |id, name: Option<&'static str>, text: Option<&'static str>| NamedLicense {
        id: Text::from(id),
        name: name.map(Text::from),
        text: text.map(Text::from),
        ..NamedLicense::default()
    };
    let own = named("LicenseRef-own", Some("Own"), Some("Do as you like."));
    Bom {
        name,
        namespace: Some(Text::from("https://example.org/spdx/1")),
        serial_number: None,
        created: Some(Text::from("2025-01-02T03:04:05Z")),
        creators: vec![Party { kind: PartyKind::Tool, name: Text::from("tool-1.0"), email: None }],
        subject: subject.then_some(0),
        components,
        relationships,
        licenses: vec![own, named("LicenseRef-other", None, Some("LicenseRef-own"))],
        ..Bom::default()
    }
}

fn same(bom: &Bom<'_>, rendered: &[u8], route: &str) -> Result<(), TestCaseError> {
    let text = String::from_utf8_lossy(rendered);
    prop_assert_eq!(check(rendered), [], "{}: {}", route, text);
    let again = read(rendered).unwrap();
    prop_assert_eq!(facts::compare(bom, &again.bom), Vec::<String>::new(), "{}: {}", route, text);
    Ok(())
}

/// Where two documents part ways.
fn difference(one: &[u8], other: &[u8]) -> Option<[String; 2]> {
    let at = one.iter().zip(other).position(|(one, other)| one != other);
    let at = at.or_else(|| (one.len() != other.len()).then(|| one.len().min(other.len())))?;
    let around = |bytes: &[u8]| {
        let part = &bytes[at.saturating_sub(150)..bytes.len().min(at + 100)];
        String::from_utf8_lossy(part).into_owned()
    };
    Some([around(one), around(other)])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_changed(bom in bom()) {
        let (spdx, cyclonedx) = (write_spdx(&bom), write_cyclonedx(&bom));
        same(&bom, &spdx, "SPDX")?;
        same(&bom, &cyclonedx, "CycloneDX")?;
        let through_spdx = write_cyclonedx(&read(&spdx).unwrap().bom);
        same(&bom, &through_spdx, "SPDX, CycloneDX")?;
        let through_cyclonedx = write_spdx(&read(&cyclonedx).unwrap().bom);
        same(&bom, &through_cyclonedx, "CycloneDX, SPDX")?;
        // The way there leaves no trace: the bytes are those of the way straight ahead.
        prop_assert_eq!(difference(&through_spdx, &cyclonedx), None);
        prop_assert_eq!(difference(&through_cyclonedx, &spdx), None);
    }
}
