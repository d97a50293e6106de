//! Reads who asks: from headers, from basic authentication, or from the body (the JavaScript SDK posts everything as
//! text/plain to spare browsers a question). The body counts only when the headers do not name this application.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value as Json};
use service_chassis::secret::Secret;

use super::answer::Refusal;
use crate::config::ParseSettings;
use crate::domain::credentials::is_truthy;
use crate::domain::error::{ErrorCode, ParseError};
use crate::use_cases::authenticate::Credentials;

const JAVASCRIPT_KEY: &str = "javascript-key=";

/// Takes the credentials out of a request.
pub fn read(
    headers: &HeaderMap,
    body: &mut Map<String, Json>,
    settings: &ParseSettings,
) -> Result<Credentials, Refusal> {
    if let Some(context) = text(headers, "x-parse-cloud-context") {
        check_context(&context)?;
    }
    let mut credentials = from_headers(headers);
    from_basic(headers, settings, &mut credentials);
    body.shift_remove("_noBody");
    let is_ours = |id: Option<&str>| id == Some(settings.application_id.as_str());
    if !is_ours(credentials.application_id.as_deref()) {
        body.shift_remove("_RevocableSession");
        let named = body.get("_ApplicationId").and_then(Json::as_str);
        let given = credentials.master_key.as_ref();
        if !is_ours(named) || given.is_some_and(|key| !settings.master_key.matches(key.expose())) {
            return Err(Refusal::unauthorized());
        }
        credentials.application_id = Some(settings.application_id.clone());
        from_body(body, &mut credentials)?;
    }
    Ok(credentials)
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.filter(|text| !text.is_empty()).map(str::to_owned)
}

fn from_headers(headers: &HeaderMap) -> Credentials {
    let secret = |name: &str| text(headers, name).map(Secret::new);
    Credentials {
        application_id: text(headers, "x-parse-application-id"),
        master_key: secret("x-parse-master-key"),
        maintenance_key: secret("x-parse-maintenance-key"),
        client_key: secret("x-parse-client-key"),
        javascript_key: secret("x-parse-javascript-key"),
        rest_api_key: secret("x-parse-rest-api-key"),
        dot_net_key: secret("x-parse-windows-key"),
        session_token: text(headers, "x-parse-session-token"),
        installation_id: text(headers, "x-parse-installation-id"),
    }
}

/// `appId:masterKey` or `appId:javascript-key=KEY`, when the application is this one.
fn from_basic(headers: &HeaderMap, settings: &ParseSettings, credentials: &mut Credentials) {
    // Clients pad as they like.
    let lenient = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let encoded = header
        .and_then(|header| header.split_once(' '))
        .filter(|(kind, _)| kind.eq_ignore_ascii_case("basic"));
    let decoded = encoded.and_then(|(_, encoded)| lenient.decode(encoded.trim()).ok());
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((id, key)) = decoded.as_deref().and_then(|text| text.split_once(':')) else {
        return;
    };
    if id != settings.application_id || key.contains(':') {
        return;
    }
    credentials.application_id = Some(id.to_owned());
    match key.strip_prefix(JAVASCRIPT_KEY) {
        Some(key) => credentials.javascript_key = Some(Secret::new(key)),
        None if !key.is_empty() && !has_good_master_key(settings, credentials) => {
            credentials.master_key = Some(Secret::new(key));
        }
        None => {}
    }
}

fn has_good_master_key(settings: &ParseSettings, credentials: &Credentials) -> bool {
    let good = [
        Some(&settings.master_key),
        settings.read_only_master_key.as_ref(),
    ];
    let given = credentials.master_key.as_ref();
    given.is_some_and(|given| good.iter().flatten().any(|key| key.matches(given.expose())))
}

