//! parse-server's options under its own names: the JSON file that `parse-server FILE` takes, and the environment. They
//! become a layer of settings; an option that cannot be honoured is refused by its name, for an option that has no effect
//! is worse than an error.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

mod kind;
mod layer;
mod options;
mod refusal;

use options::{Entry, Options, Standing};
pub use refusal::ParseServerOptionError;

/// What every parse-server option's environment name starts with, but for a few.
const PREFIXES: [&str; 2] = ["PARSE_SERVER_", "PARSE_LIVE_QUERY_SERVER_"];

/// The settings that a document of parse-server's options and an environment make; the environment is the stronger.
pub(super) fn settings(
    document: Option<&Json>,
    environment: &HashMap<String, String>,
) -> Result<Map<String, Json>, ParseServerOptionError> {
    let options = Options::all();
    let mut settings = Map::new();
    if let Some(document) = document {
        for (name, value) in app_of(document)? {
            let entry = options
                .by_option(name)
                .ok_or_else(|| ParseServerOptionError::UnknownOption(name.clone()))?;
            set(&options, &mut settings, entry, value)?;
        }
    }
    let mut names: Vec<_> = environment
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .collect();
    // A group comes before its members, which are stronger, as its name is the shorter.
    names.sort();
    for (name, text) in names {
        match options.by_environment_name(name) {
            Some(entry) => set(&options, &mut settings, entry, &Json::String(text.clone()))?,
            None if PREFIXES.iter().any(|prefix| name.starts_with(prefix)) => {
                return Err(ParseServerOptionError::UnknownName(name.clone()));
            }
            None => {}
        }
    }
    layer::wrap_lone_item(&mut settings, &["parse", "rate_limit"]);
    Ok(settings)
}

/// The options themselves, or those of the only app in `apps`.
fn app_of(document: &Json) -> Result<&Map<String, Json>, ParseServerOptionError> {
    let app = match document.get("apps") {
        None => document,
        Some(Json::Array(apps)) if apps.len() == 1 => &apps[0],
        Some(Json::Array(apps)) if apps.len() > 1 => {
            return Err(ParseServerOptionError::SeveralApps);
        }
        Some(_) => return Err(ParseServerOptionError::NoObject),
    };
    app.as_object().ok_or(ParseServerOptionError::NoObject)
}

/// Sets one option, with all that is in it when it is a group.
fn set(
    options: &Options,
    settings: &mut Map<String, Json>,
    entry: &Entry,
    value: &Json,
) -> Result<(), ParseServerOptionError> {
    if value.is_null() {
        return Ok(());
    }
    let value = entry.kind.read(value);
    let value = value.map_err(|expected| ParseServerOptionError::WrongKind {
        option: entry.option.to_owned(),
        expected,
    })?;
    match &entry.standing {
        Standing::Setting(path) => layer::put(settings, path, value),
        Standing::Refused { reason, accepted } => {
            if accepted.as_ref() != Some(&value) {
                return Err(ParseServerOptionError::NotHonoured {
                    option: entry.option.to_owned(),
                    reason: *reason,
                });
            }
        }
        Standing::Group(path) => match value {
            Json::Array(items) => {
                let list = list_of(options, entry.option, path, &items)?;
                layer::put(settings, path, list);
            }
            value => {
                layer::start_group(settings, path);
                set_members(options, settings, entry.option, &value)?;
            }
        },
    }
    Ok(())
}

fn set_members(
    options: &Options,
    settings: &mut Map<String, Json>,
    group: &str,
    value: &Json,
) -> Result<(), ParseServerOptionError> {
    for (name, member) in value.as_object().into_iter().flatten() {
        let unknown = || ParseServerOptionError::UnknownMember {
            group: group.to_owned(),
            name: name.clone(),
        };
        let entry = options
            .by_option(&format!("{group}.{name}"))
            .ok_or_else(unknown)?;
        set(options, settings, entry, member)?;
    }
    Ok(())
}

