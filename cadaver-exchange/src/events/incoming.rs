//! What other services say, as commands to the engine.

use super::terms::{UnknownTerm, as_written, terms_of};
use crate::{
    domain::{
        Amendment, CancelOrders, Command, NewLot, NewOrder, command::Request, market::UnknownMarket,
    },
    engine::{EngineHandle, Submission},
};
use async_trait::async_trait;
use service_chassis::access_token::AccessTokens;
use shared_events::{
    Event,
    bus::{BatchHandler, Delivery, Verdict},
    events::{
        DecodeEventError,
        commands::{self, PlaceOrder},
        mouse_trap::RodentCaught,
    },
    id::{CommandId, OrderId},
};
use std::sync::Arc;

/// The heaviest rodent that is believed, in grams.
const MAX_MASS_GRAMS: f64 = 10_000.0;
/// The longest name of a species or a jurisdiction that is believed, in bytes.
const MAX_NAME_BYTES: usize = 128;

/// Deals with every subscription of this service.
#[derive(Debug, Clone)]
pub struct Incoming {
    engine: EngineHandle,
    tokens: Arc<AccessTokens>,
}

/// What a delivery means here.
enum Meaning {
    /// The engine is to do this.
    Submit(Submission),
    /// It concerns access tokens.
    Learn(Event),
    /// Nothing.
    PassOver,
    /// It can never be right.
    Poison(String),
}

impl Incoming {
    /// Gives commands to `engine` and keys to `tokens`.
    #[must_use]
    pub const fn new(engine: EngineHandle, tokens: Arc<AccessTokens>) -> Self {
        Self { engine, tokens }
    }

    async fn submit(&self, submissions: Vec<Submission>) -> Verdict {
        if submissions.is_empty() {
            return Verdict::Done;
        }
        match self.engine.submit_all(submissions).await {
            Ok(_) => Verdict::Done,
            Err(stopped) => Verdict::Retry(stopped.to_string()),
        }
    }

    async fn learn(&self, events: &[Event]) -> Verdict {
        if events.is_empty() {
            return Verdict::Done;
        }
        match self.tokens.learn(events).await {
            Ok(()) => Verdict::Done,
            Err(error) => Verdict::Retry(error.to_string()),
        }
    }
}

#[async_trait]
impl BatchHandler for Incoming {
    /// The whole batch becomes one write to the journal. A command that was carried out before changes nothing.
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        enum Awaits {
            Engine,
            Tokens,
            Nobody(Verdict),
        }
        let (mut submissions, mut learnt) = (Vec::new(), Vec::new());
        let mut awaited = Vec::with_capacity(batch.len());
        for delivery in batch {
            awaited.push(match meaning(delivery) {
                Meaning::Submit(submission) => {
                    submissions.push(submission);
                    Awaits::Engine
                }
                Meaning::Learn(event) => {
                    learnt.push(event);
                    Awaits::Tokens
                }
                Meaning::PassOver => Awaits::Nobody(Verdict::Done),
                Meaning::Poison(reason) => Awaits::Nobody(Verdict::Poison(reason)),
            });
        }
        let (engine, tokens) = tokio::join!(self.submit(submissions), self.learn(&learnt));
        let verdict = |awaits| match awaits {
            Awaits::Engine => engine.clone(),
            Awaits::Tokens => tokens.clone(),
            Awaits::Nobody(verdict) => verdict,
        };
        awaited.into_iter().map(verdict).collect()
    }
}

