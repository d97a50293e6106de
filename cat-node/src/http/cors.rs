//! What browsers are told on every answer.

use actix_web::HttpResponseBuilder;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS,
};

use crate::config::ParseSettings;

const HEADERS: &str = "X-Parse-Master-Key, X-Parse-REST-API-Key, X-Parse-Javascript-Key, X-Parse-Application-Id, X-Parse-Client-Version, X-Parse-Session-Token, X-Requested-With, X-Parse-Revocable-Session, X-Parse-Request-Id, Content-Type, Pragma, Cache-Control";

/// Adds the headers. With several allowed origins the asking one is named when it is among them, else the first.
pub fn allow(settings: &ParseSettings, origin: Option<&str>, response: &mut HttpResponseBuilder) {
    let asking = origin.and_then(|origin| {
        settings
            .allow_origin
            .iter()
            .find(|allowed| *allowed == origin)
    });
    let allowed = asking
        .or(settings.allow_origin.first())
        .map_or("*", String::as_str);
    let mut headers = HEADERS.to_owned();
    for more in &settings.allow_headers {
        headers.push_str(", ");
        headers.push_str(more);
    }
    response
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, allowed))
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "GET,PUT,POST,DELETE,OPTIONS"))
        .insert_header((ACCESS_CONTROL_ALLOW_HEADERS, headers))
        .insert_header((
            ACCESS_CONTROL_EXPOSE_HEADERS,
            "X-Parse-Job-Status-Id, X-Parse-Push-Status-Id",
        ));
}
