//! The contract of `storage.rs`, case by case, on every database.

mod catches;
mod cats;
mod commands;
mod fixtures;
mod imports;
mod reports;
mod sites;
mod traps;

/// Runs each case on every database: a case that is written is a case that runs.
macro_rules! contract {
    ($(async fn $case:ident($test:ident) $body:block)+) => {
        $(async fn $case($test: &crate::test_storage::TestStorage) $body)+

        mod sqlite {
            $(#[tokio::test]
            async fn $case() {
                super::$case(&crate::test_storage::TestStorage::sqlite()).await;
            })+
        }

        mod mongodb {
            $(#[tokio::test]
            async fn $case() {
                if let Some(test) = crate::test_storage::TestStorage::mongodb().await {
                    super::$case(&test).await;
                    test.end().await;
                }
            })+
        }
    };
}
pub(crate) use contract;
