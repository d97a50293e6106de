//! What an answer is known by, so that a client that has it already is told just that (RFC 9110, weak comparison).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH,
};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The digest is 20 bytes: 27 characters and a filler.
const DIGEST_CHARS: usize = 27;

/// Express's form, so that what proxies and clients have cached outlives a change of servers: length and SHA-1. It is
/// no secret and no proof.
pub fn of(body: &[u8]) -> HeaderValue {
    let digest = STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, body));
    let text = format!("W/\"{:x}-{}\"", body.len(), &digest[..DIGEST_CHARS]);
    HeaderValue::from_str(&text).expect("hexadecimal digits and Base64 stand in a header")
}

/// The answer, or that nothing has changed. `method` is what the request really asks for.
pub fn or_not_modified(
    method: &str,
    request: &HeaderMap,
    mut response: HttpResponse,
) -> HttpResponse {
    let known = response.headers().get(ETAG);
    let unchanged = known.is_some_and(|etag| is_known(request, etag));
    if !(method == "GET" && response.status().is_success() && unchanged) {
        return response;
    }
    response.headers_mut().remove(CONTENT_TYPE);
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response.drop_body().map_into_boxed_body()
}

/// Whether the client names what it would get. One that asks for no cache wants it all the same.
fn is_known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let Some(named) = text(headers, IF_NONE_MATCH) else {
        return false;
    };
    let wants_it = text(headers, CACHE_CONTROL).is_some_and(|text| {
        let mut directives = text.split(',').map(str::trim);
        directives.any(|directive| directive.eq_ignore_ascii_case("no-cache"))
    });
    let strong = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    let etag = etag.to_str().map(strong).unwrap_or_default();
    let mut names = named.split(',').map(str::trim);
    !wants_it && (named.trim() == "*" || names.any(|name| strong(name) == etag))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knows(headers: &[(HeaderName, &'static str)]) -> bool {
        let headers = headers.iter().cloned();
        let headers: HeaderMap = headers
            .map(|(name, value)| (name, HeaderValue::from_static(value)))
            .collect();
        is_known(&headers, &of(b"{}"))
    }

    #[test]
    fn a_body_is_known_by_its_length_and_digest() {
        assert_eq!(of(b"{}"), "W/\"2-vyGp6PvFo4RvsFtPoIWeCReyIC8\"");
        assert_ne!(of(b"{} "), of(b" {}"));
    }

    #[test]
    fn a_client_names_what_it_has() {
        let name = "W/\"2-vyGp6PvFo4RvsFtPoIWeCReyIC8\"";
        assert!(knows(&[(IF_NONE_MATCH, name)]));
        assert!(knows(&[(
            IF_NONE_MATCH,
            "\"2-vyGp6PvFo4RvsFtPoIWeCReyIC8\""
        )]));
        assert!(knows(&[(
            IF_NONE_MATCH,
            "\"x\", W/\"2-vyGp6PvFo4RvsFtPoIWeCReyIC8\""
        )]));
        assert!(knows(&[(IF_NONE_MATCH, "*")]));
        assert!(!knows(&[(IF_NONE_MATCH, "\"x\"")]));
        assert!(!knows(&[]));
    }

    #[test]
    fn whoever_wants_no_cache_gets_it_all() {
        let no_cache = (CACHE_CONTROL, "max-age=0, no-cache");
        assert!(!knows(&[(IF_NONE_MATCH, "*"), no_cache]));
    }
}
