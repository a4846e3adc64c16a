//! What every [`Store`](crate::store::Store) promises, one function a promise.
//!
//! [`contract_suite!`](crate::contract_suite) makes a test of each. A function takes a fresh,
//! empty store and panics when the promise is broken. The store may go by any clock before the
//! year 9000. Where there is a service for it, the promise is tested through the service: what
//! counts is what a caller sees.

mod admins;
mod affected;
mod api_keys;
mod attempts;
mod baselines;
mod claiming;
mod constraints;
mod dispatching;
mod facts;
mod feed;
mod findings;
mod history;
mod idempotency;
mod image_filters;
mod image_list;
mod invitations;
mod isolation;
mod licences;
mod login_attempts;
mod own_sessions;
mod passwords;
mod publishing;
mod refreshing;
mod requests;
mod sboms;
mod sessions;
mod stock;
mod subscriptions;
mod suspension;
mod telling;
mod tenants;
mod units;
mod users;
mod versions;
mod watches;

pub use admins::*;
pub use affected::*;
pub use api_keys::*;
pub use attempts::*;
pub use baselines::*;
pub use claiming::*;
pub use constraints::*;
pub use facts::*;
pub use feed::*;
pub use findings::*;
pub use history::*;
pub use idempotency::*;
pub use image_filters::*;
pub use image_list::*;
pub use invitations::*;
pub use isolation::*;
pub use licences::*;
pub use login_attempts::*;
pub use own_sessions::*;
pub use passwords::*;
pub use publishing::*;
pub use refreshing::*;
pub use requests::*;
pub use sboms::*;
pub use sessions::*;
pub use subscriptions::*;
pub use suspension::*;
pub use telling::*;
pub use tenants::*;
pub use units::*;
pub use users::*;
pub use versions::*;
pub use watches::*;

use crate::sbom::SbomContent;

/// How the tests of a store unpack the content it hands out.
pub type Decode = fn(SbomContent) -> Vec<u8>;

/// Takes what a store that never compresses hands out.
#[must_use]
pub fn never_compressed(content: SbomContent) -> Vec<u8> {
    match content {
        SbomContent::Identity(bytes) => bytes,
        SbomContent::Zstd(_) => panic!("this store compresses: give the suite a function that unpacks"),
    }
}

