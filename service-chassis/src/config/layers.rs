//! Reads the layers and says what is wrong with them.

use super::WELL_KNOWN;
use config::{Config, Environment, File, FileFormat, Source, Value, ValueKind};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Settings that a service cannot start with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there or is not TOML.
    #[error("the settings file {} cannot be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: config::ConfigError,
    },
    /// A setting is unknown, missing or of the wrong kind.
    #[error(
        "wrong settings: {source}. Settings come from --config FILE and from environment names such as {example}; config.default.toml lists them all"
    )]
    Invalid {
        /// What is wrong.
        source: config::ConfigError,
        /// A name with the service's prefix, for orientation.
        example: String,
    },
}

/// Where a service's settings come from, weakest first.
#[derive(Debug, Clone)]
pub struct Layers<'a> {
    /// The text of `config.default.toml`.
    pub defaults: &'a str,
    /// The file that `--config` names.
    pub file: Option<&'a Path>,
    /// The service's prefix, for example `MOUSE_TRAP`: `MOUSE_TRAP__HTTP__PORT` sets `http.port`.
    pub prefix: &'a str,
    /// The environment; a process gives its own, a test makes one.
    pub environment: HashMap<String, String>,
    /// Environment names without the prefix, and the settings they are for, besides [`WELL_KNOWN`].
    pub aliases: &'a [(&'a str, &'a str)],
}

impl Layers<'_> {
    /// Reads and checks the settings.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting.
    pub fn load<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        self.load_with(&Overlays::default())
    }

    /// As [`Layers::load`], with layers that a service made itself.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting.
    pub fn load_with<T: DeserializeOwned>(&self, overlays: &Overlays) -> Result<T, ConfigError> {
        let mut builder = Config::builder()
            .add_source(File::from_str(self.defaults, FileFormat::Toml))
            .add_source(JsonLayer(overlays.over_defaults.clone()));
        if let Some(path) = self.file {
            let file = Config::builder()
                .add_source(File::from(path).format(FileFormat::Toml))
                .build()
                .map_err(|source| ConfigError::File {
                    path: path.to_owned(),
                    source,
                })?;
            builder = builder.add_source(file);
        }
        builder = builder.add_source(JsonLayer(overlays.over_file.clone()));
        for (name, key) in WELL_KNOWN.iter().chain(self.aliases) {
            if let Some(text) = self.environment.get(*name).filter(|text| !text.is_empty()) {
                builder = builder
                    .set_default_over(key, text)
                    .map_err(|source| self.invalid(source))?;
            }
        }
        let environment = Environment::with_prefix(self.prefix)
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .source(Some(self.environment.clone().into_iter().collect()));
        builder
            .add_source(environment)
            .build()
            .and_then(Config::try_deserialize)
            .map_err(|source| self.invalid(source))
    }

    fn invalid(&self, source: config::ConfigError) -> ConfigError {
        ConfigError::Invalid {
            source,
            example: format!("{}__HTTP__PORT", self.prefix),
        }
    }
}

/// Layers that come from no file and no environment: settings as JSON, with their sections as objects.
#[derive(Debug, Clone, Default)]
pub struct Overlays {
    /// Covers the built-in defaults.
    pub over_defaults: Map<String, Json>,
    /// Covers the file; the environment covers it.
    pub over_file: Map<String, Json>,
}

#[derive(Debug, Clone)]
struct JsonLayer(Map<String, Json>);

impl Source for JsonLayer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<config::Map<String, Value>, config::ConfigError> {
        Ok(self.0.iter().map(named_value).collect())
    }
}

fn named_value((name, json): (&String, &Json)) -> (String, Value) {
    (name.clone(), value_of(json))
}

fn value_of(json: &Json) -> Value {
    let kind = match json {
        Json::Null => ValueKind::Nil,
        Json::Bool(truth) => ValueKind::Boolean(*truth),
        Json::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => ValueKind::I64(whole),
            (None, Some(whole)) => ValueKind::U64(whole),
            (None, None) => ValueKind::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => ValueKind::String(text.clone()),
        Json::Array(items) => ValueKind::Array(items.iter().map(value_of).collect()),
        Json::Object(map) => ValueKind::Table(map.iter().map(named_value).collect()),
    };
    Value::new(None, kind)
}

/// A single value as a layer of its own, above those added before it.
trait SetDefaultOver: Sized {
    fn set_default_over(self, key: &str, value: &str) -> Result<Self, config::ConfigError>;
}

impl SetDefaultOver for config::ConfigBuilder<config::builder::DefaultState> {
    fn set_default_over(self, key: &str, value: &str) -> Result<Self, config::ConfigError> {
        let layer = Config::builder().set_override(key, value)?.build()?;
        Ok(self.add_source(layer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        http: Http,
        database: Database,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Http {
        port: u16,
        name: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Database {
        url: String,
    }

    const DEFAULTS: &str = "[http]\nport = 1\nname = 'a'\n[database]\nurl = 'x'\n";

    fn load(file: Option<&Path>, environment: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        let environment = environment
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        Layers {
            defaults: DEFAULTS,
            file,
            prefix: "CAT_NODE",
            environment,
            aliases: &[("CAT_NAME", "http.name")],
        }
        .load()
    }

    #[test]
    fn each_layer_covers_the_one_below() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("settings.toml");
        std::fs::write(&file, "[http]\nport = 2\n").expect("written");
        let settings =
            load(Some(&file), &[("DATABASE_URL", "y"), ("CAT_NAME", "b")]).expect("good");
        assert_eq!(
            (
                settings.http.port,
                &*settings.http.name,
                &*settings.database.url
            ),
            (2, "b", "y")
        );
        let above = [
            ("DATABASE_URL", "y"),
            ("CAT_NODE__DATABASE__URL", "z"),
            ("CAT_NODE__HTTP__PORT", "3"),
        ];
        let settings = load(Some(&file), &above).expect("good");
        assert_eq!((settings.http.port, &*settings.database.url), (3, "z"));
    }

    #[test]
    fn overlays_lie_where_they_say() {
        let layers = Layers {
            defaults: DEFAULTS,
            file: None,
            prefix: "CAT_NODE",
            environment: [("CAT_NODE__HTTP__PORT".to_owned(), "9".to_owned())].into(),
            aliases: &[],
        };
        let object = |json: Json| json.as_object().cloned().expect("an object");
        let overlays = Overlays {
            over_defaults: object(
                serde_json::json!({"http": {"name": "weak"}, "database": {"url": "weak"}}),
            ),
            over_file: object(
                serde_json::json!({"http": {"port": 5}, "database": {"url": "*.strong"}}),
            ),
        };
        let settings: Settings = layers.load_with(&overlays).expect("good");
        assert_eq!(
            (
                settings.http.port,
                &*settings.http.name,
                &*settings.database.url
            ),
            (9, "weak", "*.strong")
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (name, value, expected) in [
            ("CAT_NODE__HTTP__PROT", "1", "prot"),
            ("CAT_NODE__HTTP__PORT", "many", "port"),
            ("CAT_NODE__TELEPHONE", "1", "telephone"),
        ] {
            let error = load(None, &[(name, value)])
                .expect_err("refused")
                .to_string();
            assert!(
                error.contains(expected) && error.contains("CAT_NODE__HTTP__PORT"),
                "{error}"
            );
        }
        let error = load(Some(Path::new("/no/such/file.toml")), &[])
            .expect_err("refused")
            .to_string();
        assert!(error.contains("/no/such/file.toml"), "{error}");
    }
}
