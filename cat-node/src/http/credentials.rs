//! Reads who asks: from headers, from basic authentication, or from the body (the JavaScript SDK posts everything as
//! text/plain to spare browsers a question). The body counts only when the headers do not name this application.

use actix_web::http::header::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};
use service_chassis::secret::Secret;

use super::answer::Refusal;
use crate::use_cases::authenticate::Credentials;

/// Keys of a body that are about the request, not in it.
const ENVELOPE: &[&str] = &[
    "_ApplicationId",
    "_JavaScriptKey",
    "_ClientVersion",
    "_InstallationId",
    "_SessionToken",
    "_MasterKey",
    "_context",
    "_ContentType",
    "_RevocableSession",
    "_noBody",
    "_method",
];

/// Takes the credentials out of a request.
pub fn read(
    headers: &HeaderMap,
    body: &mut Map<String, Json>,
    application_id: &str,
) -> Result<Credentials, Refusal> {
    let mut credentials = from_headers(headers);
    if credentials.application_id.is_none() {
        from_basic(headers, &mut credentials);
    }
    if credentials.application_id.as_deref() != Some(application_id)
        && body.contains_key("_ApplicationId")
    {
        credentials = from_body(body)?;
    }
    for key in ENVELOPE {
        body.shift_remove(*key);
    }
    Ok(credentials)
}

fn from_headers(headers: &HeaderMap) -> Credentials {
    let text = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let secret = |name: &str| text(name).map(Secret::new);
    Credentials {
        application_id: text("x-parse-application-id"),
        master_key: secret("x-parse-master-key"),
        client_key: secret("x-parse-client-key"),
        javascript_key: secret("x-parse-javascript-key"),
        rest_api_key: secret("x-parse-rest-api-key"),
        dot_net_key: secret("x-parse-windows-key"),
        session_token: text("x-parse-session-token"),
        installation_id: text("x-parse-installation-id"),
    }
}

/// `appId:masterKey` or `appId:javascript-key=KEY`.
fn from_basic(headers: &HeaderMap, credentials: &mut Credentials) {
    let header = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let encoded = header
        .and_then(|header| header.split_once(' '))
        .filter(|(kind, _)| kind.eq_ignore_ascii_case("basic"));
    let decoded = encoded.and_then(|(_, encoded)| STANDARD.decode(encoded.trim()).ok());
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let Some((application_id, key)) = decoded.as_deref().and_then(|text| text.split_once(':'))
    else {
        return;
    };
    credentials.application_id = Some(application_id.to_owned());
    match key.strip_prefix("javascript-key=") {
        Some(key) => credentials.javascript_key = Some(Secret::new(key)),
        None if !key.is_empty() => credentials.master_key = Some(Secret::new(key)),
        None => {}
    }
}

fn from_body(body: &Map<String, Json>) -> Result<Credentials, Refusal> {
    let text = |name: &str| match body.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(Refusal::unauthorized()),
    };
    Ok(Credentials {
        application_id: text("_ApplicationId")?,
        master_key: text("_MasterKey")?.map(Secret::new),
        javascript_key: text("_JavaScriptKey")?.map(Secret::new),
        session_token: text("_SessionToken")?,
        installation_id: text("_InstallationId")?,
        ..Credentials::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
    use serde_json::json;

    fn read_both(
        headers: &[(&str, &str)],
        body: &Json,
    ) -> Result<(Credentials, Map<String, Json>), Refusal> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(
                HeaderName::try_from(*name).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        let mut body = body.as_object().unwrap().clone();
        Ok((read(&map, &mut body, "app")?, body))
    }

    #[test]
    fn the_body_counts_only_without_a_good_header() {
        let body = json!({"_ApplicationId": "app", "_SessionToken": "r:body", "a": 1});
        let (credentials, rest) = read_both(&[], &body).unwrap();
        assert_eq!(credentials.session_token.as_deref(), Some("r:body"));
        assert_eq!(Json::Object(rest), json!({"a": 1}));
        let (credentials, _) = read_both(&[("x-parse-application-id", "app")], &body).unwrap();
        assert_eq!(credentials.session_token, None);
    }

    #[test]
    fn basic_authentication_carries_a_key() {
        let header = format!("Basic {}", STANDARD.encode("app:javascript-key=js"));
        let (credentials, _) = read_both(&[(AUTHORIZATION.as_str(), &header)], &json!({})).unwrap();
        assert!(
            credentials.javascript_key.unwrap().matches("js") && credentials.master_key.is_none()
        );
    }

    #[test]
    fn credentials_that_are_no_texts_are_refused() {
        assert!(read_both(&[], &json!({"_ApplicationId": {"$ne": 1}})).is_err());
    }
}
