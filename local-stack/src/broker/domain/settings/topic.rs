//! A topic's settings.

use super::durations::within;
use super::labels;
use super::mask::{FieldMask, refuse_field};
use crate::broker::domain::limits::TOPIC_RETENTION;
use crate::broker::domain::names::{Collection, check_new};
use crate::broker::domain::refusal::Refusal;
use crate::broker::proto::{Topic, topic::State};
use std::time::Duration;

/// Checks a topic that is to be created or was changed, and fills in what the server says.
///
/// # Errors
/// The setting that cannot be had.
pub(crate) fn check_topic(mut topic: Topic) -> Result<Topic, Refusal> {
    check_new(Collection::Topics, &topic.name)?;
    labels::check(&topic.labels)?;
    topic_retention(&topic)?;
    for (is_set, what) in [
        (topic.schema_settings.is_some(), "schema_settings"),
        (
            topic.ingestion_data_source_settings.is_some(),
            "ingestion_data_source_settings",
        ),
        (!topic.message_transforms.is_empty(), "message_transforms"),
        (!topic.kms_key_name.is_empty(), "kms_key_name"),
    ] {
        if is_set {
            return Err(Refusal::Unimplemented(format!(
                "The local broker has no {what} for topics."
            )));
        }
    }
    topic.state = State::Active.into();
    Ok(topic)
}

/// How long the topic keeps messages for seeking back.
///
/// # Errors
/// The duration is out of bounds.
pub(crate) fn topic_retention(topic: &Topic) -> Result<Option<Duration>, Refusal> {
    topic
        .message_retention_duration
        .map(|duration| within("message_retention_duration", duration, &TOPIC_RETENTION))
        .transpose()
}

/// The topic with the masked fields of the update.
///
/// # Errors
/// A field cannot be changed, or not to this.
pub(crate) fn update_topic(
    old: &Topic,
    update: &Topic,
    mask: &FieldMask,
) -> Result<Topic, Refusal> {
    let mut new = old.clone();
    for field in mask.fields() {
        match field {
            "labels" => new.labels.clone_from(&update.labels),
            "message_retention_duration" => {
                new.message_retention_duration = update.message_retention_duration;
            }
            "message_storage_policy" => {
                new.message_storage_policy
                    .clone_from(&update.message_storage_policy);
            }
            "schema_settings" => new.schema_settings.clone_from(&update.schema_settings),
            other => return Err(refuse_field("topic", other)),
        }
    }
    check_topic(new)
}
