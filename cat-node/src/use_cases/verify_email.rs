//! Users prove that an e-mail address is theirs: a mail with a link goes out with every new address.

use serde_json::{Map, Value as Json};

use super::Failure;
use super::decide::{Question, decide};
use super::write_hidden_fields::{MAX_ATTEMPTS, too_contended, write_hidden_fields};
use crate::caller::Caller;
use crate::domain::acl::Access;
use crate::domain::error::{ErrorCode, ParseError};
use crate::domain::mail::MailKind;
use crate::domain::mail_token::{VERIFY_EMAIL, new_token};
use crate::domain::names::{ClassName, FieldPath, ObjectId};
use crate::domain::object::ParseObject;
use crate::domain::object::json::object_to_json;
use crate::domain::query::{Filter, Query, Test};
use crate::domain::update::{FieldOp, Update};
use crate::domain::value::ParseValue;
use crate::mail::pending;
use crate::node::Node;
use crate::storage::{StorageError, Transaction, Write};

pub const VERIFIED_FIELD: &str = "emailVerified";

/// What a new address brings with it.
#[derive(Debug, Default)]
pub struct Proof {
    pub ops: Vec<(&'static str, FieldOp)>,
    /// The pending mail.
    pub writes: Vec<Write>,
}

/// The token of a new address and its mail; nothing when addresses are not to be verified. `body` is what the user
/// is to be, as far as the request says it.
pub async fn ask_for_proof(
    node: &Node,
    user: &ObjectId,
    body: &Map<String, Json>,
    question: &Question,
) -> Result<Proof, Failure> {
    let has_address = body
        .get("email")
        .and_then(Json::as_str)
        .is_some_and(|email| !email.is_empty());
    if !has_address || has_other_proof(body) {
        return Ok(Proof::default());
    }
    let verify = &node.settings.verify_user_emails;
    if !decide(node, "verifyUserEmails", verify, question).await? {
        return Ok(Proof::default());
    }
    let mut ops = new_token_ops(node);
    ops.push((VERIFIED_FIELD, FieldOp::Set(false.into())));
    let writes = mail_writes(node, user, question).await?;
    Ok(Proof { ops, writes })
}

/// A user of another provider has its address from there.
fn has_other_proof(body: &Map<String, Json>) -> bool {
    let providers = body.get("authData").and_then(Json::as_object);
    providers.is_some_and(|providers| providers.keys().any(|provider| provider != "anonymous"))
}

fn new_token_ops(node: &Node) -> Vec<(&'static str, FieldOp)> {
    let token = new_token(&mut rand::rng());
    let mut ops = vec![(VERIFY_EMAIL.token, FieldOp::Set(token.into()))];
    let end = node.rules.verify_email_token.end_of_one_made(node.now());
    ops.extend(end.map(|end| (VERIFY_EMAIL.expires_at, FieldOp::Set(end.into()))));
    ops
}

async fn mail_writes(
    node: &Node,
    user: &ObjectId,
    question: &Question,
) -> Result<Vec<Write>, Failure> {
    let send = &node.settings.send_user_email_verification;
    if !decide(node, "sendUserEmailVerification", send, question).await? {
        return Ok(Vec::new());
    }
    let writes = pending::writes(MailKind::VerifyEmail, user, node.now(), &mut rand::rng());
    Ok(writes.into())
}

/// Refuses a log-in before the address is proved, where that is asked for.
pub async fn check_may_log_in(
    node: &Node,
    caller: &Caller,
    user: &ParseObject,
) -> Result<(), Failure> {
    let is_verified = user.get(VERIFIED_FIELD) == Some(&ParseValue::Bool(true));
    if is_verified || node.settings.prevent_login_with_unverified_email.is_never() {
        return Ok(());
    }
    let schema = node.schema_or_empty(&ClassName::USER).await?;
    let question = Question {
        action: Some("login"),
        ..Question::of(caller, object_to_json(user, &schema))
    };
    if needs_proof_first(node, &question).await? {
        return Err(not_verified());
    }
    Ok(())
}

/// Whether a user can have a session only once its address is proved.
pub async fn needs_proof_first(node: &Node, question: &Question) -> Result<bool, Failure> {
    let settings = &node.settings;
    let prevent = &settings.prevent_login_with_unverified_email;
    Ok(decide(
        node,
        "verifyUserEmails",
        &settings.verify_user_emails,
        question,
    )
    .await?
        && decide(node, "preventLoginWithUnverifiedEmail", prevent, question).await?)
}

pub fn not_verified() -> Failure {
    ParseError::new(ErrorCode::EMAIL_NOT_FOUND, "User email is not verified.").into()
}

/// Takes a token for the proof that it is; `false` when it is none, or not any more. A token is good once.
pub async fn verify_email(node: &Node, token: &str) -> Result<bool, Failure> {
    if node.settings.verify_user_emails.is_never() {
        return Ok(false);
    }
    let mut conditions = vec![Filter::equal(
        FieldPath::internal(VERIFY_EMAIL.token),
        token,
    )];
    if node.rules.verify_email_token.duration.is_some() {
        conditions.push(Filter::equal(FieldPath::internal(VERIFIED_FIELD), false));
        conditions.push(Filter::Field {
            path: FieldPath::internal(VERIFY_EMAIL.expires_at),
            test: Test::Greater(node.now().into()),
        });
    }
    let guard = Filter::And(conditions);
    let Some(user) = find_one(node, guard.clone()).await? else {
        return Ok(false);
    };
    if !VERIFY_EMAIL.fits(&user, token) {
        return Ok(false);
    }
    let mut update = Update::at(node.now()).set(FieldPath::internal(VERIFIED_FIELD), true);
    for field in [VERIFY_EMAIL.token, VERIFY_EMAIL.expires_at] {
        update = update.op(FieldPath::internal(field), FieldOp::Unset);
    }
    let write = Write::Update {
        class: ClassName::USER,
        id: user.id.clone(),
        access: Access::Master,
        guard,
        update,
    };
    match node.commit(Transaction::default().write(write)).await {
        Ok(_) => {
            node.forget_sessions_of(&user.id);
            Ok(true)
        }
        Err(StorageError::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whom a link is sent to once more.
#[derive(Debug, Clone, Copy)]
pub enum Addressee<'a> {
    Email(&'a str),
    Username(&'a str),
    Token(&'a str),
}

/// How asking for another link ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resent {
    /// Also when the settings say that no mail is sent.
    Done,
    Unknown,
    AlreadyVerified,
}

/// Sends the link once more, with a new token unless the old one is to be used again.
pub async fn resend(
    node: &Node,
    caller: &Caller,
    addressee: Addressee<'_>,
) -> Result<Resent, Failure> {
    let (field, value) = match addressee {
        Addressee::Email(email) => ("email", email),
        Addressee::Username(name) => ("username", name),
        Addressee::Token(token) => (VERIFY_EMAIL.token, token),
    };
    for _ in 0..MAX_ATTEMPTS {
        let filter = Filter::equal(FieldPath::internal(field), value);
        let Some(user) = find_one(node, filter).await? else {
            return Ok(Resent::Unknown);
        };
        if user.get(VERIFIED_FIELD) == Some(&ParseValue::Bool(true)) {
            return Ok(Resent::AlreadyVerified);
        }
        if renew(node, caller, &user).await? {
            return Ok(Resent::Done);
        }
    }
    Err(too_contended("sending a link once more"))
}

/// `false` when the user was changed meanwhile.
async fn renew(node: &Node, caller: &Caller, user: &ParseObject) -> Result<bool, Failure> {
    let schema = node.schema_or_empty(&ClassName::USER).await?;
    let question = Question {
        is_resend: true,
        ..Question::of(caller, object_to_json(user, &schema))
    };
    let validity = node.rules.verify_email_token;
    let ops = if VERIFY_EMAIL.may_be_sent_again(user, validity, node.now()) {
        // The token as it is, so that it is the one that is mailed.
        let token = user.get(VERIFY_EMAIL.token).cloned();
        vec![(
            VERIFY_EMAIL.token,
            FieldOp::Set(token.unwrap_or(ParseValue::Null)),
        )]
    } else {
        let verify = &node.settings.verify_user_emails;
        if !decide(node, "verifyUserEmails", verify, &question).await? {
            return Ok(true);
        }
        let mut ops = new_token_ops(node);
        ops.push((VERIFIED_FIELD, FieldOp::Set(false.into())));
        ops
    };
    let writes = mail_writes(node, &user.id, &question).await?;
    write_hidden_fields(node, user, ops, writes).await
}

pub(super) async fn find_one(node: &Node, filter: Filter) -> Result<Option<ParseObject>, Failure> {
    let query = Query::all(ClassName::USER).filter(filter).limit(1);
    Ok(node.storage.find(&query).await?.pop())
}
