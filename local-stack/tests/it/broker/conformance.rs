//! What every Pub/Sub has to do, by the official client: the embedded broker always, and Google's
//! emulator when `CATWEB_TEST_PUBSUB` says where it is.
//!
//! `everywhere` cases run on both. `beyond_emulator` cases are what Google's service promises and its
//! emulator (0.8.20) does not keep, so that they run on the embedded broker only.

mod acknowledging;
mod administration;
mod dead_letters;
mod exactly_once;
mod filters;
mod flow_control;
mod limits;
mod ordering;
mod publishing;
mod retrying;
mod seeking;
mod zombies;

/// Makes a test for each case and each Pub/Sub that it runs on.
macro_rules! cases {
    (everywhere: [$($both:ident),* $(,)?], beyond_emulator: [$($ours:ident),* $(,)?] $(,)?) => {
        mod embedded {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $both() {
                    super::$both(&crate::broker::harness::PubSub::embedded().await).await;
                }
            )*
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $ours() {
                    super::$ours(&crate::broker::harness::PubSub::embedded().await).await;
                }
            )*
        }
        mod google {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $both() {
                    if let Some(pubsub) = crate::broker::harness::PubSub::google().await {
                        super::$both(&pubsub).await;
                    }
                }
            )*
        }
    };
}
use cases;
