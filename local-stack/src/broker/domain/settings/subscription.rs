//! A subscription's settings.

use super::durations::{to_proto, within};
use super::labels;
use super::mask::{FieldMask, refuse_field};
use crate::broker::domain::filter::Filter;
use crate::broker::domain::limits::{
    ACK_DEADLINE_SECONDS, DEFAULT_BACKOFF, DEFAULT_DELIVERY_ATTEMPTS, DEFAULT_EXPIRATION,
    DEFAULT_SUBSCRIPTION_RETENTION, MAX_BACKOFF, MAX_DELIVERY_ATTEMPTS, MAX_ORDERED_WINDOW,
    MIN_EXPIRATION, SUBSCRIPTION_RETENTION,
};
use crate::broker::domain::names::{Collection, check_new, id_of};
use crate::broker::domain::queue::QueuePolicy;
use crate::broker::domain::refusal::Refusal;
use crate::broker::proto::{self, ExpirationPolicy, Subscription, subscription::State};
use std::time::Duration;

/// The label that lets one consumer have several messages of an ordering key (see `ordering`).
const ORDERED_WINDOW_LABEL: &str = "ordered-window";

/// What the broker acts on.
#[derive(Debug, Clone)]
pub(crate) struct SubscriptionSettings {
    pub(crate) ack_deadline: Duration,
    pub(crate) retention: Duration,
    pub(crate) retain_acked: bool,
    pub(crate) filter: Option<Filter>,
    pub(crate) dead_letter_topic: Option<String>,
    pub(crate) policy: QueuePolicy,
}

impl SubscriptionSettings {
    /// Reads a completed subscription.
    ///
    /// # Errors
    /// The setting that is out of bounds.
    pub(crate) fn read(subscription: &Subscription) -> Result<Self, Refusal> {
        let dead_letter = subscription.dead_letter_policy.as_ref();
        let max_attempts = dead_letter.map(max_attempts).transpose()?;
        Ok(Self {
            ack_deadline: ack_deadline(subscription.ack_deadline_seconds)?,
            retention: retention(subscription)?,
            retain_acked: subscription.retain_acked_messages,
            filter: Filter::parse(&subscription.filter)?,
            dead_letter_topic: dead_letter.map(|policy| policy.dead_letter_topic.clone()),
            policy: QueuePolicy {
                ordered_window: ordered_window(subscription)?,
                exactly_once: subscription.enable_exactly_once_delivery,
                backoff: subscription
                    .retry_policy
                    .as_ref()
                    .map(backoff)
                    .transpose()?,
                max_attempts,
            },
        })
    }
}

/// Checks a subscription that is to be created or was changed, and fills in the defaults.
///
/// # Errors
/// The setting that cannot be had.
pub(crate) fn complete_subscription(
    mut subscription: Subscription,
) -> Result<Subscription, Refusal> {
    check_new(Collection::Subscriptions, &subscription.name)?;
    labels::check(&subscription.labels)?;
    refuse_other_deliveries(&subscription)?;
    if subscription.ack_deadline_seconds == 0 {
        subscription.ack_deadline_seconds = *ACK_DEADLINE_SECONDS.start();
    }
    if let Some(policy) = &mut subscription.dead_letter_policy {
        if policy.dead_letter_topic.is_empty() {
            subscription.dead_letter_policy = None;
        } else if policy.max_delivery_attempts == 0 {
            policy.max_delivery_attempts = DEFAULT_DELIVERY_ATTEMPTS;
        }
    }
    if let Some(policy) = &mut subscription.retry_policy {
        policy
            .minimum_backoff
            .get_or_insert(to_proto(DEFAULT_BACKOFF.0));
        policy
            .maximum_backoff
            .get_or_insert(to_proto(DEFAULT_BACKOFF.1));
    }
    subscription
        .message_retention_duration
        .get_or_insert(to_proto(DEFAULT_SUBSCRIPTION_RETENTION));
    subscription
        .expiration_policy
        .get_or_insert(ExpirationPolicy {
            ttl: Some(to_proto(DEFAULT_EXPIRATION)),
        });
    subscription.push_config.get_or_insert_default();
    subscription.state = State::Active.into();
    let settings = SubscriptionSettings::read(&subscription)?;
    check_expiration(&subscription, settings.retention)?;
    Ok(subscription)
}

/// The subscription with the masked fields of the update.
///
/// # Errors
/// A field cannot be changed, or not to this.
pub(crate) fn update_subscription(
    old: &Subscription,
    update: &Subscription,
    mask: &FieldMask,
) -> Result<Subscription, Refusal> {
    let mut new = old.clone();
    for field in mask.fields() {
        match field {
            "ack_deadline_seconds" => new.ack_deadline_seconds = update.ack_deadline_seconds,
            "labels" => new.labels.clone_from(&update.labels),
            "retain_acked_messages" => new.retain_acked_messages = update.retain_acked_messages,
            "message_retention_duration" => {
                new.message_retention_duration = update.message_retention_duration;
            }
            "expiration_policy" => new.expiration_policy = update.expiration_policy,
            "dead_letter_policy" => new
                .dead_letter_policy
                .clone_from(&update.dead_letter_policy),
            "retry_policy" => new.retry_policy = update.retry_policy,
            "enable_exactly_once_delivery" => {
                new.enable_exactly_once_delivery = update.enable_exactly_once_delivery;
            }
            "push_config" => new.push_config.clone_from(&update.push_config),
            "bigquery_config" => new.bigquery_config.clone_from(&update.bigquery_config),
            other => return Err(refuse_field("subscription", other)),
        }
    }
    complete_subscription(new)
}

