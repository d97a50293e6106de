//! What every database of cat-node must do: one list of cases, run on each adapter.
//!
//! A case that is written and not listed here is dead code, which the lints refuse.

use std::sync::Arc;

use cat_node::storage::Storage;
use shared_events::OutgoingEvent;

mod aggregation;
mod objects;
pub(crate) mod on_mongodb;
mod on_sqlite;
mod projections;
mod queries;
mod relations;
mod schemas;
mod transactions;

/// An empty database, and what else a case looks into.
pub(crate) trait Store {
    fn storage(&self) -> Arc<dyn Storage>;

    /// What the relay would publish next, in order.
    async fn pending_events(&self) -> Vec<OutgoingEvent>;
}

macro_rules! contract {
    ($($module:ident :: { $($case:ident),+ $(,)? }),+ $(,)?) => {
        mod sqlite {
            $($(#[tokio::test]
            async fn $case() {
                super::$module::$case(&super::on_sqlite::open()).await;
            })+)+
        }

        mod mongodb {
            $($(#[tokio::test]
            async fn $case() {
                if let Some(store) = super::on_mongodb::open().await {
                    super::$module::$case(&store).await;
                    store.drop_database().await;
                }
            })+)+
        }
    };
}

contract! {
    objects::{
        objects_come_back_as_they_were,
        lists_hide_objects_and_keep_strangers_from_writing,
        unique_fields_are_held,
        absent_unique_values_do_not_clash,
        every_op_does_what_apply_says,
        a_guard_is_compare_and_set,
        an_op_that_does_not_fit_is_refused,
        increments_at_once_all_count,
    },
    transactions::{
        all_or_nothing_with_its_events,
        events_keep_their_order,
        deletes_take_all_that_match,
        updates_take_all_that_match,
        writes_answer_with_their_objects,
    },
    queries::{
        filters_mean_what_the_evaluator_says,
        orders_skips_and_limits_cut_pages,
        texts_are_those_of_the_objects,
        the_nearest_come_first,
        a_class_that_was_never_written_is_empty,
    },
    aggregation::{
        pipelines_give_what_mongodb_gives,
        distinct_values_are_there_once,
    },
    relations::{
        members_are_there_once,
        a_deleted_owner_has_no_members,
    },
    schemas::{
        a_class_grows_and_keeps_its_types,
        writers_at_once_agree_on_a_class,
        permissions_are_kept_and_cleared,
        options_and_indexes_are_kept,
        removed_fields_leave_the_objects,
        removed_classes_are_gone,
    },
    projections::{
        batches_merge_as_the_rule_says,
        a_repeated_batch_changes_nothing,
        batches_at_once_end_in_the_newest,
    },
}
