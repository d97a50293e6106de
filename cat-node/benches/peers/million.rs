//! Whether a find by an indexed field stays as fast when a class is large.

use crate::cat_node;
use crate::contestant::{OBJECTS as FEW, measure};
use crate::parse::{ParseServer, equality_find};
use crate::process::resident_mib;
use crate::show_figures;

/// Objects of the large class.
pub(crate) const OBJECTS: u64 = 1_000_000;
/// Objects of one batch.
const BATCH: usize = 1_000;

pub(crate) async fn run(objects: u64, seconds: u64) {
    let objects = usize::try_from(objects).expect("so many fit into memory");
    if objects == 0 {
        return;
    }
    let server = cat_node::start().await;
    ParseServer::at(format!("{}/parse", server.base))
        .fill("Large", objects, BATCH)
        .await;
    let pid = server.process.pid();
    println!("\ncat-node, an equality find among {FEW} objects, then among {objects}");
    println!("| work | requests/s | CPU ms/request | median ms | p99 ms |\n|---|---|---|---|---|");
    for work in [equality_find("Score", FEW), equality_find("Large", objects)] {
        show_figures(&measure(
            pid,
            &server.base,
            &work,
            seconds,
            server.folder.path(),
        ));
    }
    println!("memory: {:.0} MiB", resident_mib(pid));
}