/// One `#[tokio::test]` for every promise of a store.
///
/// The first argument is an async expression that makes a fresh, empty store: a pair of a guard
/// (whatever must live as long as the store, such as a temporary folder; `()` if nothing) and an
/// `Arc<dyn Store>`. The second, a [`Decode`](crate::testing::contract::Decode), unpacks the
/// content of SBOMs; it may be left out for a store that never compresses.
///
/// The calling crate needs `tokio` with `macros` and `rt`.
///
/// ```
/// # use std::sync::Arc;
/// # use podarmor_domain::store::Store;
/// # use podarmor_domain::testing::{MemoryStore, fixtures::FixedClock};
/// async fn fresh() -> ((), Arc<dyn Store>) {
///     ((), Arc::new(MemoryStore::new(Arc::new(FixedClock::default()))))
/// }
/// podarmor_domain::contract_suite!(fresh());
/// ```
#[macro_export]
macro_rules! contract_suite {
    ($make:expr) => { $crate::contract_suite!($make, $crate::testing::contract::never_compressed); };
    ($make:expr, $decode:expr) => {
        $crate::contract_suite! { @plain $make;
            // units.rs
            a_unit_dropped_without_commit_leaves_no_trace
            a_unit_that_met_a_conflict_leaves_no_trace
            what_is_not_committed_is_seen_by_its_own_unit_alone
            units_follow_each_other
            a_unit_waits_for_the_one_that_locked_its_version
            the_store_answers_a_ping

            // constraints.rs
            a_tenant_slug_is_taken_once
            a_user_address_is_taken_once_a_tenant
            an_image_name_is_taken_once
            a_version_name_is_taken_once_an_image
            a_scan_identity_is_taken_once_a_version
            an_sbom_identity_is_taken_once_a_version
            a_baseline_identity_is_taken_once_an_image

            // tenants.rs
            tenants_are_listed_by_slug_with_their_licences
            a_tenant_comes_back_as_it_was_made
            a_user_is_found_in_its_own_tenant_only

            // sessions.rs
            a_session_is_alive_until_it_expires
            a_session_belongs_to_its_user_and_tenant
            an_account_is_found_by_tenant_and_address
            a_hash_is_upgraded_only_in_place_of_the_one_it_replaces
            signing_in_leaves_a_session_that_acts

            // refreshing.rs
            a_refresh_token_works_once
            of_twenty_refreshes_at_once_one_succeeds
            a_used_refresh_token_that_comes_again_late_ends_the_session
            a_refresh_token_of_another_tenant_is_left_as_it_was
            a_refresh_that_was_not_committed_uses_nothing
            a_refresh_token_is_good_while_session_user_and_tenant_are
            a_refresh_is_noted_and_does_not_prolong_the_session

            // own_sessions.rs
            a_user_has_at_most_fifty_live_sessions
            own_sessions_are_listed_newest_first
            a_session_is_ended_by_its_own_user_alone
            sessions_and_passwords_of_another_tenant_are_out_of_reach
            logging_out_twice_is_logging_out
            purging_deletes_what_was_over_before

            // passwords.rs
            a_new_password_ends_the_other_sessions
            a_password_stands_until_it_is_changed_or_its_user_is_disabled
            a_wrong_current_password_changes_nothing
            a_password_that_was_changed_meanwhile_stays
            a_password_that_was_reset_ends_all_sessions

            // invitations.rs
            an_invitation_sets_a_password_once
            of_ten_at_once_one_uses_an_invitation
            an_invitation_expires
            a_newer_invitation_replaces_the_older
            an_invitation_of_another_tenant_is_refused
            an_invitation_replaces_a_forgotten_password
            a_password_that_was_set_uses_up_the_invitation
            a_changed_password_uses_up_the_invitation
            a_user_who_is_disabled_loses_the_invitation_and_gets_no_other

            // users.rs
            users_page_by_address_without_loss_or_repetition
            an_invited_user_comes_back_as_it_was_made
            changing_a_user_changes_what_is_given_alone
            disabling_a_user_ends_the_sessions
            a_deleted_user_is_gone
            a_user_of_another_tenant_is_out_of_reach
            a_new_user_is_one_of_the_tenant_that_makes_it

            // admins.rs
            the_last_active_admin_stays
            of_two_admins_demoted_at_once_one_stays
            of_two_admins_removed_at_once_one_stays

            // suspension.rs
            a_suspended_tenant_is_out_until_it_resumes

            // api_keys.rs
            an_api_key_comes_back_as_it_was_made
            a_key_acts_within_its_scopes_until_it_expires
            a_revoked_key_is_gone
            a_tenant_has_at_most_a_hundred_keys
            a_use_is_noted_at_most_once_a_minute

            // idempotency.rs
            a_request_sent_again_gets_the_first_answer
            another_request_under_a_used_key_conflicts
            of_twenty_requests_at_once_one_is_done
            a_key_is_free_again_after_a_day
            an_answer_that_was_not_committed_is_not_kept
            answers_go_after_a_day_and_with_their_user

            // requests.rs
            a_feature_request_comes_back_as_it_was_filed
            a_request_names_a_licensed_image_or_none
            requests_page_newest_first_without_loss_or_repetition
            what_the_operator_says_stands_in_the_history
            rulings_at_once_are_all_kept_until_the_history_is_full

            // login_attempts.rs
            attempts_come_back_to_the_microsecond_until_they_are_replaced
            clearing_forgets_one_address_and_says_how_many
            purging_forgets_the_old_attempts_of_everybody
            a_decision_that_was_not_committed_does_not_count
            of_twenty_at_once_five_are_admitted
            a_decision_waits_for_the_one_before

            // publishing.rs
            an_image_comes_back_as_it_was_put
            putting_an_image_changes_what_is_given_alone
            a_version_comes_back_as_it_was_published
            publishing_again_changes_nothing_or_conflicts
            deprecation_keeps_its_first_date
            deprecating_and_scanning_do_not_undo_each_other

            // licences.rs
            a_licence_takes_effect_at_once
            licensing_twice_and_revoking_twice_say_so
            a_new_licence_after_a_revoked_one_counts

            // isolation.rs
            an_unlicensed_image_is_nowhere
            an_unlicensed_image_is_found_by_no_filter
            two_tenants_see_their_own_each_and_what_they_share
            parents_that_do_not_belong_together_have_no_children
            unknown_ids_find_nothing

            // image_list.rs
            images_by_name_page_without_loss_or_repetition
            images_by_name_backwards_page_without_loss_or_repetition
            images_by_publication_page_without_loss_or_repetition
            images_by_outstanding_page_without_loss_or_repetition
            a_page_that_fits_exactly_is_the_last
            counting_images_stops_where_it_is_told

            // image_filters.rs
            search_takes_every_character_literally
            search_ignores_case_in_every_script
            search_looks_in_name_display_name_and_description
            images_filter_by_base_kind_and_hardening
            images_filter_by_what_is_outstanding_in_the_latest_version
            filters_hold_together_on_every_page

            // versions.rs
            the_latest_version_is_the_last_published_active_one
            versions_page_newest_first_without_loss_or_repetition
            counting_versions_stops_where_it_is_told
            a_detail_carries_the_newest_two_hundred_versions

            // history.rs
            scans_in_any_order_give_the_same_history
            a_late_older_scan_joins_the_history_and_its_successor_is_counted_anew
            the_same_report_again_changes_nothing
            scans_at_the_same_time_are_kept_apart
            a_history_window_includes_both_its_ends
            a_history_pages_in_both_directions
            counting_scans_stops_where_it_is_told
            a_scan_comes_back_as_it_was_recorded
            the_latest_scan_is_known_as_such

            // findings.rs
            a_finding_comes_back_exactly
            five_thousand_findings_come_back_in_order
            the_latest_findings_are_those_of_the_latest_scan
            latest_and_older_findings_filter_and_page_alike
            counting_findings_stops_where_it_is_told
            a_scan_without_findings_is_a_scan

            // affected.rs
            a_vulnerability_is_found_wherever_it_is_now

            // watches.rs
            watches_page_newest_first_without_loss_or_repetition
            a_watch_comes_back_as_it_was_made
            a_watch_shows_where_the_vulnerability_is_now
            a_watch_matches_aliases_both_ways
            an_id_is_watched_once_a_tenant
            of_twenty_at_once_one_makes_the_watch
            a_tenant_has_at_most_a_thousand_watches
            a_watch_of_another_tenant_is_out_of_reach
            a_deleted_watch_is_gone
            a_match_stands_since_the_first_scan_of_its_run
            more_matches_than_are_shown_are_counted

            // facts.rs
            a_fact_is_recorded_with_its_change_or_not_at_all
            facts_are_taken_once_in_the_order_of_their_recording
            of_four_expanders_at_once_each_fact_meets_one
            a_version_is_told_when_it_is_published_and_when_it_is_deprecated

            // telling.rs
            t12_a_scan_is_told_to_the_licensed_only
            the_licences_of_the_moment_of_expansion_decide
            active_subscriptions_get_their_own_kind
            a_watch_concerns_the_scans_recorded_after_it
            a_watched_vulnerability_is_told_where_it_appears
            a_watched_alias_is_told
            a_scan_that_came_late_tells_of_itself_alone
            a_fix_that_appears_is_told
            a_subscription_is_not_told_about_itself
            an_event_is_delivered_once_to_a_subscription

            // feed.rs
            the_feed_is_read_on_without_loss_or_repetition
            an_event_comes_back_as_it_was_told
            events_of_a_revoked_image_are_hidden
            a_test_delivery_is_not_in_the_feed

            // subscriptions.rs
            a_subscription_comes_back_as_it_was_made
            putting_a_subscription_again_changes_the_one_that_is_there
            a_kind_and_url_are_subscribed_once_a_tenant
            of_ten_at_once_one_makes_the_subscription
            a_tenant_has_at_most_a_thousand_subscriptions
            subscriptions_page_newest_first_without_loss_or_repetition
            a_subscription_of_another_tenant_is_out_of_reach
            nothing_is_delivered_to_a_subscription_of_another_tenant
            t11_a_deleted_subscription_is_gone_with_its_deliveries
            a_subscription_that_becomes_inactive_fails_what_waits
            becoming_active_clears_reason_and_failures
            a_change_and_a_disabling_do_not_undo_each_other
            the_newest_delivery_is_shown_with_its_subscription

            // claiming.rs
            a_due_delivery_is_claimed_once_by_ten_at_once
            a_claim_carries_what_is_sent
            a_claim_takes_what_was_picked
            a_claim_that_was_not_committed_is_none
            a_retry_waits_until_it_is_due
            the_backlog_lists_subscriptions_with_what_waits
            t13_deliveries_of_a_suspended_tenant_wait_until_it_resumes
            d8_an_expired_attempt_is_marked_and_followed_by_the_next_number
            an_expired_attempt_of_an_inactive_subscription_fails

            // attempts.rs
            attempts_are_numbered_without_gaps
            an_interrupted_attempt_is_no_failure
            an_ended_attempt_is_recorded_once
            d9_a_result_under_another_claim_is_refused
            a_delivery_that_was_given_up_has_failed
            what_a_subscription_had_under_way_ends_with_it
            disabling_a_subscription_fails_what_waits
            a_receiver_fails_since_its_first_failure_after_a_success
            deliveries_page_newest_first_without_loss_or_repetition
            a_finished_delivery_is_delivered_again
            what_failed_since_is_delivered_again
            old_events_are_purged_with_their_deliveries

            // baselines.rs
            the_baseline_scanned_last_is_current
            a_baseline_comes_back_as_it_was_recorded
            the_same_upstream_report_again_changes_nothing

            // sboms.rs
            an_sbom_uploaded_later_becomes_current
            an_sbom_uploaded_again_does_not_become_current_again
            earlier_sboms_are_found_by_their_hash
            sboms_of_two_formats_and_versions_do_not_mix
        }
        $crate::contract_suite! { @decoding $make, $decode;
            // sboms.rs
            an_sbom_comes_back_byte_for_byte
            a_large_sbom_comes_back_byte_for_byte
        }
    };
    (@plain $make:expr; $($name:ident)*) => {$(
        #[::tokio::test]
        async fn $name() {
            let (_guard, store) = $make.await;
            $crate::testing::contract::$name(store).await;
        }
    )*};
    (@decoding $make:expr, $decode:expr; $($name:ident)*) => {$(
        #[::tokio::test]
        async fn $name() {
            let (_guard, store) = $make.await;
            $crate::testing::contract::$name(store, $decode).await;
        }
    )*};
}
