//! Who vouches for users beside their passwords: Apple, Google, an OpenID provider, a second factor, ... Each provider of
//! the settings is one adapter; a name without an adapter is no way in.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::config::ParseSettings;
use crate::domain::auth_data::{ANONYMOUS, is_provider_name};
use access_token::{ACCESS_TOKEN_PROVIDERS, AccessToken};
use adapter::AuthAdapter;
use anonymous::Anonymous;
use code_exchange::CodeExchange;
use code_exchange::table::CODE_PROVIDERS;
use facebook::Facebook;
use introspection::Introspection;
use key_sets::KeySets;
use mfa::Mfa;
use openid_connect::OpenIdConnect;
use options::{InvalidProvider, Options};
use outgoing::Outgoing;
use signed_token::{KNOWN_ISSUERS, Keycloak, SignedToken};
use twitter::Twitter;
use webhook::WebhookProvider;

pub mod access_token;
pub mod adapter;
pub mod anonymous;
pub mod code_exchange;
pub mod facebook;
pub mod id_token;
pub mod introspection;
pub mod key_sets;
pub mod mfa;
pub mod openid_connect;
pub mod options;
pub mod outgoing;
pub mod signed_token;
pub mod twitter;
pub mod webhook;

/// Providers that answer in their own words when the settings say nothing of them.
const WITHOUT_SETTINGS: &[&str] = &["apple", "facebook", "google", "keycloak"];

/// The settings' providers cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum AuthProvidersError {
    #[error(transparent)]
    Invalid(#[from] InvalidProvider),
    #[error("the client that asks auth providers cannot be made")]
    Outgoing(#[from] reqwest::Error),
}

/// Adapters by the name of their provider.
#[derive(Debug, Default)]
pub struct AuthProviders {
    adapters: BTreeMap<String, Box<dyn AuthAdapter>>,
}

impl AuthProviders {
    pub fn from_settings(settings: &ParseSettings) -> Result<Self, AuthProvidersError> {
        let outgoing = Outgoing::new()?;
        let keys = Arc::new(KeySets::new(outgoing.clone()));
        let nothing = Json::Object(Map::new());
        let maker = Maker {
            settings,
            outgoing,
            keys,
        };
        let mut adapters = BTreeMap::new();
        let silent = WITHOUT_SETTINGS.iter().chain(ACCESS_TOKEN_PROVIDERS);
        let silent = silent.filter(|name| !settings.auth.contains_key(**name));
        let silent = silent.map(|name| ((*name).to_owned(), &nothing));
        let named = settings
            .auth
            .iter()
            .map(|(name, given)| (name.clone(), given));
        for (name, given) in named.chain(silent) {
            if let Some(adapter) = maker.make(&name, given)? {
                adapters.insert(name, adapter);
            }
        }
        if settings.enable_anonymous_users && !settings.auth.contains_key(ANONYMOUS) {
            adapters.insert(ANONYMOUS.to_owned(), Box::new(Anonymous));
        }
        Ok(Self { adapters })
    }

    /// `None`: there is no such way in.
    pub fn get(&self, provider: &str) -> Option<&dyn AuthAdapter> {
        self.adapters.get(provider).map(AsRef::as_ref)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.adapters.keys().map(String::as_str)
    }
}

struct Maker<'a> {
    settings: &'a ParseSettings,
    outgoing: Outgoing,
    keys: Arc<KeySets>,
}

impl Maker<'_> {
    /// `None` when the provider is turned off.
    fn make(
        &self,
        name: &str,
        given: &Json,
    ) -> Result<Option<Box<dyn AuthAdapter>>, InvalidProvider> {
        let invalid = |problem: &str| InvalidProvider {
            provider: name.to_owned(),
            problem: problem.to_owned(),
        };
        if !is_provider_name(name) {
            return Err(invalid(
                "a provider's name is letters, digits and _, a letter first",
            ));
        }
        let given = given
            .as_object()
            .ok_or_else(|| invalid("its options must be an object"))?;
        let mut options = Options::new(name, given);
        if options.get("enabled").is_some() && !options.flag("enabled")? {
            return Ok(None);
        }
        let adapter = self.adapter(name, given, &mut options)?;
        options.finish()?;
        Ok(Some(adapter))
    }

    fn adapter(
        &self,
        name: &str,
        given: &Map<String, Json>,
        options: &mut Options<'_>,
    ) -> Result<Box<dyn AuthAdapter>, InvalidProvider> {
        let (outgoing, keys) = (&self.outgoing, &self.keys);
        let may_be_insecure = self.settings.enable_insecure_auth_adapters;
        if given.contains_key("webhook") {
            let key = self.settings.webhook_key.as_ref();
            let hook = WebhookProvider::from_options(name, options, key, outgoing)?;
            return Ok(Box::new(hook));
        }
        if given.get("oauth2").is_some_and(|it| *it == true) {
            return Ok(Box::new(Introspection::from_options(options, outgoing)?));
        }
        if given.get("oidc").is_some_and(|it| *it == true) {
            return Ok(Box::new(OpenIdConnect::from_options(
                options, outgoing, keys,
            )?));
        }
        if let Some(issuer) = KNOWN_ISSUERS.iter().find(|issuer| issuer.name == name) {
            return Ok(Box::new(SignedToken::from_options(
                issuer, options, "clientId", keys,
            )?));
        }
        if let Some(provider) = CODE_PROVIDERS.iter().find(|provider| provider.name == name) {
            let exchange =
                CodeExchange::from_options(provider, options, may_be_insecure, outgoing)?;
            return Ok(Box::new(exchange));
        }
        if ACCESS_TOKEN_PROVIDERS.contains(&name)
            && let Some(it) = AccessToken::from_options(name, options, may_be_insecure, outgoing)?
        {
            return Ok(Box::new(it));
        }
        Ok(match name {
            ANONYMOUS => Box::new(Anonymous),
            "facebook" => Box::new(Facebook::from_options(options, outgoing, keys)?),
            "keycloak" => Box::new(Keycloak::from_options(options, keys)?),
            "mfa" => Box::new(Mfa::from_options(options, outgoing)?),
            "twitter" => Box::new(Twitter::from_options(options, outgoing)?),
            _ => {
                return Err(options.invalid(
                    "cat-node has no adapter of this name; give it a webhook, or the endpoint of an OAuth 2 or OpenID \
                     Connect server",
                ));
            }
        })
    }
}