fn refuse_other_deliveries(subscription: &Subscription) -> Result<(), Refusal> {
    let pushes = subscription.push_config.as_ref().is_some_and(is_push);
    for (is_set, what) in [
        (pushes, "push delivery (push_config)"),
        (
            subscription.bigquery_config.is_some(),
            "BigQuery delivery (bigquery_config)",
        ),
        (
            subscription.cloud_storage_config.is_some(),
            "Cloud Storage delivery (cloud_storage_config)",
        ),
        (
            subscription.bigtable_config.is_some(),
            "Bigtable delivery (bigtable_config)",
        ),
        (
            !subscription.message_transforms.is_empty(),
            "message transforms (message_transforms)",
        ),
    ] {
        if is_set {
            return Err(Refusal::Unimplemented(format!(
                "The local broker has no {what}: create a pull subscription and pull from it."
            )));
        }
    }
    Ok(())
}

pub(crate) fn is_push(config: &proto::PushConfig) -> bool {
    *config != proto::PushConfig::default()
}

fn ack_deadline(seconds: i32) -> Result<Duration, Refusal> {
    if !ACK_DEADLINE_SECONDS.contains(&seconds) {
        return Err(Refusal::invalid(format!(
            "Invalid ack deadline given: (deadline={seconds}), must be between 10s and 600s."
        )));
    }
    Ok(Duration::from_secs(u64::from(seconds.unsigned_abs())))
}

fn retention(subscription: &Subscription) -> Result<Duration, Refusal> {
    let duration = subscription.message_retention_duration;
    duration.map_or(Ok(DEFAULT_SUBSCRIPTION_RETENTION), |duration| {
        within(
            "message_retention_duration",
            duration,
            &SUBSCRIPTION_RETENTION,
        )
    })
}

fn check_expiration(subscription: &Subscription, retention: Duration) -> Result<(), Refusal> {
    let ttl = subscription.expiration_policy.and_then(|policy| policy.ttl);
    let Some(ttl) = ttl else { return Ok(()) };
    let ttl = within(
        "expiration_policy.ttl",
        ttl,
        &(MIN_EXPIRATION..=Duration::MAX),
    )?;
    if ttl < retention {
        return Err(Refusal::invalid(
            "The expiration_policy.ttl must not be shorter than the message_retention_duration.",
        ));
    }
    Ok(())
}

fn max_attempts(policy: &proto::DeadLetterPolicy) -> Result<u32, Refusal> {
    if id_of(Collection::Topics, &policy.dead_letter_topic).is_none() {
        return Err(Refusal::invalid(format!(
            "Invalid dead_letter_topic: (name={}); write projects/PROJECT/topics/ID.",
            policy.dead_letter_topic
        )));
    }
    if !MAX_DELIVERY_ATTEMPTS.contains(&policy.max_delivery_attempts) {
        return Err(Refusal::invalid(format!(
            "The value for max_delivery_attempts is out of bounds. You passed {}, but it must be between 5 and 100.",
            policy.max_delivery_attempts
        )));
    }
    Ok(policy.max_delivery_attempts.unsigned_abs())
}

fn backoff(policy: &proto::RetryPolicy) -> Result<(Duration, Duration), Refusal> {
    let range = Duration::ZERO..=MAX_BACKOFF;
    let bound = |name, value: Option<_>, default| {
        value.map_or(Ok(default), |value| within(name, value, &range))
    };
    let least = bound(
        "retry_policy.minimum_backoff",
        policy.minimum_backoff,
        DEFAULT_BACKOFF.0,
    )?;
    let greatest = bound(
        "retry_policy.maximum_backoff",
        policy.maximum_backoff,
        DEFAULT_BACKOFF.1,
    )?;
    if least > greatest {
        return Err(Refusal::invalid(
            "The retry_policy.minimum_backoff is longer than its maximum_backoff.",
        ));
    }
    Ok((least, greatest))
}

fn ordered_window(subscription: &Subscription) -> Result<Option<usize>, Refusal> {
    if !subscription.enable_message_ordering {
        return Ok(None);
    }
    let Some(text) = subscription.labels.get(ORDERED_WINDOW_LABEL) else {
        return Ok(Some(1));
    };
    let window = text
        .parse()
        .ok()
        .filter(|window| (1..=MAX_ORDERED_WINDOW).contains(window));
    window.map(Some).ok_or_else(|| {
        Refusal::invalid(format!(
            "The label {ORDERED_WINDOW_LABEL} is {text:?}; write a number from 1 to {MAX_ORDERED_WINDOW}."
        ))
    })
}
