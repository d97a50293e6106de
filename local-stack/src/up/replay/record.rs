//! The record as a file: looked at before anything is done with it.

use anyhow::Context as _;
use std::path::Path;

/// The table that says which code is a mouse.
const SPECIES_TABLE: &str = "Portal_rodent_species.csv";

/// How many rows the record has, by its own count.
pub(super) fn count_rows(file: &Path) -> anyhow::Result<u64> {
    let shown = file.display();
    let species = file.with_file_name(SPECIES_TABLE);
    anyhow::ensure!(
        species.exists(),
        "there is no species table {}: it belongs beside {shown}",
        species.display()
    );
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(file)
        .with_context(|| format!("{shown} cannot be read; --replay names a Portal_rodent.csv"))?;
    let (mut row, mut rows) = (csv::ByteRecord::new(), 0);
    while reader
        .read_byte_record(&mut row)
        .with_context(|| format!("{shown} is not CSV throughout"))?
    {
        rows += 1;
    }
    Ok(rows)
}
