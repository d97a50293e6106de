//! Chooses the index of lots: Elasticsearch where it is set, a file otherwise.

use super::BuildError;
use crate::{
    config::SearchSettings,
    search::{LotIndex, elasticsearch::ElasticsearchLotIndex, sqlite::SqliteLotIndex},
};
use service_chassis::config::DatabaseUrl;
use std::{path::PathBuf, sync::Arc};
use uuid::Uuid;

pub(super) fn open(
    settings: &SearchSettings,
    database: &DatabaseUrl,
    journal: Uuid,
) -> Result<Arc<dyn LotIndex>, BuildError> {
    if let Some(url) = &settings.url {
        let index = ElasticsearchLotIndex::new(url.expose(), &settings.index);
        return Ok(Arc::new(index.map_err(BuildError::SearchClient)?));
    }
    let file = settings
        .file
        .clone()
        .unwrap_or_else(|| default_file(database, journal));
    let index = SqliteLotIndex::open(&file).map_err(BuildError::SearchFile)?;
    Ok(Arc::new(index))
}

/// Beside a database that is a file; else where temporary files are, as the journal can always fill it again.
fn default_file(database: &DatabaseUrl, journal: Uuid) -> PathBuf {
    match database {
        DatabaseUrl::Sqlite(path) => {
            let mut name = path.as_os_str().to_owned();
            name.push(".lots");
            name.into()
        }
        DatabaseUrl::Mongodb(_) => {
            std::env::temp_dir().join(format!("cadaver-exchange-{journal}.lots"))
        }
    }
}
