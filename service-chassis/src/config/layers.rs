//! Reads the layers and says what is wrong with them.

use super::WELL_KNOWN;
use config::{Config, Environment, File, FileFormat};
use serde::de::DeserializeOwned;
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
        let mut builder =
            Config::builder().add_source(File::from_str(self.defaults, FileFormat::Toml));
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
