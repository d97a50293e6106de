//! Which projection writes an event means: one line for each event of the other two services.

use shared_events::{Envelope, Event};

use super::write::{MAX_SEQUENCE, ProjectionWrite};
use super::{cadaver_exchange as exchange, mouse_trap as trap};

/// An event that can never be projected, however often it is delivered.
#[derive(Debug, thiserror::Error)]
pub enum ProjectEventError {
    #[error(transparent)]
    Unreadable(#[from] shared_events::events::DecodeEventError),
    #[error("a {event_type} must have a ce-sequence of 1 to 2^53, not {sequence:?}")]
    Unnumbered {
        event_type: String,
        sequence: Option<u64>,
    },
    #[error("a {event_type} is none of the events that cat-node projects")]
    NotForHere { event_type: String },
}

/// No writes: the event is known and concerns no projected class.
pub fn writes_of(envelope: &Envelope) -> Result<Vec<ProjectionWrite>, ProjectEventError> {
    let numbered = || match envelope.sequence {
        Some(sequence @ 1..=MAX_SEQUENCE) => Ok(sequence),
        sequence => {
            let event_type = envelope.event_type.clone();
            Err(ProjectEventError::Unnumbered {
                event_type,
                sequence,
            })
        }
    };
    Ok(match Event::decode(envelope)? {
        Event::TrapRegistered(event) => vec![trap::trap_registered(&event, numbered()?)],
        Event::TrapStateChanged(event) => vec![trap::trap_state_changed(&event, numbered()?)],
        Event::RodentCaught(event) => vec![trap::rodent_caught(&event)],
        Event::CaptureVoided(event) => vec![trap::capture_voided(&event)],
        Event::CommandSettled(event) => vec![trap::command_settled(&event, numbered()?)],
        Event::LotListed(event) => exchange::lot_listed(&event, numbered()?),
        Event::LotRegraded(event) => exchange::lot_regraded(&event, numbered()?),
        Event::LotSpoiled(event) => vec![exchange::lot_spoiled(&event, numbered()?)],
        Event::LotWithdrawn(event) => vec![exchange::lot_withdrawn(&event, numbered()?)],
        Event::OrderAccepted(event) => vec![exchange::order_accepted(&event, numbered()?)],
        Event::OrderRejected(event) => vec![exchange::order_rejected(&event, numbered()?)],
        Event::OrderAmended(event) => vec![exchange::order_amended(&event, numbered()?)],
        Event::OrderTriggered(event) => vec![exchange::order_triggered(&event, numbered()?)],
        Event::CommandRefused(event) => exchange::command_refused(&event, numbered()?),
        Event::OrderCancelled(event) => vec![exchange::order_cancelled(&event, numbered()?)],
        Event::TradeExecuted(event) => exchange::trade_executed(&event, numbered()?),
        Event::MarketStateChanged(event) => {
            vec![exchange::market_state_changed(&event, numbered()?)]
        }
        Event::AccountChanged(_) => Vec::new(),
        _ => {
            return Err(ProjectEventError::NotForHere {
                event_type: envelope.event_type.clone(),
            });
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bytes::Bytes;
    use chrono::{DateTime, Utc};
    use rand::SeedableRng as _;
    use rand::seq::SliceRandom as _;
    use serde_json::json;

    use super::*;
    use crate::domain::acl::Access;
    use crate::domain::names::ObjectId;
    use crate::domain::object::ParseObject;
    use crate::domain::value::ParseValue;
    use crate::domain::value::json::value_to_json;
    use crate::projections::write::merge;

    const AT: &str = "2026-11-24T08:00:00.000Z";

    fn envelope(producer: &str, name: &str, sequence: u64, data: &serde_json::Value) -> Envelope {
        Envelope {
            id: format!("{name}-{sequence}"),
            source: format!("//net.miaou/{producer}"),
            event_type: format!("net.miaou.{producer}.{name}.v1"),
            time: DateTime::UNIX_EPOCH,
            subject: None,
            jurisdiction: None,
            sequence: Some(sequence),
            traceparent: None,
            data: Bytes::from(data.to_string()),
        }
    }

    /// From the trap to the buyer's paws, as it was said.
    fn a_rodents_story() -> Vec<Envelope> {
        let trap = json!({"trap": "barn-7", "site": "farm", "jurisdiction": "CA", "owner": "tom",
            "position": {"latitude": 46.8, "longitude": -71.2}, "registered_at": AT});
        let sprung = json!({"trap": "barn-7", "site": "farm", "jurisdiction": "CA", "owner": "tom",
            "state": "sprung", "battery_percent": 80, "changed_at": AT, "recorded_at": AT});
        let caught = json!({"capture": "c1", "trap": "barn-7", "site": "farm", "jurisdiction": "CA",
            "position": null, "hunter": "tom", "kind": "mouse", "species": "Mus musculus", "mass_grams": 21.5,
            "sex": "female", "caught_at": AT, "recorded_at": AT, "confidence": 0.98});
        let listed = json!({"lot": "c1", "jurisdiction": "CA", "owner": "tom", "kind": "mouse", "grade": "prime",
            "market": "mouse-prime", "species": "Mus musculus", "mass_grams": 21.5, "ask": 30, "order": "o1",
            "caught_at": AT, "listed_at": AT});
        let regraded = json!({"lot": "c1", "owner": "tom", "from": "prime", "to": "standard",
            "market": "mouse-standard", "ask": 20, "order": "o2", "regraded_at": AT});
        let accepted = json!({"order": "o3", "cat": "felix", "market": "mouse-standard", "side": "buy",
            "quantity": 1, "price": 25, "client_order_id": "mine", "accepted_at": AT});
        let traded = json!({"trade": "t1", "market": "mouse-standard", "price": 20, "quantity": 1, "lots": ["c1"],
            "buyer": "felix", "seller": "tom", "buy_order": "o3", "buy_order_remaining": 0,
            "sell_order": "o2", "sell_order_remaining": 0, "taker": "buy", "executed_at": AT});
        let stop = json!({"order": "o4", "cat": "felix", "market": "mouse-standard", "side": "buy",
            "quantity": 3, "price": 40, "client_order_id": null, "accepted_at": AT,
            "terms": {"kind": "limit", "time_in_force": "gtd", "expires_at": AT, "post_only": false,
                "display_quantity": 2, "stop_price": 35, "self_trade": "decrement"}});
        let amended = json!({"order": "o4", "cat": "felix", "market": "mouse-standard", "quantity": 2,
            "remaining": 2, "price": 38, "waiting": true, "amended_at": AT});
        let triggered = json!({"order": "o4", "cat": "felix", "market": "mouse-standard", "remaining": 2,
            "triggered_at": AT});
        let refused = json!({"command": "k1", "cat": "felix", "order": "o4", "code": "would-take",
            "detail": "the order is post-only and would trade at once", "refused_at": AT});
        let opened = json!({"market": "mouse-standard", "kind": "mouse", "grade": "standard", "state": "open",
            "changed_at": AT});
        vec![
            envelope("mouse-trap", "trap-registered", 1, &trap),
            envelope("mouse-trap", "trap-state-changed", 2, &sprung),
            envelope("mouse-trap", "rodent-caught", 3, &caught),
            envelope("cadaver-exchange", "market-state-changed", 1, &opened),
            envelope("cadaver-exchange", "lot-listed", 2, &listed),
            envelope("cadaver-exchange", "lot-regraded", 3, &regraded),
            envelope("cadaver-exchange", "order-accepted", 4, &accepted),
            envelope("cadaver-exchange", "trade-executed", 5, &traded),
            envelope("cadaver-exchange", "order-accepted", 6, &stop),
            envelope("cadaver-exchange", "order-amended", 7, &amended),
            envelope("cadaver-exchange", "order-triggered", 8, &triggered),
            envelope("cadaver-exchange", "command-refused", 9, &refused),
        ]
    }

    type Objects = BTreeMap<(String, ObjectId), ParseObject>;

    fn project<'a>(events: impl IntoIterator<Item = &'a Envelope>) -> Objects {
        let now: DateTime<Utc> = DateTime::UNIX_EPOCH;
        let mut objects = Objects::new();
        for write in events
            .into_iter()
            .flat_map(|event| writes_of(event).unwrap())
        {
            let key = (write.class.as_str().to_owned(), write.id.clone());
            if let Some(merged) = merge(objects.get(&key).cloned(), write, now) {
                objects.insert(key, merged);
            }
        }
        for object in objects.values_mut() {
            object.fields.sort_keys();
            for value in object.fields.values_mut() {
                if let ParseValue::Object(inner) = value {
                    inner.sort_keys();
                }
            }
        }
        objects
    }

    fn get<'a>(objects: &'a Objects, class: &str, id: &str) -> &'a ParseObject {
        &objects[&(class.to_owned(), ObjectId::new(id))]
    }

    #[test]
    fn a_story_told_in_any_order_and_twice_ends_the_same() {
        let story = a_rodents_story();
        let expected = project(&story);
        let mut shuffled: Vec<&Envelope> = story.iter().chain(&story).collect();
        let mut rng = rand::rngs::StdRng::seed_from_u64(7);
        for _ in 0..200 {
            shuffled.shuffle(&mut rng);
            assert_eq!(project(shuffled.iter().copied()), expected);
        }
    }

    #[test]
    fn the_story_is_seen_in_the_classes() {
        let objects = project(&a_rodents_story());
        let lot = get(&objects, "Lot", "c1");
        assert_eq!(lot.text("grade"), Some("standard"));
        assert_eq!(lot.text("state"), Some("owned"));
        assert_eq!(lot.get("ask"), Some(&ParseValue::Null));
        let capture = lot.get("capture").map(value_to_json).unwrap();
        assert_eq!(
            capture,
            json!({"__type": "Pointer", "className": "Capture", "objectId": "c1"})
        );
        assert_eq!(get(&objects, "Order", "o3").text("status"), Some("filled"));
        assert_eq!(get(&objects, "Order", "o1").text("status"), Some("open"));
        assert_eq!(
            get(&objects, "Trap", "barn-7").text("state"),
            Some("sprung")
        );
        assert_eq!(
            get(&objects, "Market", "mouse-standard").get("lastPrice"),
            Some(&20.0.into())
        );
    }

    #[test]
    fn an_order_is_followed_through_its_changes() {
        let story = a_rodents_story();
        let order = |told: usize| get(&project(&story[..told]), "Order", "o4").clone();
        let stop = order(9);
        let seen = (
            stop.text("status"),
            stop.get("stopPrice"),
            stop.text("type"),
        );
        assert_eq!(seen, (Some("waiting"), Some(&35.0.into()), Some("limit")));
        assert_eq!(stop.text("timeInForce"), Some("gtd"));
        assert_eq!(stop.get("displayQuantity"), Some(&2.0.into()));
        let amended = order(10);
        assert_eq!(amended.text("status"), Some("waiting"));
        assert_eq!(amended.get("quantity"), Some(&2.0.into()));
        assert_eq!(amended.get("remaining"), Some(&2.0.into()));
        assert_eq!(amended.get("price"), Some(&38.0.into()));
        assert_eq!(order(11).text("status"), Some("open"));
        let refused = order(12).get("lastRefusal").map(value_to_json).unwrap();
        assert_eq!(
            (&refused["commandId"], &refused["code"]),
            (&json!("k1"), &json!("would-take"))
        );
    }

    #[test]
    fn a_refusal_of_a_strangers_order_is_not_written_into_it() {
        let refused = json!({"command": "k1", "cat": "felix", "order": "o2", "code": "unknown-order",
            "detail": "there is no such order", "refused_at": AT});
        let told = envelope("cadaver-exchange", "command-refused", 9, &refused);
        assert_eq!(writes_of(&told).unwrap(), Vec::new());
    }

    #[test]
    fn hunting_data_is_for_the_hunter_and_the_royal_court() {
        let objects = project(&a_rodents_story());
        let anyone = Access::anonymous();
        let tom = Access::Grants(vec!["*".into(), "tom".into()]);
        let felix = Access::Grants(vec!["*".into(), "felix".into()]);
        let court = Access::Grants(vec!["*".into(), "king".into(), "role:royal-court".into()]);
        for ((class, id), object) in &objects {
            let acl = object.acl.as_ref();
            let is_public = matches!(class.as_str(), "Lot" | "Trade" | "Market");
            let is_felixs = class == "Order" && matches!(id.as_str(), "o3" | "o4");
            assert_eq!(anyone.may_read(acl), is_public, "{class} {id}");
            assert_eq!(tom.may_read(acl), !is_felixs, "{class} {id}");
            assert_eq!(felix.may_read(acl), is_public || is_felixs, "{class} {id}");
            assert!(court.may_read(acl) && !court.may_write(acl), "{class} {id}");
            if is_public {
                let names_a_cat = |value: &ParseValue| {
                    let json = value_to_json(value).to_string();
                    json.contains("tom") || json.contains("felix") || json.contains("_User")
                };
                assert!(!object.fields.values().any(names_a_cat), "{class} {id}");
            }
        }
    }

    #[test]
    fn every_field_belongs_to_one_facet_and_to_its_class() {
        let mut facet_of: BTreeMap<(String, String), &str> = BTreeMap::new();
        let schemas: BTreeMap<_, _> = crate::projections::class::schemas().into_iter().collect();
        for write in a_rodents_story()
            .iter()
            .flat_map(|event| writes_of(event).unwrap())
        {
            for facet in &write.facets {
                for (field, value) in &facet.fields {
                    let key = (write.class.to_string(), field.clone());
                    assert_eq!(
                        *facet_of.entry(key).or_insert(facet.name),
                        facet.name,
                        "{field}"
                    );
                    let kind = crate::domain::schema::FieldType::of(value);
                    let declared = schemas[&write.class].get(field);
                    assert!(
                        kind.is_none() || kind.as_ref() == declared,
                        "{}.{field}",
                        write.class
                    );
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_projected_says_why() {
        let mut unnumbered = a_rodents_story().remove(4);
        unnumbered.sequence = None;
        let reason = writes_of(&unnumbered).unwrap_err().to_string();
        assert!(reason.contains("must have a ce-sequence"), "{reason}");
        let unknown = envelope("mouse-trap", "moon-caught", 1, &json!({}));
        assert!(matches!(
            writes_of(&unknown),
            Err(ProjectEventError::Unreadable(_))
        ));
        let wrong = envelope("mouse-trap", "rodent-caught", 1, &json!({"capture": 7}));
        assert!(matches!(
            writes_of(&wrong),
            Err(ProjectEventError::Unreadable(_))
        ));
        let keys = envelope(
            "cat-node",
            "keys-published",
            1,
            &json!({"keys": [], "published_at": AT}),
        );
        assert!(matches!(
            writes_of(&keys),
            Err(ProjectEventError::NotForHere { .. })
        ));
    }
}
