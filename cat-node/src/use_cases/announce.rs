//! The events that tell the other services about cats and sessions.

use chrono::{DateTime, Utc};
use shared_events::events::cat_node::{CatErased, CatRegistered, CatUpdated, SessionRevoked};
use shared_events::id::CatId;
use shared_events::{EventData, EventStamp, OutgoingEvent};

use super::Failure;
use crate::domain::names::ObjectId;

fn event(data: &impl EventData, time: DateTime<Utc>) -> OutgoingEvent {
    OutgoingEvent::new(data, EventStamp::new(time))
}

fn cat(id: &ObjectId) -> Result<CatId, Failure> {
    CatId::new(id.as_str()).map_err(|error| Failure::Outage {
        attempted: "naming a cat in an event",
        cause: error.into(),
    })
}

pub fn cat_registered(
    id: &ObjectId,
    name: &str,
    at: DateTime<Utc>,
) -> Result<OutgoingEvent, Failure> {
    Ok(event(
        &CatRegistered {
            cat: cat(id)?,
            name: name.to_owned(),
            registered_at: at,
        },
        at,
    ))
}

pub fn cat_updated(id: &ObjectId, name: &str, at: DateTime<Utc>) -> Result<OutgoingEvent, Failure> {
    Ok(event(
        &CatUpdated {
            cat: cat(id)?,
            name: name.to_owned(),
            updated_at: at,
        },
        at,
    ))
}

pub fn cat_erased(id: &ObjectId, at: DateTime<Utc>) -> Result<OutgoingEvent, Failure> {
    Ok(event(
        &CatErased {
            cat: cat(id)?,
            erased_at: at,
        },
        at,
    ))
}

pub fn session_revoked(
    user: &ObjectId,
    session: &ObjectId,
    at: DateTime<Utc>,
) -> Result<OutgoingEvent, Failure> {
    let session = session.as_str().to_owned();
    Ok(event(
        &SessionRevoked {
            cat: cat(user)?,
            session,
            revoked_at: at,
        },
        at,
    ))
}
