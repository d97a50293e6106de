//! `/installations`, as far as it is not like other classes: a device that creates its installation again is told of an
//! update.

use super::answer::{Answer, Refusal};
use super::classes;
use super::request::ApiRequest;
use crate::caller::Caller;
use crate::domain::names::{ClassName, ObjectId};
use crate::node::Node;
use crate::use_cases::save_installation::{Saved, save_installation};

pub async fn save(
    node: &Node,
    caller: &Caller,
    request: &ApiRequest,
    target: Option<&ObjectId>,
) -> Result<Answer, Refusal> {
    match save_installation(node, caller, target, request.body.clone()).await? {
        Saved::Created(created) => {
            let class = ClassName::INSTALLATION;
            let location = classes::location(request, class.as_str(), &created.id);
            Ok(classes::created(created, location))
        }
        Saved::Updated(updated) => Ok(classes::updated(updated)),
    }
}
