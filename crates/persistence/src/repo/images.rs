//! Images as a tenant reads them.

use async_trait::async_trait;
use podarmor_domain::id::ImageId;
use podarmor_domain::image::{
    BaseOs, DisplayName, HardeningLabel, Image, ImageDetail, ImageKind, ImageName, ImagePosition, ImageQuery,
    ImageReference, ImageSort, ImageSummary, Images, Repository,
};
use podarmor_domain::paging::PageRequest;
use podarmor_domain::store::StoreError;
use sea_orm::sea_query::{Expr, ExprTrait as _, LikeExpr};
use sea_orm::{
    ColumnTrait as _, EntityTrait, JoinType, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    RelationTrait as _, Select,
};

use crate::entity::image::{Column, Entity, Relation};
use crate::reads::{self, Tenant};
use crate::repo::{baselines, versions};
use crate::row::Row;
use crate::scoped::licensed;

const COLUMNS: [Column; 9] = [
    Column::Id,
    Column::Name,
    Column::DisplayName,
    Column::Description,
    Column::Repository,
    Column::BaseOs,
    Column::Kind,
    Column::Hardening,
    Column::UpstreamImage,
];

/// Adds an image's columns to a select that has the table.
pub(super) fn columns<E: EntityTrait>(select: Select<E>) -> Select<E> {
    select.columns(COLUMNS)
}

/// Reads what [`columns`] added.
pub(super) fn read(row: &mut Row<'_>) -> Result<Image, StoreError> {
    Ok(Image {
        id: ImageId::from_uuid(row.begin("image")?),
        name: row.parsed(ImageName::parse)?,
        display_name: row.parsed(DisplayName::parse)?,
        description: row.get()?,
        repository: row.parsed(Repository::parse)?,
        base_os: row.parsed(BaseOs::parse)?,
        kind: row.parsed(ImageKind::parse)?,
        hardening: row.list(HardeningLabel::parse)?,
        upstream_image: row.parsed_optional(ImageReference::parse)?,
    })
}

/// Adds the columns of an image with its latest version and that one's latest scan.
fn summary_columns(select: Select<Entity>) -> Select<Entity> {
    let select = columns(select).column(Column::VersionCount);
    versions::columns(select.join(JoinType::LeftJoin, Relation::LatestVersion.def()))
}

fn read_summary(row: &mut Row<'_>) -> Result<ImageSummary, StoreError> {
    Ok(ImageSummary { image: read(row)?, version_count: row.number()?, latest: versions::read_optional(row)? })
}

/// The licensed images that the query admits.
fn matching(reads: &Tenant, query: &ImageQuery) -> Select<Entity> {
    let ImageQuery { search, base_os, hardening, kind, outstanding, sort: _ } = query;
    let mut select = licensed::<Entity>(reads.scope);
    if let Some(text) = search {
        let pattern = format!("%{}%", literally(text.as_str()));
        select = select.filter(Expr::col((Entity, Column::SearchText)).like(LikeExpr::new(pattern).escape('\\')));
    }
    if let Some(base_os) = base_os {
        select = select.filter(Column::BaseOs.eq(base_os.as_str()));
    }
    for label in hardening {
        // Labels hold neither `%` nor `_` nor `\`.
        select = select.filter(Column::Hardening.like(format!("%,{label},%")));
    }
    if let Some(kind) = kind {
        select = select.filter(Column::Kind.eq(kind.as_str()));
    }
    match outstanding {
        Some(true) => select.filter(Column::LatestOutstanding.gt(0)),
        Some(false) => select.filter(Column::LatestOutstanding.eq(0)),
        None => select,
    }
}

/// Text in which nothing is a wildcard of LIKE.
fn literally(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// What the order ranks by before the name, most first; `None` when the name is all.
fn rank(sort: ImageSort) -> Option<Expr> {
    let missing_last = |column| Expr::col((Entity, column)).if_null(-1);
    match sort {
        ImageSort::Name | ImageSort::NameDescending => None,
        ImageSort::PublishedDescending => Some(missing_last(Column::LatestPublishedAt)),
        ImageSort::OutstandingDescending => Some(missing_last(Column::LatestOutstanding)),
    }
}

fn ordered(select: Select<Entity>, sort: ImageSort) -> Select<Entity> {
    match rank(sort) {
        Some(rank) => select.order_by_desc(rank).order_by_asc(Column::Name),
        None if sort == ImageSort::NameDescending => select.order_by_desc(Column::Name),
        None => select.order_by_asc(Column::Name),
    }
}

fn behind(select: Select<Entity>, sort: ImageSort, place: &ImagePosition) -> Select<Entity> {
    let name = place.name.as_str();
    match rank(sort) {
        Some(rank) => {
            let tied = rank.clone().eq(place.rank).and(Column::Name.gt(name));
            select.filter(rank.lt(place.rank).or(tied))
        }
        None if sort == ImageSort::NameDescending => select.filter(Column::Name.lt(name)),
        None => select.filter(Column::Name.gt(name)),
    }
}

#[async_trait]
impl Images for Tenant {
    async fn list_images(
        &self,
        query: &ImageQuery,
        page: &PageRequest<ImagePosition>,
    ) -> Result<Vec<ImageSummary>, StoreError> {
        let mut found = ordered(matching(self, query), query.sort).column(Column::Id);
        if let Some(place) = &page.after {
            found = behind(found, query.sort, place);
        }
        // Which images are on the page is found first, so that only theirs is joined and carried
        // through the sort: with a thousand licences that halves the work.
        let page = found.limit(u64::from(page.limit.get()) + 1).into_query();
        let select = summary_columns(licensed::<Entity>(self.scope)).filter(Column::Id.in_subquery(page));
        reads::all(ordered(select, query.sort), &self.db, read_summary).await
    }

    async fn count_images(&self, query: &ImageQuery, stop_at: u64) -> Result<u64, StoreError> {
        reads::count(matching(self, query), stop_at, &self.db).await
    }

    async fn find_image(&self, id: ImageId) -> Result<Option<ImageDetail>, StoreError> {
        let select = summary_columns(licensed::<Entity>(self.scope)).filter(Column::Id.eq(id.uuid()));
        let select = baselines::join_newest(select);
        let found =
            reads::one(select, &self.db, |row| Ok((read_summary(row)?, baselines::read_optional(row)?))).await?;
        let Some((summary, baseline)) = found else { return Ok(None) };
        let versions = versions::newest(self, id, u64::from(ImageDetail::VERSIONS)).await?;
        Ok(Some(ImageDetail { summary, baseline, versions }))
    }
}

/// What `search_text` holds.
pub(super) fn search_text(image: &Image) -> String {
    format!("{}\n{}\n{}", image.name, image.display_name, image.description).to_lowercase()
}

/// What `hardening` holds.
pub(super) fn labels(image: &Image) -> String {
    if image.hardening.is_empty() {
        return String::new();
    }
    image.hardening.iter().fold(String::from(","), |text, label| text + label.as_str() + ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_searched_for_literally() {
        assert_eq!(literally(r"50%_\"), r"50\%\_\\");
    }
}
