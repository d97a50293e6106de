//! Which `_Installation` a body is about. A device names itself by `installationId`, by `deviceToken` or by the object's
//! id; what it says may be about an installation that exists, and may show that others are out of date.

use serde_json::{Map, Value as Json};

use super::error::{ErrorCode, ParseError};
use super::names::{FieldPath, ObjectId};
use super::object::ParseObject;
use super::query::Filter;

/// Device tokens of this length are Apple's, in hex digits of either case.
const APPLE_TOKEN_CHARS: usize = 64;
/// The code of a field that may not change; the SDKs have no name for it.
const CHANGED_FIELD: ErrorCode = ErrorCode(136);
/// The code of a device that says too little of itself; the SDKs have no name for it.
const AMBIGUOUS: ErrorCode = ErrorCode(132);

/// What a body says of the device that it comes from. `null` and the empty text say nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// The object that is to be changed, when the request names one.
    pub target: Option<ObjectId>,
    /// As the body says.
    stated_id: Option<String>,
    /// As the body says, or else the request.
    installation_id: Option<String>,
    token: Option<String>,
    kind: Option<String>,
    app: Option<String>,
    /// An object id in the body.
    object_id: Option<String>,
}

/// Which installation is written, and which others are out of date.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// `None`: a new one.
    pub write: Option<ObjectId>,
    pub outdated: Vec<ParseObject>,
    /// The field that makes them outdated.
    pub shared_field: &'static str,
}

/// Of two objects that are one installation, which one stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergePriority {
    DeviceToken,
    InstallationId,
}

impl Device {
    /// Reads a body, and writes ids and tokens in it the way they are stored.
    pub fn read(
        body: &mut Map<String, Json>,
        target: Option<&ObjectId>,
        installation_of_request: Option<&str>,
        is_master: bool,
    ) -> Result<Self, ParseError> {
        change_text(body, "deviceToken", |token| {
            if token.len() == APPLE_TOKEN_CHARS {
                token.to_lowercase()
            } else {
                token.to_owned()
            }
        })?;
        change_text(body, "installationId", str::to_lowercase)?;
        let text = |name: &str| said(body, name);
        let stated_id = text("installationId");
        let token = text("deviceToken");
        if target.is_none()
            && stated_id.is_none()
            && token.is_none()
            && installation_of_request.is_none()
            && !is_master
        {
            return Err(missing(
                "at least one ID field (deviceToken, installationId)",
            ));
        }
        let of_request = installation_of_request.filter(|_| !is_master);
        Ok(Self {
            target: target.cloned(),
            installation_id: stated_id.clone().or(of_request.map(str::to_lowercase)),
            stated_id,
            token,
            kind: text("deviceType"),
            app: text("appIdentifier"),
            object_id: text("objectId"),
        })
    }

