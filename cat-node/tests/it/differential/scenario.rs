//! A file of scenarios, as `tests/differential/README.md` describes it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value as Json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScenarioFile {
    /// parse-server's options, in its own spelling, for both sides.
    #[serde(default)]
    pub(super) options: Map<String, Json>,
    /// What parse-server runs on.
    #[serde(default)]
    pub(super) database: OracleDatabase,
    pub(super) scenarios: Vec<Scenario>,
    /// The file's name without its ending.
    #[serde(skip)]
    pub(super) stem: String,
}

/// The databases that parse-server runs on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum OracleDatabase {
    #[default]
    Mongodb,
    /// Where the MongoDB of the tests lacks what is asked for.
    Postgresql,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scenario {
    pub(super) name: String,
    pub(super) steps: Vec<Step>,
    /// All that is written in it.
    #[serde(skip)]
    pub(super) text: String,
}

/// One request, and what is compared and kept of its answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    /// Why the step is there; for the reader.
    #[serde(default)]
    #[allow(dead_code, reason = "JSON has no comments")]
    why: String,
    #[serde(default = "client", rename = "as")]
    pub(super) actor: String,
    #[serde(default = "get")]
    pub(super) method: String,
    /// Below the mount path; with `//` in front, below the server's root; `http://...` as it stands. `sink:/x` reads what
    /// the server sent to `{{sink}}/x`.
    pub(super) path: String,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// A parameter that is no string is sent as JSON, as SDKs do.
    #[serde(default)]
    pub(super) query: BTreeMap<String, Json>,
    pub(super) body: Option<Json>,
    /// A body that is sent as it stands.
    pub(super) text: Option<String>,
    /// A body of these bytes.
    pub(super) base64: Option<String>,
    /// Variables, and the JSON pointers into the answer's body that they get their value from; with `~` and a
    /// regular expression after it, what that finds in the text.
    #[serde(default)]
    pub(super) remember: BTreeMap<String, String>,
    /// Arrays of objects in the answer may come in any order.
    #[serde(default)]
    pub(super) unordered: bool,
    /// JSON pointers (with `*` for any key or index) to what is only compared for being there.
    #[serde(default)]
    pub(super) ignore: Vec<String>,
    /// Of what the sink got, only these members.
    #[serde(default)]
    pub(super) only: Vec<String>,
    /// Headers to compare beside `Content-Type` and `Location`.
    #[serde(default)]
    pub(super) compare_headers: Vec<String>,
    /// Time to let pass before the request, where the passing of time is what the scenario is about.
    #[serde(default)]
    pub(super) wait_ms: u64,
}

fn client() -> String {
    "client".to_owned()
}

fn get() -> String {
    "GET".to_owned()
}

pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential")
}

/// Every file of scenarios, in the order of their names.
pub(super) fn files() -> Vec<ScenarioFile> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    paths.retain(|path| !path.ends_with("known.json"));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> ScenarioFile {
    let text = std::fs::read_to_string(path).unwrap();
    let mut file: ScenarioFile = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{} is not a file of scenarios: {error}", path.display()));
    let raw: Json = serde_json::from_str(&text).unwrap();
    for (index, scenario) in file.scenarios.iter_mut().enumerate() {
        scenario.text = raw["scenarios"][index].to_string();
    }
    file.stem = path.file_stem().unwrap().to_string_lossy().into_owned();
    file
}
