//! After a breach: every trap gets another credential, and the old ones are refused.

use super::MouseTrap;
use super::renew_credential::{RenewCredentialError, renew_credential};
use crate::domain::access::Caller;
use crate::domain::credential::{SECRET_BYTES, TrapSecret};
use crate::domain::trap::Trap;
use crate::storage::{StorageError, TrapFilter};
use serde::Serialize;
use std::io;
use thiserror::Error;

/// So many are handed over and renewed at a time.
const BATCH: u32 = 500;

/// Why some traps still have their old credentials; those that were handed over last may have either.
#[derive(Debug, Error)]
pub enum RenewAllCredentialsError {
    /// The new secrets were not taken, so they were not put in force.
    #[error("the new credentials could not be handed over")]
    HandOver(#[source] io::Error),
    /// One trap's credential was not replaced.
    #[error(transparent)]
    Renew(#[from] RenewCredentialError),
    /// The database did not serve.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What became of the traps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Renewed {
    /// Traps with a new credential.
    pub renewed: usize,
    /// Traps that had none, or are out of service: nothing is accepted from them.
    pub without: usize,
}

/// Renews the credential of each trap in service that has one. New secrets go to `hand_over` first, and are in force only
/// when it has kept them. `caller` is of the royal court.
pub async fn renew_all_credentials(
    app: &MouseTrap,
    caller: &Caller,
    mut hand_over: impl FnMut(&[(Trap, TrapSecret)]) -> io::Result<()>,
) -> Result<Renewed, RenewAllCredentialsError> {
    let mut told = Renewed::default();
    let mut last = None;
    loop {
        let traps = app
            .storage
            .traps(TrapFilter::default(), last.as_ref(), BATCH)
            .await?;
        let Some(newest) = traps.last() else {
            return Ok(told);
        };
        last = Some(newest.id.clone());
        let (with, without): (Vec<Trap>, Vec<Trap>) = traps
            .into_iter()
            .partition(|trap| trap.credential.is_some() && trap.in_service().is_ok());
        told.without += without.len();
        let secrets = with.into_iter().map(|trap| {
            let secret = TrapSecret::from_random(rand::random::<[u8; SECRET_BYTES]>());
            (trap, secret)
        });
        let secrets: Vec<_> = secrets.collect();
        hand_over(&secrets).map_err(RenewAllCredentialsError::HandOver)?;
        for (trap, secret) in &secrets {
            renew_credential(app, caller, &trap.id, Some(secret)).await?;
            told.renewed += 1;
        }
    }
}
