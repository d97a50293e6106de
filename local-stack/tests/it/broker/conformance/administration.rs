//! Topics and subscriptions: create, get, list, update, detach, delete.

use super::super::harness::{PubSub, message};
use google_cloud_gax::paginator::ItemPaginator;
use google_cloud_pubsub::model::{ExpirationPolicy, Subscription, Topic};
use google_cloud_wkt::{Duration, FieldMask};

super::cases! {
    everywhere: [
        a_topic_is_created_once,
        what_is_absent_is_not_found,
        topics_are_listed_in_pages,
        a_deleted_topic_is_gone,
    ],
    beyond_emulator: [
        settings_are_kept_and_completed,
        settings_are_updated_by_mask,
        a_detached_subscription_delivers_nothing,
    ],
}

async fn a_topic_is_created_once(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let error = pubsub
        .topics()
        .create_topic()
        .set_name(&topic)
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap().code.name(), "ALREADY_EXISTS");
    assert_eq!(
        pubsub
            .topics()
            .get_topic()
            .set_topic(&topic)
            .send()
            .await
            .unwrap()
            .name,
        topic
    );
    pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    let request = pubsub
        .subscriptions()
        .create_subscription()
        .set_topic(&topic);
    let error = request
        .set_name(pubsub.subscription_name("cats"))
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap().code.name(), "ALREADY_EXISTS");
}

async fn what_is_absent_is_not_found(pubsub: &PubSub) {
    let error = pubsub
        .topics()
        .get_topic()
        .set_topic(pubsub.topic_name("absent"))
        .send()
        .await;
    assert_eq!(
        error.unwrap_err().status().unwrap().code.name(),
        "NOT_FOUND"
    );
    let request = pubsub.subscriptions().create_subscription();
    let request = request.set_name(pubsub.subscription_name("cats"));
    let error = request
        .set_topic(pubsub.topic_name("absent"))
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap().code.name(), "NOT_FOUND");
    let absent = pubsub.publisher(&pubsub.topic_name("absent"));
    assert!(absent.publish(message("m")).await.is_err());
    let mut stream = pubsub.stream(&pubsub.subscription_name("absent"));
    let error = stream
        .next()
        .await
        .unwrap()
        .expect_err("there is no such subscription");
    assert_eq!(error.status().unwrap().code.name(), "NOT_FOUND");
}

async fn topics_are_listed_in_pages(pubsub: &PubSub) {
    for n in 0..5 {
        pubsub.create_topic(&format!("mice-{n}")).await;
    }
    let request = pubsub
        .topics()
        .list_topics()
        .set_project(pubsub.project())
        .set_page_size(2);
    let mut topics = request.by_item();
    let mut names = Vec::new();
    while let Some(topic) = topics.next().await {
        names.push(topic.unwrap().name);
    }
    names.sort();
    let expected: Vec<_> = (0..5)
        .map(|n| pubsub.topic_name(&format!("mice-{n}")))
        .collect();
    assert_eq!(names, expected);
}

async fn a_deleted_topic_is_gone(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let subscription = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    pubsub
        .topics()
        .delete_topic()
        .set_topic(&topic)
        .send()
        .await
        .unwrap();
    assert!(
        pubsub
            .topics()
            .get_topic()
            .set_topic(&topic)
            .send()
            .await
            .is_err()
    );
    let get = || {
        pubsub
            .subscriptions()
            .get_subscription()
            .set_subscription(&subscription)
    };
    assert_eq!(get().send().await.unwrap().topic, "_deleted-topic_");
    let delete = pubsub.subscriptions().delete_subscription();
    delete.set_subscription(&subscription).send().await.unwrap();
    assert!(get().send().await.is_err());
}

async fn settings_are_kept_and_completed(pubsub: &PubSub) {
    let topic = pubsub.topic_name("mice");
    let retention = Duration::clamp(86_400, 0);
    let wanted = Topic::new()
        .set_name(&topic)
        .set_labels([("kind", "mouse")])
        .set_message_retention_duration(retention);
    pubsub
        .topics()
        .create_topic()
        .with_request(wanted)
        .send()
        .await
        .unwrap();
    let settings = Subscription::new()
        .set_enable_message_ordering(true)
        .set_filter("attributes:kind")
        .set_retain_acked_messages(true)
        .set_expiration_policy(ExpirationPolicy::new());
    let name = pubsub.create_subscription("cats", &topic, settings).await;
    let get = pubsub
        .subscriptions()
        .get_subscription()
        .set_subscription(&name);
    let got = get.send().await.unwrap();
    assert_eq!(
        (got.topic.as_str(), got.filter.as_str()),
        (topic.as_str(), "attributes:kind")
    );
    assert!(got.enable_message_ordering && got.retain_acked_messages && !got.detached);
    assert_eq!(got.ack_deadline_seconds, 10);
    assert_eq!(
        got.message_retention_duration,
        Some(Duration::clamp(604_800, 0))
    );
    assert_eq!(got.topic_message_retention_duration, Some(retention));
    assert_eq!(
        got.expiration_policy.unwrap().ttl,
        None,
        "an empty policy: it never expires"
    );
}

async fn settings_are_updated_by_mask(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let name = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    let update = |update: Subscription, paths: [&str; 1]| {
        let request = pubsub.subscriptions().update_subscription();
        let request = request.set_subscription(update.set_name(&name));
        request
            .set_update_mask(FieldMask::default().set_paths(paths))
            .send()
    };
    let wanted = Subscription::new()
        .set_ack_deadline_seconds(42)
        .set_labels([("a", "b")]);
    let updated = update(wanted, ["ack_deadline_seconds"]).await.unwrap();
    assert_eq!(updated.ack_deadline_seconds, 42);
    assert!(updated.labels.is_empty(), "it is not in the mask");
    let error = update(Subscription::new(), ["filter"]).await.unwrap_err();
    assert_eq!(error.status().unwrap().code.name(), "INVALID_ARGUMENT");
    let topic_update = pubsub.topics().update_topic();
    let topic_update =
        topic_update.set_topic(Topic::new().set_name(&topic).set_labels([("a", "b")]));
    let mask = FieldMask::default().set_paths(["labels"]);
    let updated = topic_update.set_update_mask(mask).send().await.unwrap();
    assert_eq!(updated.labels["a"], "b");
}

async fn a_detached_subscription_delivers_nothing(pubsub: &PubSub) {
    let topic = pubsub.create_topic("mice").await;
    let name = pubsub
        .create_subscription("cats", &topic, Subscription::new())
        .await;
    pubsub.publish(&topic, "", &["a"]).await;
    pubsub
        .topics()
        .detach_subscription()
        .set_subscription(&name)
        .send()
        .await
        .unwrap();
    let get = pubsub
        .subscriptions()
        .get_subscription()
        .set_subscription(&name);
    assert!(get.send().await.unwrap().detached);
    let error = pubsub
        .stream(&name)
        .next()
        .await
        .unwrap()
        .expect_err("it is detached");
    assert_eq!(error.status().unwrap().code.name(), "FAILED_PRECONDITION");
}
