//! `catweb breach`: somebody was in. What runs is stopped and stays closed, the evidence is kept, everything that opens a
//! door is replaced, and the old keys are tried on the new locks before the doors open again.
//!
//! Like the drill it is an outsider: it runs this program's own tools, and calls what clients call. See
//! `docs/decisions/0037-a-breach-is-answered-closed.md` for the order of its steps.

mod args;
mod evidence;
mod journal;
mod places;
mod plan;
mod premises;
mod quarantine;
mod renewal;
mod report;
mod tools;
mod witness;

pub(crate) use args::BreachArgs;

use crate::up::Screen;
use journal::Journal;
use places::Places;
use plan::Step;
use premises::Premises;
use report::Report;
use std::collections::HashMap;
use std::process::ExitCode;
use witness::Witness;

/// Answers the breach: status 0 when nothing old opens any more and everything new does.
pub(crate) async fn main(args: BreachArgs, environment: HashMap<String, String>) -> ExitCode {
    let screen = Screen::of_process(&environment);
    match Box::pin(run(&args, &screen)).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            screen.warn(&format!("catweb breach: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &BreachArgs, screen: &Screen) -> anyhow::Result<bool> {
    let places = Places::of(args)?;
    if args.lift {
        let was_closed = quarantine::lift(&places)?;
        screen.say(match was_closed {
            true => "the quarantine is lifted: catweb up starts again",
            false => "there was no quarantine",
        });
        return Ok(true);
    }
    if args.dry_run {
        screen.say(&plan::told(&places, args)?);
        return Ok(true);
    }
    places.make_evidence_folder()?;
    let mut journal = Journal::begin(screen);
    let ended = Box::pin(respond(&places, args, &mut journal)).await;
    if let Err(error) = &ended {
        screen.warn(&format!("{error:#}"));
    }
    let report = Report::new(&places, journal, ended.err());
    let files = report.write(places.evidence())?;
    screen.say(&report.told());
    for file in files {
        screen.say(&format!("report: {}", file.display()));
    }
    Ok(report.passed())
}

/// All steps in their order. After an error the quarantine stays.
async fn respond(
    places: &Places,
    args: &BreachArgs,
    journal: &mut Journal<'_>,
) -> anyhow::Result<()> {
    let by_hand = journal
        .step(Step::Observe, async { evidence::observe(places) })
        .await?;
    journal.leave_to_people(by_hand);
    journal
        .step(Step::Quarantine, quarantine::close(places))
        .await?;
    journal
        .step(Step::Preserve, evidence::preserve(places, &args.recipients))
        .await?;
    let witness = journal.step(Step::Plant, plant(places)).await?;
    let secrets = journal.step(Step::Revoke, renewal::revoke(places)).await?;
    journal
        .step(Step::Renew, async { renewal::renew(places, &secrets) })
        .await?;
    let checks = journal
        .step(Step::Verify, verify(places, &witness, &secrets))
        .await?;
    journal.note_checks(checks)?;
    journal.step(Step::BackUp, renewal::back_up(places)).await?;
    if !args.keep_closed {
        journal
            .step(Step::Lift, async {
                quarantine::lift(places)?;
                Ok(((), "catweb up starts again".to_owned()))
            })
            .await?;
    }
    Ok(())
}

/// Takes one of everything that will have to be refused, while it is still good.
async fn plant(places: &Places) -> anyhow::Result<(Witness, String)> {
    let premises = Premises::open(places).await?;
    let planted = Witness::arrive(&premises).await;
    premises.close().await;
    let told = "a cat with a session, an access token, a trap and the master key: all are good";
    Ok((planted?, told.to_owned()))
}

async fn verify(
    places: &Places,
    witness: &Witness,
    secrets: &renewal::TrapSecrets,
) -> anyhow::Result<(Vec<report::Check>, String)> {
    let premises = Premises::open(places).await?;
    let checked = witness.try_again(&premises, secrets).await;
    premises.close().await;
    let checks = checked?;
    let held = checks.iter().filter(|check| check.holds).count();
    let told = format!("{held} of {} checks hold", checks.len());
    Ok((checks, told))
}