fn meaning(delivery: &Delivery) -> Meaning {
    let event = match Event::decode(&delivery.envelope) {
        Ok(event) => event,
        // A newer service may tell what this one has not heard of.
        Err(DecodeEventError::UnknownType(_)) => return Meaning::PassOver,
        Err(error) => return Meaning::Poison(with_causes(&error)),
    };
    let (command, source) = match event {
        Event::RodentCaught(caught) => match new_lot(caught) {
            Ok(lot) => (Command::ListLot(lot), None),
            Err(reason) => return Meaning::Poison(reason),
        },
        Event::CaptureVoided(voided) => (
            Command::VoidCapture {
                lot: voided.capture.into(),
                reason: voided.reason,
            },
            None,
        ),
        Event::CatRegistered(registered) => (
            Command::WelcomeCat {
                cat: registered.cat,
            },
            None,
        ),
        Event::CatErased(erased) => (Command::EraseCat { cat: erased.cat }, None),
        Event::PlaceOrder(place) => match place_order(place) {
            Ok(command) => command,
            Err(unknown) => return Meaning::Poison(unknown.to_string()),
        },
        Event::AmendOrder(amend) => amend_order(amend),
        Event::CancelOrder(cancel) => cancel_order(cancel),
        Event::CancelOrders(cancel) => match cancel_orders(cancel) {
            Ok(command) => command,
            // A cat wrote it, and has no orders there.
            Err(UnknownMarket(_)) => return Meaning::PassOver,
        },
        Event::KeysPublished(_) | Event::SessionRevoked(_) => return Meaning::Learn(event),
        _ => return Meaning::PassOver,
    };
    Meaning::Submit(Submission {
        command,
        source,
        traceparent: delivery.envelope.traceparent.clone(),
    })
}

fn new_lot(caught: RodentCaught) -> Result<NewLot, String> {
    let species = caught.species.as_deref().unwrap_or("unnamed");
    for (what, name) in [("species", species), ("jurisdiction", &caught.jurisdiction)] {
        if name.is_empty() || name.len() > MAX_NAME_BYTES {
            return Err(format!(
                "the {what} must have 1 to {MAX_NAME_BYTES} bytes, it has {}",
                name.len()
            ));
        }
    }
    Ok(NewLot {
        lot: caught.capture.into(),
        hunter: caught.hunter,
        kind: caught.kind,
        species: caught.species,
        mass_mg: caught.mass_grams.map(milligrams).transpose()?,
        caught_at: caught.caught_at.into(),
        jurisdiction: caught.jurisdiction,
    })
}

/// Whole milligrams, as the engine takes no fractions.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // the range is checked just before
fn milligrams(grams: f64) -> Result<u32, String> {
    if grams > 0.0 && grams <= MAX_MASS_GRAMS {
        return Ok(((grams * 1_000.0).round() as u32).max(1));
    }
    Err(format!(
        "a mass of {grams} g makes no sense: more than 0 and at most {MAX_MASS_GRAMS} g do"
    ))
}

/// The order's id is the command's.
fn place_order(place: PlaceOrder) -> Result<(Command, Option<String>), UnknownTerm> {
    let terms = place.terms.as_ref().map(terms_of).transpose()?;
    let id = place.command.into_string();
    let command = Command::PlaceOrder(NewOrder {
        order: OrderId::new(id.as_str()).expect("what is a command id is an order id"),
        cat: place.cat,
        market: as_written(place.market),
        side: place.side,
        quantity: place.quantity,
        price: place.price,
        client_order_id: place.client_order_id.map(as_written),
        terms: terms.unwrap_or_default(),
    });
    Ok((command, Some(id)))
}

fn amend_order(amend: commands::AmendOrder) -> (Command, Option<String>) {
    let what = Request::AmendOrder(Amendment {
        cat: amend.cat,
        order: amend.order,
        quantity: amend.quantity,
        price: amend.price,
    });
    request(amend.command, what)
}

fn cancel_order(cancel: commands::CancelOrder) -> (Command, Option<String>) {
    let what = Request::CancelOrder {
        cat: cancel.cat,
        order: cancel.order,
    };
    request(cancel.command, what)
}

fn cancel_orders(
    cancel: commands::CancelOrders,
) -> Result<(Command, Option<String>), UnknownMarket> {
    let market = cancel.market.as_deref().map(str::parse).transpose()?;
    let what = Request::CancelOrders(CancelOrders {
        cat: cancel.cat,
        market,
        side: cancel.side,
        lowest: cancel.lowest,
        highest: cancel.highest,
        listings: cancel.listings,
        quotes: false,
    });
    Ok(request(cancel.command, what))
}

fn request(id: CommandId, what: Request) -> (Command, Option<String>) {
    let source = id.as_str().to_owned();
    (Command::Request { id, what }, Some(source))
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masses_that_make_no_sense_are_refused() {
        for grams in [0.0, -1.0, 10_000.1, f64::NAN, f64::INFINITY] {
            assert!(milligrams(grams).is_err(), "{grams}");
        }
        assert_eq!(milligrams(21.5), Ok(21_500));
        assert_eq!(milligrams(0.000_01), Ok(1));
    }
}
