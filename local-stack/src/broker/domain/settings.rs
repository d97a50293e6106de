//! Checks and reads the settings of topics and subscriptions, and updates them by field mask.

mod durations;
mod labels;
mod mask;
mod subscription;
mod topic;

pub(crate) use durations::{from_timestamp, to_timestamp};
pub(crate) use labels::check as check_labels;
pub(crate) use mask::FieldMask;
pub(crate) use subscription::{
    SubscriptionSettings, complete_subscription, is_push, update_subscription,
};
pub(crate) use topic::{check_topic, topic_retention, update_topic};
