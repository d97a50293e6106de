//! Topics, subscriptions and snapshots as JSON.

use super::shapes::{duration_from, duration_to, timestamp_from, timestamp_to, unsupported};
use crate::broker::domain::refusal::Refusal;
use crate::broker::proto;
use google_cloud_pubsub::model;

pub(super) fn topic_from(name: &str, topic: model::Topic) -> Result<proto::Topic, Refusal> {
    for (is_set, what) in [
        (topic.schema_settings.is_some(), "schemas (schemaSettings)"),
        (
            topic.ingestion_data_source_settings.is_some(),
            "ingestion (ingestionDataSourceSettings)",
        ),
        (
            !topic.message_transforms.is_empty(),
            "message transforms (messageTransforms)",
        ),
    ] {
        if is_set {
            return Err(unsupported(what));
        }
    }
    let storage = topic.message_storage_policy;
    Ok(proto::Topic {
        name: name.to_owned(),
        labels: topic.labels,
        message_storage_policy: storage.map(|policy| proto::MessageStoragePolicy {
            allowed_persistence_regions: policy.allowed_persistence_regions,
            enforce_in_transit: policy.enforce_in_transit,
        }),
        kms_key_name: topic.kms_key_name,
        message_retention_duration: topic.message_retention_duration.map(duration_from),
        ..proto::Topic::default()
    })
}

pub(super) fn topic_to(topic: proto::Topic) -> model::Topic {
    let storage = topic.message_storage_policy.map(|policy| {
        model::MessageStoragePolicy::new()
            .set_allowed_persistence_regions(policy.allowed_persistence_regions)
            .set_enforce_in_transit(policy.enforce_in_transit)
    });
    model::Topic::new()
        .set_name(topic.name)
        .set_labels(topic.labels)
        .set_or_clear_message_storage_policy(storage)
        .set_or_clear_message_retention_duration(topic.message_retention_duration.map(duration_to))
        .set_state(model::topic::State::from(topic.state))
}

pub(super) fn subscription_from(
    name: &str,
    subscription: model::Subscription,
) -> Result<proto::Subscription, Refusal> {
    let pushes = subscription
        .push_config
        .is_some_and(|it| it != model::PushConfig::default());
    for (is_set, what) in [
        (
            pushes,
            "push delivery (pushConfig): pull from the subscription",
        ),
        (
            subscription.bigquery_config.is_some(),
            "BigQuery delivery (bigqueryConfig)",
        ),
        (
            subscription.cloud_storage_config.is_some(),
            "Cloud Storage delivery (cloudStorageConfig)",
        ),
        (
            subscription.bigtable_config.is_some(),
            "Bigtable delivery (bigtableConfig)",
        ),
        (
            !subscription.message_transforms.is_empty(),
            "message transforms (messageTransforms)",
        ),
    ] {
        if is_set {
            return Err(unsupported(what));
        }
    }
    Ok(proto::Subscription {
        name: name.to_owned(),
        topic: subscription.topic,
        ack_deadline_seconds: subscription.ack_deadline_seconds,
        retain_acked_messages: subscription.retain_acked_messages,
        message_retention_duration: subscription.message_retention_duration.map(duration_from),
        labels: subscription.labels,
        enable_message_ordering: subscription.enable_message_ordering,
        expiration_policy: subscription
            .expiration_policy
            .map(|policy| proto::ExpirationPolicy {
                ttl: policy.ttl.map(duration_from),
            }),
        filter: subscription.filter,
        dead_letter_policy: subscription
            .dead_letter_policy
            .map(|policy| proto::DeadLetterPolicy {
                dead_letter_topic: policy.dead_letter_topic,
                max_delivery_attempts: policy.max_delivery_attempts,
            }),
        retry_policy: subscription.retry_policy.map(|policy| proto::RetryPolicy {
            minimum_backoff: policy.minimum_backoff.map(duration_from),
            maximum_backoff: policy.maximum_backoff.map(duration_from),
        }),
        enable_exactly_once_delivery: subscription.enable_exactly_once_delivery,
        ..proto::Subscription::default()
    })
}

pub(super) fn subscription_to(subscription: proto::Subscription) -> model::Subscription {
    let duration = |duration: Option<prost_types::Duration>| duration.map(duration_to);
    let expiration = subscription
        .expiration_policy
        .map(|policy| model::ExpirationPolicy::new().set_or_clear_ttl(duration(policy.ttl)));
    let dead_letter = subscription.dead_letter_policy.map(|policy| {
        model::DeadLetterPolicy::new()
            .set_dead_letter_topic(policy.dead_letter_topic)
            .set_max_delivery_attempts(policy.max_delivery_attempts)
    });
    let retry = subscription.retry_policy.map(|policy| {
        model::RetryPolicy::new()
            .set_or_clear_minimum_backoff(duration(policy.minimum_backoff))
            .set_or_clear_maximum_backoff(duration(policy.maximum_backoff))
    });
    model::Subscription::new()
        .set_name(subscription.name)
        .set_topic(subscription.topic)
        .set_push_config(model::PushConfig::default())
        .set_ack_deadline_seconds(subscription.ack_deadline_seconds)
        .set_retain_acked_messages(subscription.retain_acked_messages)
        .set_or_clear_message_retention_duration(duration(subscription.message_retention_duration))
        .set_labels(subscription.labels)
        .set_enable_message_ordering(subscription.enable_message_ordering)
        .set_or_clear_expiration_policy(expiration)
        .set_filter(subscription.filter)
        .set_or_clear_dead_letter_policy(dead_letter)
        .set_or_clear_retry_policy(retry)
        .set_detached(subscription.detached)
        .set_enable_exactly_once_delivery(subscription.enable_exactly_once_delivery)
        .set_or_clear_topic_message_retention_duration(duration(
            subscription.topic_message_retention_duration,
        ))
        .set_state(model::subscription::State::from(subscription.state))
}

pub(super) fn snapshot_from(name: &str, snapshot: model::Snapshot) -> proto::Snapshot {
    proto::Snapshot {
        name: name.to_owned(),
        topic: snapshot.topic,
        expire_time: snapshot.expire_time.as_ref().map(timestamp_from),
        labels: snapshot.labels,
    }
}

pub(super) fn snapshot_to(snapshot: proto::Snapshot) -> model::Snapshot {
    model::Snapshot::new()
        .set_name(snapshot.name)
        .set_topic(snapshot.topic)
        .set_or_clear_expire_time(snapshot.expire_time.map(timestamp_to))
        .set_labels(snapshot.labels)
}
