//! Users that others vouch for: against a provider that the tests start, over real HTTP, with real signatures.

mod access_tokens;
mod code_exchange;
pub(crate) mod provider;
mod second_factor;
mod signed_tokens;
mod webhooks;
