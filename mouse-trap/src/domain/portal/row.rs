//! One line of `Portal_rodent.csv`, as text: nothing is judged yet.

use super::latin1;
use thiserror::Error;

/// A line of the record, with the columns that decide its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalRow {
    /// Its place in the file; the first record is 1.
    pub number: u32,
    /// `Record_ID`.
    pub record_id: String,
    /// `mo`, `dy`, `yr`.
    pub month: String,
    /// See `month`.
    pub day: String,
    /// See `month`.
    pub year: String,
    /// 1 to 24, or empty.
    pub plot: String,
    /// 11 to 77 by the plan of a plot, other numbers in practice, or empty.
    pub stake: String,
    /// A code of the species table, or empty when nothing was caught.
    pub species: String,
    /// `F`, `M`, empty, or a slip of the pen.
    pub sex: String,
    /// Grams, or empty.
    pub weight: String,
}

/// The bytes are not the published record.
#[derive(Debug, Error)]
pub enum ReadRecordError {
    /// A column that decides outcomes is absent from the header.
    #[error("the record has no column {0:?}")]
    MissingColumn(&'static str),
    /// The CSV itself is broken: nothing after this point can be trusted.
    #[error("the record is not readable as CSV")]
    Csv(#[source] csv::Error),
    /// More lines than this format ever had.
    #[error("the record has more than {MAX_ROWS} rows")]
    TooLong,
}

/// Seven times the published file.
pub const MAX_ROWS: usize = 500_000;

/// Reads `Portal_rodent.csv` (Latin-1). Lines of uneven length are kept: an absent column counts as empty.
pub fn read_rows(bytes: &[u8]) -> Result<Vec<PortalRow>, ReadRecordError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = reader.byte_headers().map_err(ReadRecordError::Csv)?.clone();
    let column = |name: &'static str| {
        header
            .iter()
            .position(|field| field == name.as_bytes())
            .ok_or(ReadRecordError::MissingColumn(name))
    };
    let [record_id, month, day, year] = [
        column("Record_ID")?,
        column("mo")?,
        column("dy")?,
        column("yr")?,
    ];
    let [plot, stake, species] = [column("plot")?, column("stake")?, column("species")?];
    let [sex, weight] = [column("sex")?, column("wgt")?];
    let mut rows = Vec::new();
    for (number, record) in (1_u32..).zip(reader.byte_records()) {
        let record = record.map_err(ReadRecordError::Csv)?;
        if rows.len() == MAX_ROWS {
            return Err(ReadRecordError::TooLong);
        }
        let text = |index| latin1(record.get(index).unwrap_or_default().trim_ascii()).into_owned();
        rows.push(PortalRow {
            number,
            record_id: text(record_id),
            month: text(month),
            day: text(day),
            year: text(year),
            plot: text(plot),
            stake: text(stake),
            species: text(species),
            sex: text(sex),
            weight: text(weight),
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_latin_1_and_short_lines() {
        let bytes = b"Record_ID,mo,dy,yr,plot,stake,species,sex,wgt,note5\n7,7,16,1977,2,16,D\xe9,M,40,\xff\n8,7\n";
        let rows = read_rows(bytes).expect("readable");
        assert_eq!(
            (
                rows[0].number,
                rows[0].species.as_str(),
                rows[0].weight.as_str()
            ),
            (1, "D\u{e9}", "40")
        );
        assert_eq!(
            (rows[1].record_id.as_str(), rows[1].species.as_str()),
            ("8", "")
        );
    }

    #[test]
    fn names_the_missing_column() {
        let error = read_rows(b"Record_ID,mo,dy,yr\n").expect_err("no plot");
        assert!(matches!(error, ReadRecordError::MissingColumn("plot")));
    }
}
