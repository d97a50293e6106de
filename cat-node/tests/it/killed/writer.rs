//! Writes of every kind, until nobody answers any more.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use reqwest::Method;
use serde_json::{Value as Json, json};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::process::{Address, Process};

/// Objects of one batch.
pub(super) const BATCH: usize = 8;

/// Objects that were answered, by their path, with the fields that they were written with.
type Answered = BTreeMap<String, Json>;

#[derive(Clone)]
pub(super) struct Writer {
    address: Address,
    round: usize,
    answers: Arc<AtomicUsize>,
    kill_after: usize,
    due: Arc<Notify>,
}

impl Writer {
    pub(super) fn new(process: &Process, round: usize, kill_after: usize) -> Self {
        Self {
            address: process.address.clone(),
            round,
            answers: Arc::default(),
            kill_after,
            due: Arc::default(),
        }
    }

    /// Kills the process when so many answers came, while the next ones are under way.
    pub(super) fn kill_when_due(&self, process: Process) -> JoinHandle<()> {
        let due = Arc::clone(&self.due);
        tokio::spawn(async move {
            due.notified().await;
            tokio::task::spawn_blocking(|| process.kill())
                .await
                .unwrap();
        })
    }

    /// Each writer has its own mix of single writes, batches, transactions and schema changes.
    pub(super) async fn write_until_killed(&self, number: usize) -> Answered {
        let mut answered = Answered::new();
        for step in 0.. {
            let name = format!("{}_{number}_{step}", self.round);
            let written = match (number + step) % 4 {
                0 => self.single(&name).await,
                1 => self.batch(&name, false).await,
                2 => self.batch(&name, true).await,
                _ => self.schema(&name).await,
            };
            let Some(written) = written else {
                break;
            };
            answered.extend(written);
            if self.answers.fetch_add(1, Relaxed) + 1 >= self.kill_after {
                self.due.notify_one();
            }
        }
        answered
    }

    /// An object with a field that its class does not know yet, then a change of it.
    async fn single(&self, name: &str) -> Option<Answered> {
        let mut object = json!({"name": name, format!("by_{name}"): name});
        let created = self
            .address
            .send(Method::POST, "/classes/Single", &object)
            .await?;
        let path = format!("/classes/Single/{}", created["objectId"].as_str().unwrap());
        let change = json!({"seen": {"__op": "Increment", "amount": 1}, "tags": {"__op": "AddUnique", "objects": [name]}});
        self.address.send(Method::PUT, &path, &change).await?;
        object["seen"] = json!(1);
        object["tags"] = json!([name]);
        Some(Answered::from([(path, object)]))
    }

    async fn batch(&self, name: &str, is_transaction: bool) -> Option<Answered> {
        let class = if is_transaction {
            "Transacted"
        } else {
            "Batched"
        };
        let of_transaction = is_transaction.then_some(name);
        let objects: Vec<Json> = (0..BATCH)
            .map(|number| match of_transaction {
                Some(name) => json!({"transaction": name, "number": number}),
                None => json!({"batch": name, "number": number}),
            })
            .collect();
        let requests = objects.iter().map(
            |object| json!({"method": "POST", "path": format!("/parse/classes/{class}"), "body": object}),
        );
        let body = json!({"requests": requests.collect::<Vec<_>>(), "transaction": is_transaction});
        let answers = self.address.send(Method::POST, "/batch", &body).await?;
        let paths = answers.as_array().unwrap().iter().map(|answer| {
            let id = answer["success"]["objectId"]
                .as_str()
                .unwrap_or_else(|| panic!("{answer}"));
            format!("/classes/{class}/{id}")
        });
        Some(paths.zip(objects).collect())
    }

    /// A class of its own that is made with an index, filled, and loses a field.
    async fn schema(&self, name: &str) -> Option<Answered> {
        let (class, path) = (format!("Class_{name}"), format!("/schemas/Class_{name}"));
        let schema = json!({
            "className": class,
            "fields": {"byName": {"type": "String"}, "byOwner": {"type": "Pointer", "targetClass": "_User"}, "gone": {"type": "Number"}},
            "indexes": {"named": {"byName": 1}},
        });
        self.address.send(Method::POST, &path, &schema).await?;
        let owner = json!({"__type": "Pointer", "className": "_User", "objectId": "queen"});
        let mut object = json!({"byName": name, "byOwner": owner, "gone": 1});
        let created = self
            .address
            .send(Method::POST, &format!("/classes/{class}"), &object)
            .await?;
        let change = json!({"fields": {"gone": {"__op": "Delete"}, "byAge": {"type": "Number"}}});
        self.address.send(Method::PUT, &path, &change).await?;
        object.as_object_mut().unwrap().remove("gone");
        let path = format!("/classes/{class}/{}", created["objectId"].as_str().unwrap());
        Some(Answered::from([(path, object)]))
    }
}
