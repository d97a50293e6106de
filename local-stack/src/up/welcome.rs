//! What the runner says when everything is ready: where it is and what a client needs.

use super::args::Service;
use super::backups::Backups;
use super::folder::DataFolder;
use super::keys::Keys;
use super::screen::{Paint, Screen};
use super::stack::Plan;

/// The table of addresses and keys.
pub(super) fn table(
    plan: &Plan,
    keys: &Keys,
    folder: &DataFolder,
    backups: Option<&Backups>,
    with_demo: bool,
    screen: &Screen,
) -> String {
    let addresses = plan.addresses();
    let mut rows: Vec<_> = addresses
        .services()
        .map(|service| match service {
            Service::CatNode => ("Parse API", format!("{}/parse", addresses.url(service))),
            Service::CadaverExchange => ("cadaver-exchange", addresses.url(service)),
            Service::MouseTrap => ("mouse-trap", addresses.url(service)),
        })
        .collect();
    rows.push((
        "broker",
        format!("PUBSUB_EMULATOR_HOST={}", addresses.broker_host()),
    ));
    if addresses
        .services()
        .any(|service| service == Service::CatNode)
    {
        rows.push(("application id", keys.application_id.clone()));
        rows.push(("master key", keys.master_key.clone()));
    }
    if with_demo {
        let names = format!("names and passwords in {}", folder.demo().display());
        rows.push(("demo cats", names));
    }
    rows.push(("data folder", folder.root().display().to_string()));
    rows.extend(backups.into_iter().flat_map(Backups::rows));
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines = rows.iter().map(|(name, value)| {
        let name = screen.paint(Paint::Quiet, &format!("{name:width$}"));
        format!("  {name}  {}", screen.paint(Paint::Strong, value))
    });
    let title = screen.paint(Paint::Good, "Catweb is running; Ctrl-C stops it");
    std::iter::once(title)
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n")
}
