//! The species table of the Portal records: which code is a mouse, which a rat, which neither.

use super::latin1;
use std::collections::HashMap;
use thiserror::Error;

/// What the animals of one code are to the trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Goes to market as a mouse.
    Mouse,
    /// Goes to market as a rat.
    Rat,
    /// Kept as bycatch: squirrels, birds, reptiles, what nobody could name.
    Bycatch,
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Species {
    /// The Latin name, for example `Dipodomys merriami`.
    pub scientific_name: String,
    /// The English name, for example `Merriam's kangaroo rat`.
    pub common_name: String,
    /// Decided once, by [`Standing`]'s rule.
    pub standing: Standing,
}

/// The table by species code. Codes are case-sensitive, and `NA` is a woodrat, not an absence.
#[derive(Clone, Debug, Default)]
pub struct SpeciesTable(HashMap<String, Species>);

/// The bytes are not the published species table.
#[derive(Debug, Error)]
#[error(
    "the species table is not readable as CSV with the columns speciescode, scientificname, commonname, rodent"
)]
pub struct ReadSpeciesError(#[source] pub csv::Error);

#[derive(serde::Deserialize)]
struct Columns {
    speciescode: String,
    scientificname: String,
    commonname: String,
    rodent: String,
}

impl SpeciesTable {
    /// Reads `Portal_rodent_species.csv` (Latin-1).
    pub fn read(bytes: &[u8]) -> Result<Self, ReadSpeciesError> {
        let text = latin1(bytes);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows = reader.deserialize::<Columns>().map(|row| {
            let row = row?;
            let species = Species {
                standing: standing(row.rodent.trim() == "1", &row.commonname),
                scientific_name: row.scientificname,
                common_name: row.commonname,
            };
            Ok((row.speciescode, species))
        });
        rows.collect::<Result<_, _>>()
            .map(Self)
            .map_err(ReadSpeciesError)
    }

    /// The species of a code, if the table has it.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Species> {
        self.0.get(code)
    }
}

/// A rodent called a mouse is a mouse, any other called a rat is a rat (kangaroo rats, woodrats, cotton rats), all else neither.
fn standing(rodent: bool, common_name: &str) -> Standing {
    let name = common_name.to_ascii_lowercase();
    match (rodent, name.contains("mouse"), name.contains("rat")) {
        (true, true, _) => Standing::Mouse,
        (true, false, true) => Standing::Rat,
        _ => Standing::Bycatch,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_decide_among_rodents_only() {
        assert_eq!(
            standing(true, "Northern Grasshopper Mouse"),
            Standing::Mouse
        );
        assert_eq!(standing(true, "Ord's kangaroo rat"), Standing::Rat);
        assert_eq!(standing(true, "White-throated woodrat"), Standing::Rat);
        assert_eq!(standing(true, "Spotted ground squirrel"), Standing::Bycatch);
        assert_eq!(standing(true, "Unidentified rodent"), Standing::Bycatch);
        assert_eq!(standing(false, "Mojave Rattlesnake"), Standing::Bycatch);
    }

    #[test]
    fn reads_the_published_columns_and_refuses_others() {
        let table = SpeciesTable::read(
            b"speciescode,scientificname,taxa,commonname,rodent\nNA,Neotoma albigula,Rodent,White-throated woodrat,1\n",
        )
        .expect("readable");
        assert_eq!(
            table.get("NA").map(|species| species.standing),
            Some(Standing::Rat)
        );
        assert!(table.get("na").is_none());
        assert!(SpeciesTable::read(b"code,name\nNA,x\n").is_err());
    }
}
