//! The protocol's own error: a number and a text. Both are API: SDKs and apps match on them.

/// The error numbers of the Parse protocol that cat-node answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCode(pub i32);

macro_rules! codes {
    ($($name:ident = $number:literal),+ $(,)?) => {
        impl ErrorCode { $(pub const $name: Self = Self($number);)+ }
    };
}

codes! {
    OTHER_CAUSE = -1,
    INTERNAL_SERVER_ERROR = 1,
    CONNECTION_FAILED = 100,
    OBJECT_NOT_FOUND = 101,
    INVALID_QUERY = 102,
    INVALID_CLASS_NAME = 103,
    MISSING_OBJECT_ID = 104,
    INVALID_KEY_NAME = 105,
    INVALID_POINTER = 106,
    INVALID_JSON = 107,
    COMMAND_UNAVAILABLE = 108,
    INCORRECT_TYPE = 111,
    PUSH_MISCONFIGURED = 115,
    OBJECT_TOO_LARGE = 116,
    OPERATION_FORBIDDEN = 119,
    INVALID_NESTED_KEY = 121,
    INVALID_FILE_NAME = 122,
    INVALID_ACL = 123,
    INVALID_EMAIL_ADDRESS = 125,
    CLASS_NAME_MISSING = 135,
    FILE_SAVE_ERROR = 130,
    DUPLICATE_VALUE = 137,
    INVALID_ROLE_NAME = 139,
    SCRIPT_FAILED = 141,
    VALIDATION_ERROR = 142,
    FILE_DELETE_ERROR = 153,
    INVALID_VALUE = 162,
    DUPLICATE_REQUEST = 159,
    USERNAME_MISSING = 200,
    PASSWORD_MISSING = 201,
    USERNAME_TAKEN = 202,
    EMAIL_TAKEN = 203,
    EMAIL_MISSING = 204,
    EMAIL_NOT_FOUND = 205,
    SESSION_MISSING = 206,
    ACCOUNT_ALREADY_LINKED = 208,
    INVALID_SESSION_TOKEN = 209,
    UNSUPPORTED_SERVICE = 252,
    INVALID_SCHEMA_OPERATION = 255,
}

/// A refusal in the protocol's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (Parse error {})", code.0)]
pub struct ParseError {
    pub code: ErrorCode,
    pub message: String,
    /// What is said in place of the message when refusals may say why (`enable_sanitized_error_response` off).
    pub detail: Option<String>,
}

impl ParseError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            detail: None,
        }
    }

    /// A refusal that says why only where that is allowed.
    pub fn denied(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            message: "Permission denied".to_owned(),
            detail: Some(detail.into()),
        }
    }

    /// `denied` for what this caller may not do.
    pub fn forbidden(reason: impl Into<String>) -> Self {
        Self::denied(ErrorCode::OPERATION_FORBIDDEN, reason)
    }

    /// What a reader is told of an object that is absent or hidden: the two look alike.
    pub fn object_not_found() -> Self {
        Self::new(ErrorCode::OBJECT_NOT_FOUND, "Object not found.")
    }

    /// A refusal that does not say why (parse-server's sanitised form).
    pub fn permission_denied() -> Self {
        Self::new(ErrorCode::OPERATION_FORBIDDEN, "Permission denied")
    }
}
