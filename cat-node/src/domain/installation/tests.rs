//! What makes two installations one, case by case.

use chrono::DateTime;
use serde_json::json;

use super::*;
use crate::domain::value::Fields;

fn stored(id: &str, fields: &Json) -> ParseObject {
    let fields = fields.as_object().unwrap().iter();
    let fields: Fields = fields
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().into()))
        .collect();
    ParseObject::new(ObjectId::new(id), DateTime::UNIX_EPOCH, None, fields)
}

fn device(
    body: &Json,
    target: Option<&str>,
    of_request: Option<&str>,
) -> Result<Device, ParseError> {
    let mut body = body.as_object().unwrap().clone();
    Device::read(
        &mut body,
        target.map(ObjectId::new).as_ref(),
        of_request,
        false,
    )
}

fn plan(
    body: &Json,
    target: Option<&str>,
    candidates: &[ParseObject],
) -> Result<(Option<String>, Vec<String>), ParseError> {
    let plan = device(body, target, None)?.plan(candidates, MergePriority::DeviceToken)?;
    let outdated = plan.outdated.iter().map(|object| object.id.to_string());
    Ok((plan.write.map(|id| id.to_string()), outdated.collect()))
}

fn to(id: &str) -> (Option<String>, Vec<String>) {
    (Some(id.to_owned()), Vec::new())
}

#[test]
fn only_the_master_makes_one_that_has_no_id() {
    let read = |is_master| Device::read(&mut Map::new(), None, None, is_master);
    assert!(read(false).is_err());
    assert!(read(true).unwrap().candidates().is_none());
}

#[test]
fn ids_and_apples_tokens_have_one_spelling() {
    let token = "AB".repeat(32);
    let mut body = json!({"installationId": "ABC", "deviceToken": token})
        .as_object()
        .unwrap()
        .clone();
    Device::read(&mut body, None, None, false).unwrap();
    assert_eq!(body["installationId"], "abc");
    assert_eq!(body["deviceToken"], "ab".repeat(32));
    let mut body = json!({"deviceToken": "ABC"}).as_object().unwrap().clone();
    Device::read(&mut body, None, None, false).unwrap();
    assert_eq!(body["deviceToken"], "ABC");
}

#[test]
fn a_device_must_say_who_and_what_it_is() {
    let nameless = device(&json!({"deviceType": "ios"}), None, None).unwrap_err();
    assert_eq!(nameless.code.0, 135);
    assert!(device(&json!({"deviceType": "ios"}), None, Some("i")).is_ok());
    let untyped = plan(&json!({"installationId": "i"}), None, &[]).unwrap_err();
    assert_eq!(
        untyped.message,
        "deviceType must be specified in this operation"
    );
    let op = json!({"installationId": "i", "deviceToken": {"__op": "Delete"}});
    assert_eq!(device(&op, None, None).unwrap_err().code.0, 107);
}

#[test]
fn a_known_installation_is_found_by_its_id_or_token() {
    let by_id = stored("a", &json!({"installationId": "i", "deviceType": "ios"}));
    assert_eq!(
        plan(
            &json!({"installationId": "I"}),
            None,
            std::slice::from_ref(&by_id)
        )
        .unwrap(),
        to("a")
    );
    let by_token = stored("b", &json!({"deviceToken": "t", "deviceType": "ios"}));
    let body = json!({"deviceToken": "t", "deviceType": "ios"});
    assert_eq!(
        plan(&body, None, std::slice::from_ref(&by_token)).unwrap(),
        to("b")
    );
    let first = plan(
        &json!({"installationId": "j", "deviceType": "ios"}),
        None,
        &[],
    )
    .unwrap();
    assert_eq!(first, (None, Vec::new()));
}

#[test]
fn a_token_moves_to_the_installation_that_has_it_now() {
    let old = stored("old", &json!({"installationId": "i", "deviceToken": "t"}));
    let body = json!({"installationId": "j", "deviceToken": "t", "deviceType": "ios"});
    let moved = plan(&body, None, std::slice::from_ref(&old)).unwrap();
    assert_eq!(moved, (None, vec!["old".to_owned()]));
    let new = stored(
        "new",
        &json!({"installationId": "j", "deviceToken": "before"}),
    );
    let moved = plan(&body, None, &[old.clone(), new.clone()]).unwrap();
    assert_eq!(moved, (Some("new".to_owned()), vec!["old".to_owned()]));
    let other_app =
        json!({"installationId": "j", "deviceToken": "t", "appIdentifier": "net.miaou"});
    assert_eq!(plan(&other_app, None, &[old, new]).unwrap(), to("new"));
}

#[test]
fn a_token_of_several_installations_does_not_say_which() {
    let two = ["i", "j"].map(|id| stored(id, &json!({"installationId": id, "deviceToken": "t"})));
    let body = json!({"deviceToken": "t", "deviceType": "ios"});
    assert_eq!(plan(&body, None, &two).unwrap_err().code.0, 132);
}

#[test]
fn two_names_of_one_installation_are_merged() {
    let by_id = stored("a", &json!({"installationId": "i", "deviceType": "ios"}));
    let by_token = stored("b", &json!({"deviceToken": "t", "deviceType": "ios"}));
    let both = [by_id, by_token];
    let body = json!({"installationId": "i", "deviceToken": "t"});
    let device = device(&body, None, None).unwrap();
    let kept = device.plan(&both, MergePriority::DeviceToken).unwrap();
    assert_eq!(
        (kept.write.unwrap().as_str(), kept.shared_field),
        ("b", "installationId")
    );
    assert_eq!(kept.outdated[0].id.as_str(), "a");
    let kept = device.plan(&both, MergePriority::InstallationId).unwrap();
    assert_eq!(
        (kept.write.unwrap().as_str(), kept.shared_field),
        ("a", "deviceToken")
    );
}

#[test]
fn what_makes_an_installation_does_not_change() {
    let named = stored(
        "a",
        &json!({"installationId": "i", "deviceType": "ios", "deviceToken": "t"}),
    );
    let nameless = stored("b", &json!({"deviceToken": "t", "deviceType": "ios"}));
    for (body, object, changed) in [
        (json!({"installationId": "j"}), &named, "installationId"),
        (json!({"deviceType": "android"}), &named, "deviceType"),
        (json!({"deviceToken": "u"}), &nameless, "deviceToken"),
    ] {
        let error = plan(
            &body,
            Some(object.id.as_str()),
            std::slice::from_ref(object),
        )
        .unwrap_err();
        assert_eq!(
            error.message,
            format!("{changed} may not be changed in this operation")
        );
        assert_eq!(error.code.0, 136);
    }
    assert_eq!(
        plan(&json!({"deviceToken": "u"}), Some("a"), &[named]).unwrap(),
        to("a")
    );
    assert_eq!(
        plan(&json!({"deviceType": "ios"}), Some("x"), &[])
            .unwrap_err()
            .code
            .0,
        101
    );
    assert_eq!(
        device(&json!({"badge": 1}), Some("a"), None)
            .unwrap()
            .candidates(),
        None
    );
}
