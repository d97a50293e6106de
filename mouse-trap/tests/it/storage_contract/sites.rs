//! Sites.

use super::contract;
use super::fixtures::{at, site};
use mouse_trap::storage::Write;
use shared_events::id::SiteId;

contract! {
    async fn a_site_comes_back_as_it_was(test) {
        let barn = site("barn");
        assert_eq!(test.storage.register_site(barn.clone()).await.unwrap(), Write::Done);
        assert_eq!(test.storage.site(&barn.id).await.unwrap(), Some(barn));
        assert_eq!(test.storage.site(&SiteId::new("Barn").unwrap()).await.unwrap(), None);
    }

    async fn the_first_site_keeps_its_id(test) {
        let barn = site("barn");
        let _ = test.storage.register_site(barn.clone()).await.unwrap();
        let mut other = site("barn");
        other.registered_at = at(99);
        assert_eq!(test.storage.register_site(other).await.unwrap(), Write::Conflict);
        assert_eq!(test.storage.site(&barn.id).await.unwrap(), Some(barn));
    }

    async fn sites_are_listed_by_id_in_pages(test) {
        for id in ["c", "a", "b", "B"] {
            let _ = test.storage.register_site(site(id)).await.unwrap();
        }
        let ids = |sites: Vec<mouse_trap::domain::site::Site>| {
            sites.into_iter().map(|site| site.id.into_string()).collect::<Vec<_>>()
        };
        assert_eq!(ids(test.storage.sites(None, 3).await.unwrap()), ["B", "a", "b"]);
        let after = SiteId::new("b").unwrap();
        assert_eq!(ids(test.storage.sites(Some(&after), 3).await.unwrap()), ["c"]);
    }
}
