//! What mouse-trap is told: commands to traps, and what concerns access tokens.

use crate::domain::access::{Caller, ROYAL_COURT};
use crate::domain::command::{Progress, TrapAction, TrapCommand};
use crate::domain::site::Jurisdiction;
use crate::use_cases::MouseTrap;
use crate::use_cases::add_command::add_command;
use async_trait::async_trait;
use service_chassis::access_token::AccessTokens;
use shared_events::Event;
use shared_events::bus::{BatchHandler, Delivery, Verdict};
use shared_events::events::DecodeEventError;
use shared_events::id::CatId;
use std::sync::Arc;

/// Deals with the topic of commands.
#[derive(Clone, Debug)]
pub struct CommandHandler {
    /// Where commands go.
    pub app: MouseTrap,
    /// The jurisdiction to answer under when a command names an unknown trap.
    pub home: Jurisdiction,
}

#[async_trait]
impl BatchHandler for CommandHandler {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        let mut verdicts = Vec::with_capacity(batch.len());
        for delivery in batch {
            verdicts.push(self.handle_one(delivery).await);
        }
        verdicts
    }
}

impl CommandHandler {
    async fn handle_one(&self, delivery: &Delivery) -> Verdict {
        let event = match Event::decode(&delivery.envelope) {
            Ok(event) => event,
            Err(error) => return undecodable(&error),
        };
        let Some((command, caller)) = command(event) else {
            return Verdict::Poison(format!(
                "{} is no command to a trap",
                delivery.envelope.event_type
            ));
        };
        match add_command(&self.app, &caller, &command, &self.home).await {
            Ok(()) => Verdict::Done,
            Err(error) => Verdict::Retry(with_causes(&error)),
        }
    }
}

/// The command in an event, and who asks.
fn command(event: Event) -> Option<(TrapCommand, Caller)> {
    macro_rules! command {
        ($asked:expr, $action:expr) => {{
            let asked = $asked;
            let royal_court = asked.roles.iter().any(|role| role == ROYAL_COURT);
            let command = TrapCommand {
                id: asked.command,
                trap: asked.trap,
                action: $action,
                asked_by: asked.cat.clone(),
                requested_at: asked.requested_at,
                expires_at: asked.expires_at,
                progress: Progress::Queued,
            };
            Some((
                command,
                Caller {
                    cat: asked.cat,
                    royal_court,
                },
            ))
        }};
    }
    match event {
        Event::ArmTrap(asked) => command!(asked, TrapAction::Arm),
        Event::DisarmTrap(asked) => command!(asked, TrapAction::Disarm),
        Event::LocateTrap(asked) => command!(asked, TrapAction::Locate),
        _ => None,
    }
}

/// Deals with what cat-node tells.
#[derive(Clone, Debug)]
pub struct CatNodeHandler {
    /// Where cats are named.
    pub app: MouseTrap,
    /// What keys and revocations are learned by.
    pub tokens: Arc<AccessTokens>,
}

#[async_trait]
impl BatchHandler for CatNodeHandler {
    async fn handle(&self, batch: &[Delivery]) -> Vec<Verdict> {
        let decoded: Vec<_> = batch
            .iter()
            .map(|delivery| Event::decode(&delivery.envelope))
            .collect();
        let events: Vec<Event> = decoded
            .iter()
            .filter_map(|event| event.as_ref().ok())
            .cloned()
            .collect();
        let learned = self.tokens.learn(&events).await;
        let mut verdicts = Vec::with_capacity(batch.len());
        for event in decoded {
            verdicts.push(match (event, &learned) {
                // A newer cat-node may tell of things that do not concern us.
                (Err(DecodeEventError::UnknownType(_)), _) => Verdict::Done,
                (Err(error), _) => undecodable(&error),
                (Ok(_), Err(error)) => Verdict::Retry(with_causes(error)),
                (Ok(Event::CatErased(erased)), Ok(())) => self.forget(&erased.cat).await,
                (Ok(_), Ok(())) => Verdict::Done,
            });
        }
        verdicts
    }
}

impl CatNodeHandler {
    async fn forget(&self, cat: &CatId) -> Verdict {
        match self.app.storage.forget_cat(cat).await {
            Ok(()) => Verdict::Done,
            Err(error) => Verdict::Retry(with_causes(&error)),
        }
    }
}

fn undecodable(error: &DecodeEventError) -> Verdict {
    Verdict::Poison(with_causes(error))
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
