//! The images that a tenant sees.

use std::cmp::Ordering;

use async_trait::async_trait;

use super::state::State;
use super::{Reads, capped};
use crate::id::{ImageId, TenantId};
use crate::image::{Image, ImageDetail, ImagePosition, ImageQuery, ImageSort, ImageSummary, Images};
use crate::paging::PageRequest;
use crate::store::StoreError;

#[async_trait]
impl Images for Reads {
    async fn list_images(
        &self,
        query: &ImageQuery,
        page: &PageRequest<ImagePosition>,
    ) -> Result<Vec<ImageSummary>, StoreError> {
        let mut found = matching(&self.shared.snapshot(), self.tenant, query);
        let place = |entry: &ImageSummary| query.sort.position(entry);
        found.sort_by(|one, other| compare(query.sort, &place(one), &place(other)));
        let behind = |entry: &ImageSummary| {
            page.after.as_ref().is_none_or(|after| compare(query.sort, &place(entry), after) == Ordering::Greater)
        };
        Ok(found.into_iter().filter(behind).take(page.limit.get() as usize + 1).collect())
    }

    async fn count_images(&self, query: &ImageQuery, stop_at: u64) -> Result<u64, StoreError> {
        Ok(capped(matching(&self.shared.snapshot(), self.tenant, query).len(), stop_at))
    }

    async fn find_image(&self, id: ImageId) -> Result<Option<ImageDetail>, StoreError> {
        let state = self.shared.snapshot();
        Ok(state.licensed(self.tenant, id).map(|image| ImageDetail {
            summary: state.summary(image),
            baseline: state.newest_baseline(id).cloned(),
            versions: state.versions_of(id).into_iter().take(ImageDetail::VERSIONS as usize).cloned().collect(),
        }))
    }
}

fn matching(state: &State, tenant: TenantId, query: &ImageQuery) -> Vec<ImageSummary> {
    let licensed = state.licenses.iter().filter(|(owner, _)| *owner == tenant);
    let images = licensed.filter_map(|(_, image)| state.images.get(image)).filter(|image| admits(query, image));
    images.map(|image| state.summary(image)).filter(|entry| admits_counts(query, entry)).collect()
}

fn admits(query: &ImageQuery, image: &Image) -> bool {
    let found = |text: &str| {
        let texts = [image.name.as_str(), image.display_name.as_str(), &image.description];
        texts.iter().any(|candidate| candidate.to_lowercase().contains(text))
    };
    query.search.as_ref().is_none_or(|search| found(search.as_str()))
        && query.base_os.as_ref().is_none_or(|base| *base == image.base_os)
        && query.kind.is_none_or(|kind| kind == image.kind)
        && query.hardening.iter().all(|label| image.hardening.contains(label))
}

fn admits_counts(query: &ImageQuery, entry: &ImageSummary) -> bool {
    let last_scan = entry.latest.as_ref().and_then(|version| version.last_scan.as_ref());
    let any = last_scan.map(|scan| scan.counts.outstanding() > 0);
    query.outstanding.is_none_or(|wanted| any == Some(wanted))
}

fn compare(sort: ImageSort, one: &ImagePosition, other: &ImagePosition) -> Ordering {
    match sort {
        ImageSort::Name => one.name.cmp(&other.name),
        ImageSort::NameDescending => other.name.cmp(&one.name),
        ImageSort::PublishedDescending | ImageSort::OutstandingDescending => {
            other.rank.cmp(&one.rank).then_with(|| one.name.cmp(&other.name))
        }
    }
}
