//! Twitter: the token and verifier of an OAuth 1 log-in, exchanged for who the user is.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::Url;
use serde_json::Value as Json;

use super::adapter::{Attempt, AuthAdapter, ProviderData, Verdict, id_text, not_found, text};
use super::options::{InvalidProvider, Options};
use super::outgoing::{Outgoing, OutgoingError, address};
use crate::domain::error::{ErrorCode, ParseError};
use crate::use_cases::Failure;

#[derive(Debug)]
pub struct Twitter {
    consumer_key: String,
    exchange: Url,
    outgoing: Outgoing,
}

impl Twitter {
    pub fn from_options(
        options: &mut Options<'_>,
        outgoing: &Outgoing,
    ) -> Result<Self, InvalidProvider> {
        let (key, secret) = (
            options.text("consumer_key")?,
            options.secret("consumer_secret")?,
        );
        let Some((consumer_key, _)) = key.zip(secret) else {
            let problem = "Consumer key and secret are required for secure Twitter auth.";
            return Err(options.invalid(problem));
        };
        let base = options.base_url()?;
        let exchange = address(base.as_ref(), "https://api.twitter.com/oauth/access_token");
        Ok(Self {
            consumer_key,
            exchange: exchange.map_err(|error| options.invalid(error.to_string()))?,
            outgoing: outgoing.clone(),
        })
    }
}

#[async_trait]
impl AuthAdapter for Twitter {
    async fn identify(&self, given: &mut ProviderData, _now: DateTime<Utc>) -> Result<(), Failure> {
        let (Some(token), Some(verifier)) =
            (text(given, "oauth_token"), text(given, "oauth_verifier"))
        else {
            let words = "Twitter code is required.";
            return Err(ParseError::new(ErrorCode::VALIDATION_ERROR, words).into());
        };
        let fields = [
            ("oauth_consumer_key", self.consumer_key.as_str()),
            ("oauth_token", token),
            ("oauth_verifier", verifier),
        ];
        let request = self.outgoing.post_form(self.exchange.clone(), &fields);
        let reply = self.outgoing.send(request).await;
        let reply = reply.map_err(OutgoingError::into_outage)?;
        let invalid = || not_found("Twitter auth is invalid for this user.");
        let answer = reply.json().unwrap_or_else(|| of_form(&reply.text()));
        let token = answer["oauth_token"].as_str().filter(|_| reply.is_success);
        let (token, id) = token.zip(id_text(&answer["user_id"])).ok_or_else(invalid)?;
        if text(given, "id").is_some_and(|claimed| claimed != id) {
            return Err(invalid());
        }
        given.insert("id".to_owned(), id.into());
        given.insert("auth_token".to_owned(), token.into());
        given.shift_remove("oauth_verifier");
        Ok(())
    }

    async fn vouch(&self, given: &ProviderData, _: &Attempt<'_>) -> Result<Verdict, Failure> {
        match text(given, "id") {
            Some(_) => Ok(Verdict::as_given()),
            None => Err(not_found("Twitter auth is invalid for this user.")),
        }
    }
}

/// `a=1&b=2`, as OAuth 1 answers.
fn of_form(text: &str) -> Json {
    let mut url = Url::parse("form:").expect("a scheme alone is a URL");
    url.set_query(Some(text));
    let pairs = url
        .query_pairs()
        .map(|(name, value)| (name.into_owned(), Json::from(value.into_owned())));
    Json::Object(pairs.collect())
}
