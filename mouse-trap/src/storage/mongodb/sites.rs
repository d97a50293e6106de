//! Sites in MongoDB.

use super::documents::{Unreadable, date, parsed, point, position, time};
use super::steps::Step;
use super::{MongodbStorage, failed};
use crate::domain::site::{Jurisdiction, Site, SiteName};
use crate::storage::{SiteStorage, StorageError, Write};
use async_trait::async_trait;
use bson::{Document, doc};
use shared_events::id::SiteId;

const SITES: &str = "sites";

#[async_trait]
impl SiteStorage for MongodbStorage {
    async fn register_site(&self, site: Site) -> Result<Write, StorageError> {
        let document = doc! {
            "_id": site.id.as_str(),
            "name": site.name.as_str(),
            "jurisdiction": site.jurisdiction.as_str(),
            "position": point(site.position),
            "registered_at": date(site.registered_at),
        };
        self.write(
            "register a site",
            vec![Step::Insert {
                collection: SITES,
                documents: vec![document],
            }],
        )
        .await
    }

    async fn site(&self, id: &SiteId) -> Result<Option<Site>, StorageError> {
        self.find_one(SITES, doc! { "_id": id.as_str() }, site)
            .await
            .map_err(failed("read a site"))
    }

    async fn sites(&self, after: Option<&SiteId>, limit: u32) -> Result<Vec<Site>, StorageError> {
        let filter = doc! { "_id": { "$gt": after.map_or("", SiteId::as_str) } };
        self.find(SITES, filter, doc! { "_id": 1 }, limit, site)
            .await
            .map_err(failed("list sites"))
    }
}

fn site(document: &Document) -> Result<Site, Unreadable> {
    Ok(Site {
        id: parsed(document, "_id", SiteId::new)?,
        name: parsed(document, "name", SiteName::new)?,
        jurisdiction: parsed(document, "jurisdiction", Jurisdiction::new)?,
        position: position(document)?,
        registered_at: time(document, "registered_at")?,
    })
}
