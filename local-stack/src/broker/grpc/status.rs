//! Refusals as gRPC statuses, with the details that the official clients look for.

use crate::broker::domain::refusal::Refusal;
use prost::Message;
use std::collections::HashMap;
use tonic::{Code, Status};

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, prost::Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

/// `google.rpc.ErrorInfo`.
#[derive(Clone, PartialEq, prost::Message)]
struct ErrorInfo {
    #[prost(string, tag = "1")]
    reason: String,
    #[prost(string, tag = "2")]
    domain: String,
    #[prost(map = "string, string", tag = "3")]
    metadata: HashMap<String, String>,
}

/// What official clients look for in the metadata of a failed acknowledgement id.
pub(in crate::broker) const INVALID_ACK_ID: &str = "PERMANENT_FAILURE_INVALID_ACK_ID";
/// The reason of that `ErrorInfo`, and who says it.
pub(in crate::broker) const ERROR_INFO: (&str, &str) =
    ("EXACTLY_ONCE_ACKID_FAILURE", "pubsub.googleapis.com");

pub(in crate::broker) fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::InvalidArgument(_) => Code::InvalidArgument,
        Refusal::NotFound(_) => Code::NotFound,
        Refusal::AlreadyExists(_) => Code::AlreadyExists,
        Refusal::FailedPrecondition(_) | Refusal::InvalidAckIds(_) => Code::FailedPrecondition,
        Refusal::ResourceExhausted(_) => Code::ResourceExhausted,
        Refusal::Unimplemented(_) => Code::Unimplemented,
        Refusal::Unavailable(_) => Code::Unavailable,
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let code = code(&refusal);
        let message = refusal.to_string();
        let Refusal::InvalidAckIds(ack_ids) = refusal else {
            return Self::new(code, message);
        };
        let (reason, domain) = ERROR_INFO;
        let info = ErrorInfo {
            reason: reason.to_owned(),
            domain: domain.to_owned(),
            metadata: ack_ids
                .into_iter()
                .map(|id| (id, INVALID_ACK_ID.to_owned()))
                .collect(),
        };
        let detail = prost_types::Any {
            type_url: "type.googleapis.com/google.rpc.ErrorInfo".to_owned(),
            value: info.encode_to_vec(),
        };
        let status = RpcStatus {
            code: code.into(),
            message: message.clone(),
            details: vec![detail],
        };
        Self::with_details(code, message, status.encode_to_vec().into())
    }
}
