//! The dependency rule: services know the shared crates and nothing of each other.

use cargo_metadata::{Metadata, MetadataCommand, Package};

const SERVICES: [&str; 3] = ["cat-node", "cadaver-exchange", "mouse-trap"];

/// What each crate of the workspace may depend on in the workspace.
const ALLOWED: [(&str, &[&str]); 6] = [
    ("shared-events", &[]),
    ("service-chassis", &["shared-events"]),
    ("cat-node", &["shared-events", "service-chassis"]),
    ("cadaver-exchange", &["shared-events", "service-chassis"]),
    ("mouse-trap", &["shared-events", "service-chassis"]),
    (
        "local-stack",
        &[
            "shared-events",
            "service-chassis",
            "cat-node",
            "cadaver-exchange",
            "mouse-trap",
        ],
    ),
];

fn workspace() -> Metadata {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .unwrap()
}

fn members_that(package: &Package, metadata: &Metadata) -> Vec<String> {
    let is_member = |name: &str| {
        metadata
            .packages
            .iter()
            .any(|member| member.name.as_str() == name)
    };
    package
        .dependencies
        .iter()
        .map(|dependency| dependency.name.clone())
        .filter(|name| is_member(name))
        .collect()
}

#[test]
fn every_crate_keeps_the_dependency_rule() {
    let metadata = workspace();
    for package in &metadata.packages {
        let allowed = ALLOWED
            .iter()
            .find(|(name, _)| *name == package.name.as_str())
            .unwrap_or_else(|| panic!("{} is new: say here what it may depend on", package.name))
            .1;
        for used in members_that(package, &metadata) {
            assert!(
                allowed.contains(&used.as_str()),
                "{} must not depend on {used}",
                package.name
            );
        }
    }
}

#[test]
fn no_service_depends_on_another() {
    let metadata = workspace();
    for service in SERVICES {
        let package = metadata
            .packages
            .iter()
            .find(|package| package.name.as_str() == service)
            .unwrap();
        assert!(
            !members_that(package, &metadata)
                .iter()
                .any(|used| SERVICES.contains(&used.as_str())),
            "{service}"
        );
    }
}

#[test]
fn every_service_has_the_files_of_its_own_that_the_layout_asks_for() {
    for service in SERVICES {
        for file in [
            "README.md",
            "CHANGELOG.md",
            "config.default.toml",
            "Dockerfile",
            "docker-compose.yml",
            ".gitlab-ci.yml",
        ] {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("..")
                .join(service)
                .join(file);
            assert!(path.is_file(), "{service}/{file} is missing");
        }
    }
}
