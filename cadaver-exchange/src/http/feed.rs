//! The handshake of the live feed.

use crate::feed::{Connection, Feed};
use actix_web::{
    HttpRequest, HttpResponse,
    http::StatusCode,
    web::{Data, Payload},
};
use service_chassis::http::Problem;

/// The largest message that a client may send, in bytes.
const MAX_MESSAGE_BYTES: usize = 4 * 1024;

/// The live feed, a WebSocket: books, orders and trades as they change. Its protocol is described in `docs/market-data.md`.
#[utoipa::path(
    get, path = "/v1/feed", tag = "market",
    responses(
        (status = 101, description = "The protocol is switched to WebSocket"),
        (status = 400, description = "`not-a-websocket`", body = Problem),
        (status = 503, description = "`stand-by`, `too-many-connections`", body = Problem),
    )
)]
pub(super) async fn open(
    request: HttpRequest,
    body: Payload,
    feed: Data<Feed>,
) -> Result<HttpResponse, Problem> {
    if !feed.is_trading() {
        return Err(super::outage::stopped(crate::engine::NotTrading::StandBy));
    }
    let admission = feed.admit().ok_or_else(|| {
        let detail = "as many connections are open as this exchange serves";
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too-many-connections",
            detail,
        )
        .with_retry_after(5)
    })?;
    let (response, session, messages) = actix_ws::handle(&request, body)
        .map_err(|error| Problem::bad_request("not-a-websocket", error.to_string()))?;
    let connection = Connection::new(feed, session, admission);
    actix_web::rt::spawn(connection.run(messages.max_frame_size(MAX_MESSAGE_BYTES)));
    Ok(response)
}
