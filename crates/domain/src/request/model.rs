//! What a feature request is.

use crate::Timestamp;
use crate::access::UserName;
use crate::id::{FeatureRequestId, ImageId, UserId};
use crate::macros::words;
use crate::text::{lines, one_line, text_type};

words! {
    /// What is asked for.
    RequestKind {
        /// Something the portal or an image should do.
        Feature = "feature",
        /// A package that should be in an image, or hardened.
        Package = "package",
        /// Something that does not work.
        Bug = "bug",
    }
}

words! {
    /// What becomes of a request.
    RequestStatus {
        /// Nobody has decided yet.
        Open = "open",
        /// It will be done.
        Planned = "planned",
        /// It is being done.
        InProgress = "in_progress",
        /// It is done.
        Shipped = "shipped",
        /// It will not be done.
        Declined = "declined",
    }
}

text_type! {
    /// What it is about: one line of 3 to 200 characters.
    Title, |path, text| one_line(path, text, 3, 200)
}

text_type! {
    /// The whole of it: at most 10,000 characters in lines.
    Description, |path, text| lines(path, text, 10_000)
}

text_type! {
    /// What the operator says to it: 1 to 5,000 characters in lines.
    Reply, |path, text| match text.trim() {
        "" => Err(crate::FieldError::new(path, "must have 1 to 5000 characters")),
        _ => lines(path, text, 5_000),
    }
}

text_type! {
    /// The name of a package: one line of 1 to 200 characters.
    PackageName, |path, text| one_line(path, text, 1, 200)
}

text_type! {
    /// The version of a package: one line of 1 to 100 characters.
    PackageVersion, |path, text| one_line(path, text, 1, 100)
}

text_type! {
    /// Where a package comes from, such as `npm` or `debian`: one line of 1 to 50 characters.
    PackageEcosystem, |path, text| one_line(path, text, 1, 50)
}

/// A package that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedPackage {
    /// Its name.
    pub name: PackageName,
    /// Its version; any when `None`.
    pub version: Option<PackageVersion>,
    /// Where it comes from.
    pub ecosystem: Option<PackageEcosystem>,
}

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// What kind of thing.
    pub kind: RequestKind,
    /// What it is about.
    pub title: Title,
    /// The whole of it.
    pub description: Description,
    /// The image that it is about.
    pub image: Option<ImageId>,
    /// The package that it is about.
    pub package: Option<WantedPackage>,
}

/// Who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The user.
    pub id: UserId,
    /// The user's name of today; `None` when the user is gone.
    pub name: Option<UserName>,
}

/// Something that the operator decided or said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// When.
    pub at: Timestamp,
    /// The status since then.
    pub status: RequestStatus,
    /// What was said with it.
    pub reply: Option<Reply>,
}

/// A feature request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureRequest {
    /// Its id.
    pub id: FeatureRequestId,
    /// What is asked for.
    pub wish: Wish,
    /// What became of it.
    pub status: RequestStatus,
    /// The operator's last word.
    pub reply: Option<Reply>,
    /// All that the operator did with it, oldest first.
    pub history: Vec<StatusChange>,
    /// Who asked.
    pub author: Author,
    /// Since when.
    pub created_at: Timestamp,
    /// Last changed at.
    pub updated_at: Timestamp,
}

impl FeatureRequest {
    /// Its place in lists.
    #[must_use]
    pub const fn position(&self) -> RequestPosition {
        RequestPosition { created_at: self.created_at, id: self.id }
    }
}

/// Which requests. Everything given must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestFilter {
    /// Of this kind.
    pub kind: Option<RequestKind>,
    /// In this status.
    pub status: Option<RequestStatus>,
}

impl RequestFilter {
    /// Whether a request passes.
    #[must_use]
    pub fn passes(&self, request: &FeatureRequest) -> bool {
        self.kind.is_none_or(|kind| kind == request.wish.kind)
            && self.status.is_none_or(|status| status == request.status)
    }
}

/// A place in a list of requests, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestPosition {
    /// When it was made.
    pub created_at: Timestamp,
    /// Its id, between those of one microsecond.
    pub id: FeatureRequestId,
}
