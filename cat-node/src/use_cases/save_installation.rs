//! A device tells of its installation: a new one, or one that is known by another name. Others that are then out of date
//! go in the same atomic write.

use serde_json::{Map, Value as Json};

use super::create_object::{self, Created};
use super::update_object::{self, Updated};
use super::{Failure, write_object};
use crate::caller::Caller;
use crate::config::parse::installation::{self, DuplicateAction, InstallationOptions};
use crate::domain::acl::Access;
use crate::domain::class_rules::{self, Deed};
use crate::domain::installation::{Device, MergePriority};
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::permissions::{self, Operation};
use crate::domain::query::matches::matches;
use crate::domain::query::{Filter, Query};
use crate::domain::update::{FieldOp, Update};
use crate::node::Node;
use crate::storage::{Transaction, Write};

/// Most installations that one device token may name.
const MOST_CANDIDATES: u64 = 1_000;

/// How the statement was taken.
#[derive(Debug)]
pub enum Saved {
    Created(Created),
    Updated(Updated),
}

pub async fn save_installation(
    node: &Node,
    caller: &Caller,
    target: Option<&ObjectId>,
    mut body: Map<String, Json>,
) -> Result<Saved, Failure> {
    let deed = if target.is_some() {
        Deed::Update
    } else {
        Deed::Create
    };
    class_rules::check(
        ClassName::INSTALLATION.as_str(),
        deed,
        caller.is_unrestricted(),
    )?;
    caller.check_may(if target.is_some() {
        "perform the update operation"
    } else {
        "perform the create operation"
    })?;
    if target.is_none() {
        write_object::custom_id(node, &mut body.clone())?;
    }
    let policy = &node.settings.installation;
    let of_request = caller.installation_id.as_deref();
    let device = Device::read(&mut body, target, of_request, caller.is_unrestricted())?;
    let Some(candidates) = device.candidates() else {
        return write(node, caller, target, body, Vec::new()).await;
    };
    let query = Query::all(ClassName::INSTALLATION).filter(candidates);
    let candidates = node.storage.find(&query.limit(MOST_CANDIDATES)).await?;
    let plan = device.plan(&candidates, priority(policy))?;
    let outdated = may_go(node, caller, policy, plan.outdated).await?;
    let also = clean_up(
        node,
        policy.duplicate_device_token_action,
        plan.shared_field,
        &outdated,
    );
    write(node, caller, plan.write.as_ref(), body, also).await
}

/// Changes the object, or creates one, together with the other writes.
async fn write(
    node: &Node,
    caller: &Caller,
    id: Option<&ObjectId>,
    mut body: Map<String, Json>,
    also: Vec<Write>,
) -> Result<Saved, Failure> {
    let class = ClassName::INSTALLATION;
    let also = Transaction {
        writes: also,
        events: Vec::new(),
    };
    let Some(id) = id else {
        let created = create_object::create_plain(node, caller, class, body, also).await?;
        return Ok(Saved::Created(created));
    };
    body.remove("objectId");
    body.remove("createdAt");
    let mut fitting =
        write_object::read_change(node, caller, &class, Operation::Update, &body).await?;
    write_object::drop_relation_values(&mut fitting.change.update);
    let updated = update_object::commit(node, caller, &class, id, &fitting, also).await?;
    Ok(Saved::Updated(updated))
}

/// Those of the outdated ones that this caller may have changed.
async fn may_go(
    node: &Node,
    caller: &Caller,
    policy: &InstallationOptions,
    mut outdated: Vec<ParseObject>,
) -> Result<Vec<ParseObject>, Failure> {
    if !policy.duplicate_device_token_action_enforce_auth || caller.is_unrestricted() {
        return Ok(outdated);
    }
    let operation = match policy.duplicate_device_token_action {
        DuplicateAction::Delete => Operation::Delete,
        DuplicateAction::Update => Operation::Update,
    };
    let schema = node.schema_or_empty(&ClassName::INSTALLATION).await?;
    let Ok(gate) = permissions::gate(&schema, operation, &caller.grants()) else {
        tracing::warn!("outdated installations stay: the caller may not change them");
        return Ok(Vec::new());
    };
    let access = caller.access();
    let passes = |object: &ParseObject| gate.as_ref().is_none_or(|gate| matches(object, gate));
    outdated.retain(|object| access.may_write(object.acl.as_ref()) && passes(object));
    Ok(outdated)
}

fn clean_up(
    node: &Node,
    action: DuplicateAction,
    shared_field: &'static str,
    outdated: &[ParseObject],
) -> Vec<Write> {
    let class = ClassName::INSTALLATION;
    let each = outdated.iter().map(|object| match action {
        DuplicateAction::Delete => Write::DeleteWhere {
            class: class.clone(),
            filter: Filter::id(&object.id),
        },
        DuplicateAction::Update => Write::Update {
            class: class.clone(),
            id: object.id.clone(),
            access: Access::Master,
            guard: Filter::everything(),
            update: Update::at(node.now()).op(FieldPath::internal(shared_field), FieldOp::Unset),
        },
    });
    each.collect()
}

fn priority(policy: &InstallationOptions) -> MergePriority {
    match policy.duplicate_device_token_merge_priority {
        installation::MergePriority::DeviceToken => MergePriority::DeviceToken,
        installation::MergePriority::InstallationId => MergePriority::InstallationId,
    }
}
