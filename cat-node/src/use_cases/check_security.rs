//! Looks at the settings with the eyes of an attacker.

use serde_json::Value as Json;

use crate::config::ParseSettings;
use crate::diagnostics::DatabaseAccess;
use crate::domain::security_check::{CheckGroup, SecurityCheck, is_strong, report};
use crate::node::Node;

/// The report for the Dashboard; with `security.check_groups`, of these groups only.
pub fn security_report(node: &Node) -> Json {
    let settings = &node.settings;
    let wanted = &settings.security.check_groups;
    let mut groups = vec![
        CheckGroup {
            name: "Database",
            checks: database(&node.diagnostics.database),
        },
        CheckGroup {
            name: "Keys",
            checks: keys(settings),
        },
        CheckGroup {
            name: "Access",
            checks: access(settings),
        },
    ];
    groups.retain(|group| wanted.is_empty() || wanted.iter().any(|name| name == group.name));
    report(&groups)
}

/// Tells the failed checks to the log, as `security.enable_check_log` asks.
pub fn log_security_report(node: &Node) {
    let report = security_report(node);
    let groups = report["report"]["groups"].as_array();
    let checks = groups
        .into_iter()
        .flatten()
        .filter_map(|group| group["checks"].as_array());
    for check in checks.flatten().filter(|check| check["state"] == "fail") {
        tracing::warn!(
            check = check["title"].as_str(),
            solution = check["solution"].as_str(),
            "a security check failed"
        );
    }
}

fn database(access: &DatabaseAccess) -> Vec<SecurityCheck> {
    let is_passed = match access {
        DatabaseAccess::File => true,
        DatabaseAccess::Server(password) => password
            .as_ref()
            .is_some_and(|password| is_strong(password.expose())),
    };
    vec![SecurityCheck {
        title: "Secure database password",
        is_passed,
        warning: "Whoever reaches the database server can guess its password, or needs none.",
        solution: "Give the database user a password of 14 or more mixed characters, and put it into DATABASE_URL.",
    }]
}

fn keys(settings: &ParseSettings) -> Vec<SecurityCheck> {
    let is_from_anywhere =
        |ranges: &[crate::config::IpRange]| ranges.iter().any(|range| range.is_everything());
    let read_only = settings.read_only_master_key.as_ref();
    vec![
        SecurityCheck {
            title: "Secure master key",
            is_passed: is_strong(settings.master_key.expose()),
            warning: "The master key is short or simple; who guesses it owns all data.",
            solution: "Choose a master key of 14 or more mixed characters.",
        },
        SecurityCheck {
            title: "Master key IP range restricted",
            is_passed: !is_from_anywhere(&settings.master_key_ips),
            warning: "The master key works from every address.",
            solution: "Name the addresses that need it in master_key_ips.",
        },
        SecurityCheck {
            title: "Read-only master key IP range restricted",
            is_passed: read_only.is_none() || !is_from_anywhere(&settings.read_only_master_key_ips),
            warning: "The read-only master key reads all data from every address.",
            solution: "Name the addresses that need it in read_only_master_key_ips.",
        },
        SecurityCheck {
            title: "Insecure auth adapters disabled",
            is_passed: !settings.enable_insecure_auth_adapters,
            warning: "Some ways of signing in do not prove who signs in.",
            solution: "Set enable_insecure_auth_adapters to false.",
        },
    ]
}

fn access(settings: &ParseSettings) -> Vec<SecurityCheck> {
    let limits = &settings.request_complexity;
    let bounds = [
        limits.batch_request_limit,
        limits.include_count,
        limits.include_depth,
        limits.query_depth,
        limits.subquery_depth,
        limits.subquery_limit,
    ];
    let check = |title, is_passed, warning, solution| SecurityCheck {
        title,
        is_passed,
        warning,
        solution,
    };
    vec![
        check(
            "Client class creation disabled",
            !settings.allow_client_class_creation,
            "Clients without a key may fill the database with new classes.",
            "Set allow_client_class_creation to false.",
        ),
        check(
            "Users are created without public access",
            settings.enforce_private_users,
            "Everyone may read every new user.",
            "Set enforce_private_users to true.",
        ),
        check(
            "Refusals do not say why",
            settings.enable_sanitized_error_response,
            "Refusals tell an attacker which permission is missing.",
            "Set enable_sanitized_error_response to true.",
        ),
        check(
            "Public database explain disabled",
            !settings.database_options.allow_public_explain,
            "Clients may see how the database answers a query.",
            "Set database_options.allow_public_explain to false.",
        ),
        check(
            "Request complexity limits enabled",
            bounds.iter().all(Option::is_some),
            "One request may ask for very much work.",
            "Give every bound of request_complexity a positive number.",
        ),
        check(
            "Password reset endpoint user enumeration mitigated",
            settings
                .password_policy
                .reset_password_success_on_invalid_email,
            "A password reset tells whether an address has an account.",
            "Set password_policy.reset_password_success_on_invalid_email to true.",
        ),
        check(
            "Email verification endpoint user enumeration mitigated",
            settings.email_verify_success_on_invalid_email,
            "A request for verification tells whether an address has an account.",
            "Set email_verify_success_on_invalid_email to true.",
        ),
        check(
            "Security log disabled",
            !settings.security.enable_check_log,
            "Failed checks are in the log, for everyone who reads it.",
            "Set security.enable_check_log to false.",
        ),
    ]
}
