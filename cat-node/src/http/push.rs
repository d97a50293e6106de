//! `/push`: no push service is set up, so there is nothing that could be sent. The answers are those of a parse-server
//! without `push`.

use super::answer::{Answer, Refusal};
use super::request::ApiRequest;
use crate::caller::Caller;
use crate::domain::error::{ErrorCode, ParseError};

pub fn send(caller: &Caller, request: &ApiRequest) -> Result<Answer, Refusal> {
    caller.check_may_write()?;
    let has = |name: &str| request.body.get(name).is_some_and(|value| !value.is_null());
    let text = match (has("where"), has("channels")) {
        (true, true) => "Channels and query can not be set at the same time.",
        (false, false) => "Sending a push requires either \"channels\" or a \"where\" query.",
        _ => "Missing push configuration",
    };
    Err(ParseError::new(ErrorCode::PUSH_MISCONFIGURED, text).into())
}