/// A list of groups: each becomes an object of its own.
fn list_of(
    options: &Options,
    option: &str,
    path: &[&str],
    items: &[Json],
) -> Result<Json, ParseServerOptionError> {
    let each = items.iter().map(|item| {
        let mut one = Map::new();
        layer::start_group(&mut one, path);
        set_members(options, &mut one, &format!("{option}[]"), item)?;
        Ok(layer::take(&mut one, path).unwrap_or_default())
    });
    each.collect::<Result<Vec<_>, _>>().map(Json::Array)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(document: &Json, environment: &[(&str, &str)]) -> Result<Json, String> {
        let environment = environment
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect();
        settings(Some(document), &environment)
            .map(Json::Object)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn options_become_settings_and_the_environment_is_stronger() {
        let document = json!({"apps": [{"appId": "a", "maxUploadSize": "1mb", "allowOrigin": "x,y",
            "passwordPolicy": {"maxPasswordAge": 3, "doNotAllowUsername": true},
            "rateLimit": [{"requestPath": "/x", "requestCount": 1}], "protectedFields": {"_User": {"*": ["a.b"]}}}]});
        let environment = [
            ("PARSE_SERVER_PASSWORD_POLICY", r#"{"maxPasswordAge": 4}"#),
            ("PARSE_SERVER_PASSWORD_POLICY_MAX_PASSWORD_HISTORY", "5"),
            ("PORT", "99"),
            ("HOME", "/root"),
        ];
        assert_eq!(
            of(&document, &environment).unwrap(),
            json!({"http": {"port": 99, "max_body_bytes": 1_048_576}, "parse": {"application_id": "a",
                "allow_origin": ["x", "y"], "protected_fields": {"_User": {"*": ["a.b"]}},
                "rate_limit": [{"request_path": "/x", "request_count": 1}],
                "password_policy": {"max_password_age": 4, "do_not_allow_username": true, "max_password_history": 5}}})
        );
    }

    #[test]
    fn one_rate_limit_may_come_without_its_list() {
        let single = json!({"rateLimit": {"requestPath": "/x"}});
        assert_eq!(
            of(&single, &[]).unwrap(),
            json!({"parse": {"rate_limit": [{"request_path": "/x"}]}})
        );
        let apart = [
            ("PARSE_SERVER_RATE_LIMIT_REQUEST_PATH", "/x"),
            ("PARSE_SERVER_RATE_LIMIT_REQUEST_COUNT", "2"),
        ];
        assert_eq!(
            of(&json!({}), &apart).unwrap(),
            json!({"parse": {"rate_limit": [{"request_path": "/x", "request_count": 2}]}})
        );
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_by_name() {
        for (document, named) in [
            (json!({"cloud": "main.js"}), "cloud"),
            (json!({"mountGraphQL": true}), "mountGraphQL"),
            (
                json!({"liveQuery": {"classNames": ["Game"]}}),
                "liveQuery.classNames",
            ),
            (
                json!({"liveQuery": {"classNames": "Game"}}),
                "liveQuery.classNames",
            ),
            (json!({"push": {"ios": {}}}), "push"),
            (json!({"nope": 1}), "unknown option nope"),
            (
                json!({"requestComplexity": {"nope": 1}}),
                "requestComplexity contains unknown property 'nope'",
            ),
            (
                json!({"rateLimit": [{"redisUrl": "redis://x"}]}),
                "rateLimit[].redisUrl",
            ),
            (json!({"apps": [{}, {}]}), "Multiple apps are not supported"),
            (json!({"sessionLength": "long"}), "sessionLength"),
        ] {
            let error = of(&document, &[]).unwrap_err();
            assert!(error.contains(named), "{document}: {error}");
        }
        assert!(
            of(
                &json!({"mountGraphQL": false, "liveQuery": {"classNames": []}, "cloud": null}),
                &[]
            )
            .is_ok()
        );
        for name in [
            "PARSE_SERVER_NOSUCHTHING",
            "PARSE_SERVER_CLOUD",
            "PARSE_LIVE_QUERY_SERVER_NOPE",
        ] {
            assert!(of(&json!({}), &[(name, "x")]).is_err(), "{name}");
        }
    }
}
