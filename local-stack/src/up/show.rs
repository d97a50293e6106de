//! What happens on the running stack: the replay, the demo and its live lines, until the stop.

use super::args::{Service, UpArgs};
use super::demo::Demo;
use super::folder::DataFolder;
use super::live::{Live, NameBook};
use super::outside::Outside;
use super::replay::Replay;
use super::screen::{Paint, Screen};
use super::stack::Plan;
use shared_events::bus::Bus;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Who owns the catches of the record when there are no cats.
const PORTAL_CAT: &str = "portal";

/// All that the show works with.
#[derive(Debug)]
pub(super) struct Show<'a> {
    pub(super) args: &'a UpArgs,
    pub(super) plan: &'a Plan,
    pub(super) bus: &'a Bus,
    pub(super) outside: &'a Outside,
    pub(super) folder: &'a DataFolder,
    pub(super) screen: &'a Arc<Screen>,
    pub(super) stop: &'a CancellationToken,
}

impl Show<'_> {
    /// Goes on until the stop, or until a replay that was asked to end is done.
    pub(super) async fn run(&self) -> anyhow::Result<ExitCode> {
        let names = NameBook::default();
        let mut demo = self.demo(&names)?;
        if let Some(file) = &self.args.replay {
            let replay = Box::pin(self.replay(file, demo.as_ref()));
            let Some(agrees) = super::unless_stopped(self.stop, replay).await else {
                return Ok(ExitCode::SUCCESS);
            };
            let agrees = agrees?;
            if self.args.exit_when_done {
                return Ok(if agrees {
                    ExitCode::SUCCESS
                } else {
                    ExitCode::FAILURE
                });
            }
        }
        let parse = self
            .args
            .runs(Service::CatNode)
            .then(|| self.outside.parse.clone());
        let live = Live::start(self.bus, parse, names, self.screen.clone()).await?;
        if let Some(demo) = &mut demo {
            demo.begin(self.args.runs(Service::CadaverExchange));
        }
        self.stop.cancelled().await;
        drop(demo);
        live.stop().await;
        Ok(ExitCode::SUCCESS)
    }

    fn demo(&self, names: &NameBook) -> anyhow::Result<Option<Demo>> {
        if !self.args.runs_demo() {
            if !self.args.no_demo {
                let told = "the demo is left out: it needs cat-node and mouse-trap";
                self.screen.say(&self.screen.paint(Paint::Quiet, told));
            }
            return Ok(None);
        }
        let memory = self.folder.demo();
        let (names, screen) = (names.clone(), self.screen.clone());
        Demo::start(self.outside.clone(), memory, names, screen).map(Some)
    }

    /// Whether everything adds up.
    async fn replay(&self, file: &Path, demo: Option<&Demo>) -> anyhow::Result<bool> {
        let hunters = match demo {
            Some(demo) => demo.all_cats().await,
            None => vec![PORTAL_CAT.to_owned()],
        };
        let replay = Replay {
            plan: self.plan,
            outside: self.outside,
            folder: self.folder,
            screen: self.screen,
            file: file.to_owned(),
            hunters,
            keep_dates: self.args.keep_dates,
        };
        let summary = replay.run().await?;
        self.screen.say(&summary.told(self.screen));
        Ok(summary.agrees())
    }
}