/// Takes the keys that are about the request out of its body. One that is no text where it must be is refused.
fn from_body(body: &mut Map<String, Json>, credentials: &mut Credentials) -> Result<(), Refusal> {
    let javascript_key = body.shift_remove("_JavaScriptKey");
    credentials.javascript_key = javascript_key
        .as_ref()
        .and_then(Json::as_str)
        .map(Secret::new);
    body.shift_remove("_ApplicationId");
    body.shift_remove("_ClientVersion");
    if let Some(id) = take_text(body, "_InstallationId")? {
        credentials.installation_id = Some(id);
    }
    if let Some(token) = take_text(body, "_SessionToken")? {
        credentials.session_token = Some(token);
    }
    if let Some(key) = take_text(body, "_MasterKey")? {
        credentials.master_key = Some(Secret::new(key));
    }
    if body.get("_context").is_some_and(is_truthy)
        && let Some(context) = body.shift_remove("_context")
        && !context.is_object()
        && !context.is_array()
    {
        check_context(context.as_str().unwrap_or_default())?;
    }
    take_text(body, "_ContentType")?;
    Ok(())
}

/// A value that says nothing (`0`, `""`, `null`) stays where it is.
fn take_text(body: &mut Map<String, Json>, name: &str) -> Result<Option<String>, Refusal> {
    if !body.get(name).is_some_and(is_truthy) {
        return Ok(None);
    }
    match body.shift_remove(name) {
        Some(Json::String(text)) => Ok(Some(text)),
        _ => Err(Refusal::unauthorized()),
    }
}

/// What is passed on to triggers has to be an object.
fn check_context(text: &str) -> Result<(), Refusal> {
    match serde_json::from_str::<Map<String, Json>>(text) {
        Ok(_) => Ok(()),
        Err(_) => {
            Err(ParseError::new(ErrorCode::INVALID_JSON, "Invalid object for context.").into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use actix_web::http::header::{HeaderName, HeaderValue};
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    fn settings() -> ParseSettings {
        let keys = [
            ("PARSE_SERVER_APPLICATION_ID", "app"),
            ("PARSE_SERVER_MASTER_KEY", "mk"),
        ];
        let keys = keys.map(|(name, value)| (name.to_owned(), value.to_owned()));
        config::load(None, keys.into()).unwrap().parse
    }

    fn read_both(headers: &[(&str, &str)], body: &Json) -> Result<(Credentials, Json), Refusal> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(
                HeaderName::try_from(*name).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        let mut body = body.as_object().unwrap().clone();
        Ok((read(&map, &mut body, &settings())?, Json::Object(body)))
    }

    #[test]
    fn the_body_counts_only_without_a_good_header() {
        let body = json!({"_ApplicationId": "app", "_SessionToken": "r:body", "a": 1});
        let (credentials, rest) = read_both(&[], &body).unwrap();
        assert_eq!(credentials.session_token.as_deref(), Some("r:body"));
        assert_eq!(rest, json!({"a": 1}));
        let (credentials, rest) = read_both(&[("x-parse-application-id", "app")], &body).unwrap();
        assert_eq!((credentials.session_token, rest), (None, body));
    }

    #[test]
    fn basic_authentication_carries_a_key() {
        for (text, has_key) in [
            ("app:javascript-key=js", true),
            ("app:a:b", false),
            ("dog:x", false),
        ] {
            let header = format!("Basic {}", STANDARD.encode(text));
            let headers = [
                ("authorization", header.as_str()),
                ("x-parse-application-id", "app"),
            ];
            let (credentials, _) = read_both(&headers, &json!({})).unwrap();
            assert_eq!(credentials.javascript_key.is_some(), has_key, "{text}");
            assert!(credentials.master_key.is_none(), "{text}");
        }
    }

    #[test]
    fn credentials_that_are_no_texts_are_refused() {
        for body in [
            json!({"_ApplicationId": {"$ne": 1}}),
            json!({"_ApplicationId": "app", "_MasterKey": {"$ne": 1}}),
            json!({"_ApplicationId": "app", "_SessionToken": ["x"]}),
            json!({"_ApplicationId": "app", "_InstallationId": 7}),
            json!({"_ApplicationId": "app", "_ContentType": {}}),
        ] {
            assert!(
                matches!(read_both(&[], &body), Err(Refusal::Unauthorized)),
                "{body}"
            );
        }
    }
}
