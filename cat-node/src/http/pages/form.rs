//! What a form, or the query string of a link, says.

use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::web::{self, Payload};

use crate::http::answer::Refusal;

/// As Express bounds forms.
const MAX_FORM_BYTES: usize = 100 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";

/// Names and values.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn parse(encoded: &[u8]) -> Self {
        let text = String::from_utf8_lossy(encoded);
        let pairs = web::Query::<Vec<(String, String)>>::from_query(&text);
        Self(pairs.map(web::Query::into_inner).unwrap_or_default())
    }

    /// The form in a body; a body of another type says nothing.
    pub(super) async fn read(headers: &HeaderMap, payload: Payload) -> Result<Self, Refusal> {
        let kind = headers
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or("");
        if !kind.trim().eq_ignore_ascii_case(FORM) {
            return Ok(Self::default());
        }
        let refusal = |status, text: &str| Refusal::Plain {
            status,
            text: text.to_owned(),
        };
        let bytes = payload
            .to_bytes_limited(MAX_FORM_BYTES)
            .await
            .map_err(|_| refusal(413, "request entity too large"))?
            .map_err(|_| refusal(400, "the body could not be read"))?;
        Ok(Self::parse(&bytes))
    }

    /// The value of a name that is there once: one that comes several times is a list, which nothing here takes.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(known, _)| known == name);
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value.as_str())
    }

    /// One that is there and not empty.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.one(name).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_comes_twice_has_no_value() {
        let form = Form::parse(b"token=a&token=b&new_password=x%26y&t[$ne]=1");
        assert_eq!(form.one("token"), None);
        assert_eq!(form.given("new_password"), Some("x&y"));
        assert_eq!(form.one("t"), None);
    }
}
