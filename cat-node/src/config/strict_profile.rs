//! `strict_profile`: the defaults that parse-server has announced for its next major version. They take the place of the
//! built-in ones; whatever is set is stronger.

use serde_json::{Map, Value as Json, json};

pub(super) fn defaults() -> Map<String, Json> {
    let parse = json!({
        "allow_aggregation_for_read_only_master_key": false,
        "enable_product_purchase_legacy_api": false,
        "installation": {"duplicate_device_token_action_enforce_auth": true},
        "pages": {"encode_page_param_headers": true},
        "protected_fields_owner_exempt": false,
        "protected_fields_save_response_exempt": false,
        "protected_fields_trigger_exempt": true,
        "read_only_master_key_ips": ["127.0.0.1", "::1"],
        "request_complexity": {
            "batch_request_limit": 100,
            "include_count": 100,
            "include_depth": 10,
            "query_depth": 10,
            "subquery_depth": 10,
        },
    });
    Map::from_iter([("parse".to_owned(), parse)])
}