    /// The installations that the statement may be about; `None` when it only changes fields of the one that it names.
    pub fn candidates(&self) -> Option<Filter> {
        let is_identity =
            self.token.is_some() || self.installation_id.is_some() || self.kind.is_some();
        if self.target.is_some() && !is_identity {
            return None;
        }
        let by_id = self.target.as_ref().map(Filter::id);
        let equal = |field: &'static str, value: &Option<String>| {
            let value = value.clone()?;
            Some(Filter::equal(FieldPath::internal(field), value))
        };
        let any: Vec<Filter> = [
            by_id,
            equal("installationId", &self.installation_id),
            equal("deviceToken", &self.token),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!any.is_empty()).then_some(Filter::Or(any))
    }

    /// Decides, knowing the candidates.
    pub fn plan(
        &self,
        candidates: &[ParseObject],
        priority: MergePriority,
    ) -> Result<Plan, ParseError> {
        let own = self.target.as_ref().map(|id| {
            let found = candidates.iter().find(|object| object.id == *id);
            found.ok_or_else(|| {
                ParseError::new(ErrorCode::OBJECT_NOT_FOUND, "Object not found for update.")
            })
        });
        let own = own.transpose()?;
        if let Some(own) = own {
            self.check_unchanged(own)?;
        }
        let same_id = candidates.iter().rfind(|object| {
            self.installation_id.is_some()
                && text_of(object, "installationId") == self.installation_id.as_deref()
        });
        let same_token: Vec<&ParseObject> = candidates
            .iter()
            .filter(|object| text_of(object, "deviceToken") == self.token.as_deref())
            .collect();
        match same_id.or(own) {
            Some(known) => Ok(self.plan_for_known(known, &same_token, priority)),
            None if self.kind.is_none() => Err(missing("deviceType")),
            None => self.plan_for_unknown(&same_token),
        }
    }

    fn check_unchanged(&self, own: &ParseObject) -> Result<(), ParseError> {
        let differs = |field: &str, stated: &Option<String>| {
            let known = text_of(own, field);
            stated.is_some() && known.is_some() && known != stated.as_deref()
        };
        let has_no_id = self.stated_id.is_none() && text_of(own, "installationId").is_none();
        let changed = if differs("installationId", &self.stated_id) {
            "installationId"
        } else if differs("deviceToken", &self.token) && has_no_id {
            "deviceToken"
        } else if self.kind.is_some() && text_of(own, "deviceType") != self.kind.as_deref() {
            "deviceType"
        } else {
            return Ok(());
        };
        let text = format!("{changed} may not be changed in this operation");
        Err(ParseError::new(CHANGED_FIELD, text))
    }

    fn plan_for_unknown(&self, same_token: &[&ParseObject]) -> Result<Plan, ParseError> {
        match same_token {
            [] => Ok(Plan::alone(None)),
            [one] if text_of(one, "installationId").is_none() || self.installation_id.is_none() => {
                Ok(Plan::alone(Some(one)))
            }
            _ if self.stated_id.is_none() => Err(ParseError::new(
                AMBIGUOUS,
                "Must specify installationId when deviceToken matches multiple Installation objects",
            )),
            many => Ok(Plan {
                outdated: self.of_this_app(many.iter().copied()),
                ..Plan::alone(None)
            }),
        }
    }

    fn plan_for_known(
        &self,
        known: &ParseObject,
        same_token: &[&ParseObject],
        priority: MergePriority,
    ) -> Plan {
        match same_token {
            [one] if text_of(one, "installationId").is_none() => merge(known, one, priority),
            _ if self.token.is_none() || text_of(known, "deviceToken") == self.token.as_deref() => {
                Plan::alone(Some(known))
            }
            many => {
                let is_other = |object: &ParseObject| match &self.stated_id {
                    Some(id) => text_of(object, "installationId") != Some(id),
                    // Without an id of its own the statement says of no other that it is outdated.
                    None => {
                        self.object_id.as_deref() == Some(known.id.as_str())
                            && object.id != known.id
                    }
                };
                let others = many.iter().copied().filter(|object| is_other(object));
                Plan {
                    outdated: self.of_this_app(others),
                    ..Plan::alone(Some(known))
                }
            }
        }
    }

    fn of_this_app<'a>(&self, objects: impl Iterator<Item = &'a ParseObject>) -> Vec<ParseObject> {
        let is_of_app = |object: &&ParseObject| {
            self.app.is_none() || text_of(object, "appIdentifier") == self.app.as_deref()
        };
        objects.filter(is_of_app).cloned().collect()
    }
}

impl Plan {
    fn alone(write: Option<&ParseObject>) -> Self {
        Self {
            write: write.map(|object| object.id.clone()),
            outdated: Vec::new(),
            shared_field: "deviceToken",
        }
    }
}

/// One installation is known by its id and, in another object, by its device token.
fn merge(by_id: &ParseObject, by_token: &ParseObject, priority: MergePriority) -> Plan {
    if by_id.id == by_token.id {
        return Plan::alone(Some(by_id));
    }
    let (stays, goes, shared_field) = match priority {
        MergePriority::DeviceToken => (by_token, by_id, "installationId"),
        MergePriority::InstallationId => (by_id, by_token, "deviceToken"),
    };
    Plan {
        write: Some(stays.id.clone()),
        outdated: vec![goes.clone()],
        shared_field,
    }
}

fn text_of<'a>(object: &'a ParseObject, field: &str) -> Option<&'a str> {
    object.text(field).filter(|text| !text.is_empty())
}

fn missing(what: &str) -> ParseError {
    let text = format!("{what} must be specified in this operation");
    ParseError::new(ErrorCode::CLASS_NAME_MISSING, text)
}

/// What is said of a field. What is no text equals no stored one, and the class will refuse it.
fn said(body: &Map<String, Json>, field: &str) -> Option<String> {
    match body.get(field)? {
        Json::Null => None,
        Json::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    }
}

fn change_text(
    body: &mut Map<String, Json>,
    field: &str,
    change: impl Fn(&str) -> String,
) -> Result<(), ParseError> {
    match body.get_mut(field) {
        Some(Json::String(text)) => *text = change(text),
        Some(Json::Object(_)) => {
            let text = "You cannot use [object Object] as a query parameter.";
            return Err(ParseError::new(ErrorCode::INVALID_JSON, text));
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests;
