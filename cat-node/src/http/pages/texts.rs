//! Texts by language from the operator's JSON file, and the operator's own placeholders.

use serde_json::{Map, Value as Json};

use super::OpenPagesError;
use crate::config::parse::pages::Pages as Settings;
use crate::domain::page::{Locale, PageParams};
use crate::domain::placeholders::{Escape, fill};

const MAX_DEPTH: usize = 8;

/// `{"en": {"translation": {"title": "Hello"}}}`, as i18next has it.
#[derive(Debug)]
pub(super) struct Texts {
    by_language: Map<String, Json>,
    fallback: String,
    placeholders: Map<String, Json>,
}

impl Texts {
    pub(super) fn open(settings: &Settings) -> Result<Self, OpenPagesError> {
        let by_language = match &settings.localization_json_path {
            Some(path) if settings.enable_localization => read(path)?,
            _ => Map::new(),
        };
        let placeholders = settings.placeholders.iter();
        Ok(Self {
            by_language,
            fallback: settings.localization_fallback_locale.clone(),
            placeholders: placeholders
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        })
    }

    /// All that placeholders of a page stand for; the texts of the language are the strongest.
    pub(super) fn values(&self, locale: Option<&Locale>, params: &PageParams) -> Map<String, Json> {
        let mut values = params.to_values();
        let mut texts = self.of(locale);
        fill_in(&mut texts, &params.to_values(), MAX_DEPTH);
        values.extend(self.placeholders.clone());
        if let Json::Object(texts) = texts {
            values.extend(texts);
        }
        values
    }

    fn of(&self, locale: Option<&Locale>) -> Json {
        let texts = |name: &str| self.by_language.get(name);
        let (exact, language) = match locale {
            Some(locale) => (locale.as_str(), locale.language()),
            None => (
                self.fallback.as_str(),
                self.fallback.split('-').next().unwrap_or_default(),
            ),
        };
        let found = texts(exact).or_else(|| texts(language));
        let found = found.or_else(|| texts(&self.fallback));
        let translation = found.and_then(|found| found.get("translation"));
        translation.cloned().unwrap_or(Json::Null)
    }
}

/// Texts may have placeholders of their own; what they stand for is escaped when the page is filled.
fn fill_in(texts: &mut Json, values: &Map<String, Json>, depth: usize) {
    match texts {
        Json::String(text) => *text = fill(text, values, Escape::Nothing),
        Json::Object(map) if depth > 0 => {
            map.values_mut()
                .for_each(|text| fill_in(text, values, depth - 1));
        }
        _ => {}
    }
}

fn read(path: &str) -> Result<Map<String, Json>, OpenPagesError> {
    let unusable = |cause| OpenPagesError {
        setting: "localization_json_path",
        path: path.to_owned(),
        cause,
    };
    let text = std::fs::read(path).map_err(unusable)?;
    serde_json::from_slice(&text).map_err(|error| unusable(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_nearest_language_counts() {
        let by_language = json!({
            "en": {"translation": {"hello": "Hello {{appName}}"}},
            "de": {"translation": {"hello": "Hallo"}},
            "de-AT": {"translation": {"hello": "Servus"}},
        });
        let texts = Texts {
            by_language: by_language.as_object().unwrap().clone(),
            fallback: "en".to_owned(),
            placeholders: Map::from_iter([("more".to_owned(), json!("x"))]),
        };
        let params = PageParams::default().with("appName", Some("<Cats>"));
        let hello = |locale: &str| {
            let values = texts.values(Locale::parse(locale).as_ref(), &params);
            assert_eq!(values["more"], "x");
            values["hello"].clone()
        };
        assert_eq!(hello("de-AT"), "Servus");
        assert_eq!(hello("de-CH"), "Hallo");
        assert_eq!(hello("fr"), "Hello <Cats>");
        assert_eq!(hello(""), "Hello <Cats>");
    }
}
