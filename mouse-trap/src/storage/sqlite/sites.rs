//! Sites in SQLite.

use super::rows::{millis, parsed, position, time};
use super::{SqliteStorage, changed_one};
use crate::domain::site::{Jurisdiction, Site, SiteName};
use crate::storage::{SiteStorage, StorageError, Write};
use async_trait::async_trait;
use rusqlite::{OptionalExtension as _, Row, params};
use shared_events::id::SiteId;

#[async_trait]
impl SiteStorage for SqliteStorage {
    async fn register_site(&self, site: Site) -> Result<Write, StorageError> {
        self.write("register a site", move |tx| {
            let mut insert = tx.prepare_cached(
                "INSERT INTO sites (id, name, jurisdiction, latitude, longitude, registered_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            let (latitude, longitude) = (site.position.latitude(), site.position.longitude());
            changed_one(insert.execute(params![
                site.id.as_str(),
                site.name.as_str(),
                site.jurisdiction.as_str(),
                latitude,
                longitude,
                millis(site.registered_at)
            ])?)
        })
        .await
    }

    async fn site(&self, id: &SiteId) -> Result<Option<Site>, StorageError> {
        let id = id.clone();
        self.read("read a site", move |connection| {
            let mut select = connection.prepare_cached("SELECT * FROM sites WHERE id = ?1")?;
            select.query_row([id.as_str()], site).optional()
        })
        .await
    }

    async fn sites(&self, after: Option<&SiteId>, limit: u32) -> Result<Vec<Site>, StorageError> {
        let after = after.map_or_else(String::new, ToString::to_string);
        self.read("list sites", move |connection| {
            let mut select = connection
                .prepare_cached("SELECT * FROM sites WHERE id > ?1 ORDER BY id LIMIT ?2")?;
            select.query_map(params![after, limit], site)?.collect()
        })
        .await
    }
}

fn site(row: &Row<'_>) -> rusqlite::Result<Site> {
    Ok(Site {
        id: parsed(row, "id", SiteId::new)?,
        name: parsed(row, "name", SiteName::new)?,
        jurisdiction: parsed(row, "jurisdiction", Jurisdiction::new)?,
        position: position(row)?,
        registered_at: time(row, "registered_at")?,
    })
}
