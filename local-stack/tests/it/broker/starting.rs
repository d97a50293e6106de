//! Starting and stopping.

use super::harness::{PubSub, close, expect_silence, receive, start_broker};
use google_cloud_pubsub::model::Subscription;
use local_stack::broker::{Broker, BrokerConfig, LockFolderError, StartBrokerError};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

async fn refusal(data_dir: &Path, port: u16) -> StartBrokerError {
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    Broker::start(BrokerConfig {
        data_dir: data_dir.to_owned(),
        listen,
    })
    .await
    .unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_broker_on_the_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let broker = start_broker(folder.path()).await;
    let error = refusal(folder.path(), 0).await;
    assert!(
        matches!(error, StartBrokerError::Folder(LockFolderError::InUse(_))),
        "{error}"
    );
    broker.stop().await;
    start_broker(folder.path()).await.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_port_is_named() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let broker = start_broker(one.path()).await;
    let error = refusal(two.path(), broker.address().port()).await;
    assert!(matches!(error, StartBrokerError::Listen { .. }), "{error}");
    assert!(error.to_string().contains("--port"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unwritable_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let error = refusal(&file.join("data"), 0).await;
    assert!(
        matches!(
            error,
            StartBrokerError::Folder(LockFolderError::Unwritable { .. })
        ),
        "{error}"
    );
    assert!(error.to_string().contains("--data-dir"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_checkpoint_is_named() {
    let folder = tempfile::tempdir().unwrap();
    start_broker(folder.path()).await.stop().await;
    std::fs::write(folder.path().join("checkpoint"), "damaged").unwrap();
    let error = refusal(folder.path(), 0).await;
    assert!(matches!(error, StartBrokerError::Log(_)), "{error}");
    assert!(error.to_string().contains("checkpoint"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_after_a_restart() {
    let pubsub = PubSub::embedded().await;
    let topic = pubsub.create_topic("mice").await;
    let settings = Subscription::new().set_enable_message_ordering(true);
    let subscription = pubsub.create_subscription("cats", &topic, settings).await;
    pubsub
        .publish(&topic, "k", &["acknowledged", "open", "later"])
        .await;
    let mut stream = pubsub.stream(&subscription);
    assert_eq!(receive(&mut stream, 1).await, ["acknowledged"]);
    close(stream).await;
    let pubsub = pubsub.restart().await.restart().await;
    let get = pubsub
        .subscriptions()
        .get_subscription()
        .set_subscription(&subscription);
    assert!(get.send().await.unwrap().enable_message_ordering);
    let mut stream = pubsub.stream(&subscription);
    assert_eq!(receive(&mut stream, 2).await, ["open", "later"]);
    expect_silence(&mut stream).await;
    pubsub.publish(&topic, "k", &["new"]).await;
    assert_eq!(receive(&mut stream, 1).await, ["new"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_brokers_run_in_one_process() {
    let (one, two) = (PubSub::embedded().await, PubSub::embedded().await);
    for pubsub in [&one, &two] {
        pubsub.create_topic("mice").await;
    }
    assert_ne!(one.endpoint, two.endpoint);
}
