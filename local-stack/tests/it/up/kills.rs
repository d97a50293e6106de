//! SIGKILL at random moments, many times, during a replay with trading cats: nothing is lost, nothing is doubled.

use super::runner::{CHILDREN, Place, kill, sample};
use rustix::process::Signal;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const ROWS: usize = 4_000;
const CAPTURES: usize = ROWS / 5 * 4;
/// Fewer than happen while the record is replayed on any machine.
const LEAST_KILLS: usize = 12;
const PAUSE_MS: std::ops::Range<u64> = 50..700;

/// A small generator (xorshift64*), so that a failing run can be repeated by its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, range: std::ops::Range<u64>) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        range.start + self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % (range.end - range.start)
    }
}

fn seed() -> u64 {
    match std::env::var("CATWEB_TEST_SEED") {
        Ok(seed) => seed.parse().expect("CATWEB_TEST_SEED is a number"),
        Err(_) => SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .subsec_nanos()
            .into(),
    }
}

/// Of five rows, two are mice, two are rats and one is an empty trap.
fn write_record(file: &Path) {
    let species = ["XK", "XM", "XN", "XP", ""];
    let mut record = String::from(
        "Record_ID,mo,dy,yr,period,plot,note1,stake,species,sex,age,reprod,testes,vagina,pregnant,nipples,lactation,hfl,wgt,tag,note2,ltag,note3,prevrt,prevlet,nestdir,neststk,note4,note5\n",
    );
    for row in 1..=ROWS {
        let (plot, stake) = (row % 24 + 1, 11 + row % 7);
        let code = species[row % species.len()];
        writeln!(
            record,
            "{row},7,16,1977,1,{plot},,{stake},{code},M,,,,,,,,35,40,,0,,0,,0,0,,0,"
        )
        .unwrap();
    }
    std::fs::write(file, record).unwrap();
    let table = Path::new(&sample()).with_file_name("Portal_rodent_species.csv");
    std::fs::copy(table, file.with_file_name("Portal_rodent_species.csv")).unwrap();
}

#[test]
fn random_kills_lose_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("Portal_rodent.csv");
    write_record(&record);
    let place = Place::new();
    let seed = seed();
    println!("seed {seed}: repeat with CATWEB_TEST_SEED={seed}");
    let mut runner = place.start(&["--replay", record.to_str().unwrap(), "--exit-when-done"]);
    runner.until_ready();
    let ended = AtomicBool::new(false);
    let (kills, (status, said)) = std::thread::scope(|scope| {
        let killer = scope.spawn(|| kill_until(&ended, &place, seed));
        let end = runner.end();
        ended.store(true, Relaxed);
        (killer.join().unwrap(), end)
    });
    println!("{kills} processes were killed");
    assert!(status.success(), "seed {seed}: {said}");
    for sum in [
        format!("rows read {ROWS:>24}"),
        format!("captures {CAPTURES:>25}"),
    ] {
        let squeezed = |text: &str| text.replace([' ', ','], "");
        assert!(
            squeezed(&said).contains(&squeezed(&sum)),
            "seed {seed}: {sum} is not in:\n{said}"
        );
    }
    assert!(kills >= LEAST_KILLS, "only {kills} kills happened");
}

/// Kills one process after another, whichever the dice say, until the replay is over.
fn kill_until(ended: &AtomicBool, place: &Place, seed: u64) -> usize {
    let mut dice = Dice(seed | 1);
    let mut kills = 0;
    while !ended.load(Relaxed) {
        std::thread::sleep(Duration::from_millis(dice.roll(PAUSE_MS)));
        let child = CHILDREN[usize::try_from(dice.roll(0..4)).unwrap()];
        let file = place.path().join("pids").join(format!("{child}.pid"));
        let pid = std::fs::read_to_string(file)
            .ok()
            .and_then(|pid| pid.parse().ok());
        if let Some(pid) = pid {
            kill(pid, Signal::KILL);
            kills += 1;
        }
    }
    kills
}
