//! Lines as the record has them, and lines as it should not.

use super::*;
use crate::domain::catch::Sex;
use service_chassis::real_component::tell;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).expect("a valid instant")
}

fn species() -> SpeciesTable {
    SpeciesTable::read(
        b"speciescode,scientificname,commonname,rodent\n\
        NA,Neotoma albigula,White-throated woodrat,1\nPF,Perognathus flavus,Silky pocket mouse,1\n\
        AH,Ammospermophilus harrisi,Harris's antelope squirrel,1\n",
    )
    .expect("readable")
}

fn row() -> PortalRow {
    let text = |text: &str| text.to_owned();
    PortalRow {
        number: 1,
        record_id: text("1"),
        month: text("7"),
        day: text("16"),
        year: text("1977"),
        plot: text("2"),
        stake: text("16"),
        species: text("NA"),
        sex: text("M"),
        weight: text("160"),
    }
}

fn refusal(change: impl FnOnce(&mut PortalRow)) -> Refusal {
    let mut row = row();
    change(&mut row);
    read_row(&row, &species(), now()).expect_err("refused")
}

#[test]
fn a_plain_line_is_a_catch() {
    let Ok(Reading::Catch(catch)) = read_row(&row(), &species(), now()) else {
        panic!("a catch")
    };
    assert_eq!(catch.standing, Standing::Rat);
    assert_eq!(catch.stake.trap_id().as_str(), "portal-2-16");
    assert_eq!(catch.stake.site_id().as_str(), "portal-2");
    assert_eq!(catch.caught_at.to_rfc3339(), "1977-07-16T14:00:00+00:00");
    assert_eq!(catch.sex, Some(Sex::Male));
}

#[test]
fn what_is_unknown_has_a_place_of_its_own() {
    let nowhere = Stake {
        plot: None,
        stake: None,
    };
    assert_eq!(
        (nowhere.site_id().as_str(), nowhere.trap_id().as_str()),
        ("portal-unknown", "portal-unknown-unknown")
    );
    let stakeless = Stake {
        plot: Some(7),
        stake: None,
    };
    assert_eq!(stakeless.trap_id().as_str(), "portal-7-unknown");
}

#[test]
fn an_empty_species_is_an_empty_trap() {
    let empty = PortalRow {
        species: String::new(),
        ..row()
    };
    assert_eq!(read_row(&empty, &species(), now()), Ok(Reading::Nothing));
}

#[test]
fn each_refusal_says_what_is_wrong() {
    assert_eq!(
        refusal(|row| row.record_id = "0".into()),
        Refusal::RecordId("0".into())
    );
    assert_eq!(
        refusal(|row| row.month = "13".into()).to_string(),
        "the date 1977-13-16 does not exist"
    );
    assert!(matches!(
        refusal(|row| row.day = String::new()),
        Refusal::ImpossibleDate { .. }
    ));
    assert!(matches!(
        refusal(|row| row.year = "1877".into()),
        Refusal::AbsurdDate(_)
    ));
    assert!(matches!(
        refusal(|row| row.year = "2977".into()),
        Refusal::AbsurdDate(_)
    ));
    assert_eq!(
        refusal(|row| row.species = "CU".into()),
        Refusal::UnknownSpecies("CU".into())
    );
    assert_eq!(
        refusal(|row| row.weight = "-3".into()),
        Refusal::Weight("-3".into())
    );
    assert_eq!(
        refusal(|row| row.plot = "25".into()),
        Refusal::Plot("25".into())
    );
    assert_eq!(
        refusal(|row| row.stake = "x".into()),
        Refusal::Stake("x".into())
    );
}

/// The published file, where it lies beside the checkout: every line has one outcome and the sums are known.
#[test]
fn the_real_record_adds_up() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/portal");
    let (Ok(record), Ok(table)) = (
        std::fs::read(folder.join("Portal_rodent.csv")),
        std::fs::read(folder.join("Portal_rodent_species.csv")),
    ) else {
        tell(format_args!(
            "skipped: the Portal record is not at {}",
            folder.display()
        ));
        return;
    };
    let species = SpeciesTable::read(&table).expect("the published table");
    let mut counts = std::collections::BTreeMap::new();
    for row in crate::domain::portal::row::read_rows(&record).expect("the published record") {
        let outcome = match read_row(&row, &species, now()) {
            Ok(Reading::Catch(catch)) => match catch.standing {
                Standing::Mouse => Outcome::Mouse,
                Standing::Rat => Outcome::Rat,
                Standing::Bycatch => Outcome::Bycatch,
            },
            Ok(Reading::Nothing) => Outcome::Nothing,
            Err(_) => Outcome::Refused,
        };
        *counts.entry(outcome).or_insert(0) += 1;
    }
    let counts: Vec<_> = counts.into_iter().collect();
    let expected = [
        (Outcome::Mouse, 37_035),
        (Outcome::Rat, 25_207),
        (Outcome::Bycatch, 1_472),
        (Outcome::Nothing, 1_191),
        (Outcome::Refused, 2),
    ];
    assert_eq!(counts, expected);
}
