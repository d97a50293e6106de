//! The topology and its events as an AsyncAPI 3 document.

use super::{ALLOWED_REGIONS, RETENTION_SECONDS, Topic};
use crate::events::{CATALOGUE, SHORT_NAMES, schemas};
use serde_json::{Map, Value, json};

/// The version of AsyncAPI's Google Pub/Sub binding.
const BINDING_VERSION: &str = "0.2.0";

/// The document: a channel for each topic, a message for each event, `send` by its producer.
///
/// # Panics
/// Never: schemas are plain data.
#[must_use]
pub fn document() -> Value {
    let mut channels = Map::new();
    let mut operations = Map::new();
    for topic in Topic::ALL {
        channels.insert(topic.name().to_owned(), channel(*topic));
        let sender =
            json!({ "action": "send", "channel": { "$ref": format!("#/channels/{topic}") } });
        operations.insert(format!("{}-publishes-{topic}", topic.producer()), sender);
    }
    for subscription in super::SUBSCRIPTIONS {
        let channel = format!("#/channels/{}", subscription.topic);
        operations.insert(
            subscription.name(),
            json!({ "action": "receive", "channel": { "$ref": channel } }),
        );
    }
    let schemas: Map<String, Value> = schemas()
        .into_iter()
        .map(|(name, schema)| {
            (
                name,
                serde_json::to_value(schema).expect("a schema is plain data"),
            )
        })
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Catweb events",
            "version": "1",
            "description": "CloudEvents 1.0 over Google Pub/Sub in binary mode: the data is the event's JSON, each attribute travels as a ce- attribute.",
            "license": { "name": "Apache-2.0" },
        },
        "defaultContentType": crate::envelope::CONTENT_TYPE,
        "channels": channels,
        "operations": operations,
        "components": { "messages": messages(), "schemas": schemas },
    })
}

fn channel(topic: Topic) -> Value {
    let messages: Map<String, Value> = of_topic(topic)
        .map(|(_, short)| {
            (
                short.to_owned(),
                json!({ "$ref": format!("#/components/messages/{short}") }),
            )
        })
        .collect();
    json!({
        "address": topic.name(),
        "messages": messages,
        "bindings": { "googlepubsub": {
            "messageRetentionDuration": format!("{RETENTION_SECONDS}s"),
            "messageStoragePolicy": { "allowedPersistenceRegions": ALLOWED_REGIONS },
            "bindingVersion": BINDING_VERSION,
        } },
    })
}

fn of_topic(topic: Topic) -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = CATALOGUE.iter().zip(SHORT_NAMES);
    all.filter(move |((_, of), _)| *of == topic)
        .map(|((event_type, _), short)| (*event_type, *short))
}

fn messages() -> Map<String, Value> {
    let all = CATALOGUE.iter().zip(SHORT_NAMES);
    all.map(|((event_type, _), short)| {
        let message = json!({
            "name": event_type,
            "contentType": crate::envelope::CONTENT_TYPE,
            "headers": headers(event_type),
            "payload": { "$ref": format!("#/components/schemas/{short}") },
        });
        ((*short).to_owned(), message)
    })
    .collect()
}

fn headers(event_type: &str) -> Value {
    json!({
        "type": "object",
        "required": ["ce-id", "ce-source", "ce-type", "ce-specversion", "ce-time"],
        "properties": {
            "ce-id": { "type": "string" },
            "ce-source": { "type": "string" },
            "ce-type": { "const": event_type },
            "ce-specversion": { "const": crate::envelope::SPEC_VERSION },
            "ce-time": { "type": "string", "format": "date-time" },
            "ce-subject": { "type": "string", "description": "the aggregate's id; also the ordering key" },
            "ce-jurisdiction": { "type": "string", "description": "where the data may live" },
            "ce-sequence": { "type": "string", "pattern": "^[0-9]+$" },
            "traceparent": { "type": "string" },
            "ce-traceparent": { "type": "string" },
        },
    })
}
