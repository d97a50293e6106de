//! Time and turns: tasks are polled in an order drawn by the seed, time moves only when nobody can go on, and all tasks of a process
//! can be dropped between any two polls, which is a crash at an await.

use super::dice::Dice;
use parking_lot::Mutex;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

/// Polls in one simulation before it counts as one that does not end.
pub(super) const MAX_POLLS: u64 = 400_000;

/// One run of a process; a restart is another life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Life(usize);

/// What never crashes: clients, the bus, databases that are servers, and chance itself.
pub(super) const OUTSIDE: Life = Life(0);

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A way to the scheduler; cheap to clone.
#[derive(Clone)]
pub(super) struct Scheduler(Arc<Mutex<State>>);

struct State {
    now: Duration,
    timers: BinaryHeap<Reverse<Timer>>,
    timers_made: u64,
    tasks_made: u64,
    started: Vec<(u64, Life, Task)>,
    /// In order of their numbers, so that it does not matter in which order they were woken: a watch channel wakes by chance of its own.
    ready: BTreeSet<u64>,
    lives: Vec<LifeState>,
    /// Whether a life has ended whose tasks are still there.
    is_burial_due: bool,
    trace: Trace,
    violation: Option<String>,
}

#[derive(Debug, Default)]
struct LifeState {
    is_over: bool,
    /// It crashes before this many more polls of its tasks.
    polls_left: Option<u64>,
    /// It does not run until then, as a stopped process.
    sleeps_until: Duration,
}

struct Timer {
    due: Duration,
    number: u64,
    waker: Waker,
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Timer {}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.due, self.number).cmp(&(other.due, other.number))
    }
}

/// A hash over everything that happened, in order (FNV-1a).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trace(pub(super) u64);

impl Trace {
    fn note(&mut self, what: u64) {
        for byte in what.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

impl Scheduler {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            now: Duration::ZERO,
            timers: BinaryHeap::new(),
            timers_made: 0,
            tasks_made: 0,
            started: Vec::new(),
            ready: BTreeSet::new(),
            lives: vec![LifeState::default()],
            is_burial_due: false,
            trace: Trace(0xcbf2_9ce4_8422_2325),
            violation: None,
        })))
    }

    /// The time since the simulation began.
    pub(super) fn now(&self) -> Duration {
        self.0.lock().now
    }

    pub(super) fn new_life(&self) -> Life {
        let mut state = self.0.lock();
        state.lives.push(LifeState::default());
        Life(state.lives.len() - 1)
    }

    pub(super) fn spawn(&self, life: Life, task: impl Future<Output = ()> + Send + 'static) {
        let mut state = self.0.lock();
        if state.lives[life.0].is_over {
            return;
        }
        let number = state.tasks_made;
        state.tasks_made += 1;
        state.started.push((number, life, Box::pin(task)));
        state.ready.insert(number);
    }

    /// Ends a life: its tasks are dropped before anything else happens.
    pub(super) fn kill(&self, life: Life) {
        self.0.lock().end(life);
    }

    /// Ends a life after so many more polls.
    pub(super) fn kill_after(&self, life: Life, polls: u64) {
        self.0.lock().lives[life.0].polls_left = Some(polls);
    }

    /// Stops a life for a while, as SIGSTOP and SIGCONT do.
    pub(super) fn put_to_sleep(&self, life: Life, for_: Duration) {
        let mut state = self.0.lock();
        state.lives[life.0].sleeps_until = state.now + for_;
    }

    pub(super) fn pause(&self, duration: Duration) -> Pause {
        Pause {
            due: self.now() + duration,
            scheduler: self.clone(),
            is_set: false,
        }
    }

    /// Makes something part of the trace.
    pub(super) fn note(&self, what: u64) {
        self.0.lock().trace.note(what);
    }

    /// Something is wrong: the simulation ends with the first thing that is.
    pub(super) fn violate(&self, what: impl Into<String>) {
        self.0.lock().violation.get_or_insert(what.into());
    }

    /// Runs until `is_done`, which must come within so many polls.
    ///
    /// # Errors
    /// What was wrong.
    pub(super) fn run(
        &self,
        dice: &mut Dice,
        most_polls: u64,
        is_done: impl Fn() -> bool,
    ) -> Result<Trace, String> {
        let mut tasks = BTreeMap::new();
        let ended = self.take_turns(dice, most_polls, &is_done, &mut tasks);
        drop(tasks);
        // What waits holds the scheduler, and is not held by it any more.
        let (timers, started) = {
            let mut state = self.0.lock();
            (
                std::mem::take(&mut state.timers),
                std::mem::take(&mut state.started),
            )
        };
        drop((timers, started));
        ended
    }

    fn take_turns(
        &self,
        dice: &mut Dice,
        most_polls: u64,
        is_done: &impl Fn() -> bool,
        tasks: &mut BTreeMap<u64, Running>,
    ) -> Result<Trace, String> {
        for _ in 0..most_polls {
            let turn = self.next_turn(dice, tasks);
            match turn {
                Turn::Poll(number) => poll(number, tasks),
                Turn::Wake(waker) => waker.wake(),
                Turn::Start(started) => self.start(started, tasks),
                Turn::Bury(dead) => {
                    // Dropping wakes others, so nothing is locked meanwhile.
                    for number in dead {
                        drop(tasks.remove(&number));
                    }
                }
                Turn::Nothing => {}
                Turn::Violated(violation) => return Err(violation),
                Turn::Stuck => return Err("nothing more can happen".to_owned()),
            }
            if is_done() {
                let mut state = self.0.lock();
                return state.violation.take().map_or(Ok(state.trace), Err);
            }
        }
        Err("it does not come to an end".to_owned())
    }

    fn start(&self, started: Vec<(u64, Life, Task)>, tasks: &mut BTreeMap<u64, Running>) {
        for (number, life, task) in started {
            let alarm = Arc::new(Alarm {
                number,
                is_ready: AtomicBool::new(true),
                scheduler: self.clone(),
            });
            let waker = Waker::from(alarm.clone());
            let running = Running {
                life,
                task,
                alarm,
                waker,
            };
            tasks.insert(number, running);
        }
    }

    fn next_turn(&self, dice: &mut Dice, tasks: &BTreeMap<u64, Running>) -> Turn {
        let mut state = self.0.lock();
        if let Some(violation) = state.violation.take() {
            return Turn::Violated(violation);
        }
        if !state.started.is_empty() {
            return Turn::Start(std::mem::take(&mut state.started));
        }
        if std::mem::take(&mut state.is_burial_due) {
            let tasks = tasks.iter();
            let dead = tasks.filter(|(_, running)| state.lives[running.life.0].is_over);
            return Turn::Bury(dead.map(|(number, _)| *number).collect());
        }
        if state.ready.is_empty() {
            return state.next_timer();
        }
        let index = dice.index(state.ready.len());
        let Some(number) = state.ready.iter().nth(index).copied() else {
            return Turn::Nothing;
        };
        state.ready.remove(&number);
        let Some(running) = tasks.get(&number) else {
            return Turn::Nothing;
        };
        let now = state.now;
        let life = &mut state.lives[running.life.0];
        if life.sleeps_until > now {
            let due = life.sleeps_until;
            // It is looked at again when the process goes on.
            state.set_timer(due, running.waker.clone());
            running.alarm.is_ready.store(false, SeqCst);
            return Turn::Nothing;
        }
        match &mut life.polls_left {
            Some(0) => {
                state.end(running.life);
                return Turn::Nothing;
            }
            Some(left) => *left -= 1,
            None => {}
        }
        let time = u64::try_from(now.as_micros()).unwrap_or(u64::MAX);
        state.trace.note(number ^ (time << 20));
        Turn::Poll(number)
    }
}

impl State {
    fn end(&mut self, life: Life) {
        self.lives[life.0].is_over = true;
        self.is_burial_due = true;
    }

    fn set_timer(&mut self, due: Duration, waker: Waker) {
        let number = self.timers_made;
        self.timers_made += 1;
        self.timers.push(Reverse(Timer { due, number, waker }));
    }

    fn next_timer(&mut self) -> Turn {
        let Some(Reverse(timer)) = self.timers.pop() else {
            return Turn::Stuck;
        };
        self.now = self.now.max(timer.due);
        Turn::Wake(timer.waker)
    }
}

enum Turn {
    Poll(u64),
    Wake(Waker),
    Start(Vec<(u64, Life, Task)>),
    /// The tasks of lives that are over.
    Bury(Vec<u64>),
    Violated(String),
    Nothing,
    Stuck,
}

struct Running {
    life: Life,
    task: Task,
    alarm: Arc<Alarm>,
    waker: Waker,
}

fn poll(number: u64, tasks: &mut BTreeMap<u64, Running>) {
    let Some(running) = tasks.get_mut(&number) else {
        return;
    };
    running.alarm.is_ready.store(false, SeqCst);
    let mut context = Context::from_waker(&running.waker);
    if running.task.as_mut().poll(&mut context).is_ready() {
        drop(tasks.remove(&number));
    }
}

/// Wakes one task.
struct Alarm {
    number: u64,
    is_ready: AtomicBool,
    scheduler: Scheduler,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        if !self.is_ready.swap(true, SeqCst) {
            self.scheduler.0.lock().ready.insert(self.number);
        }
    }
}

/// Ends when its time has come; one of no length lets others go first.
pub(super) struct Pause {
    due: Duration,
    scheduler: Scheduler,
    is_set: bool,
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.scheduler.0.lock();
        if self.is_set && state.now >= self.due {
            return Poll::Ready(());
        }
        if state.now < self.due {
            // Once: each timer wakes, and a task that waits for much at a time would be woken by ever more of them.
            if !self.is_set {
                state.set_timer(self.due, context.waker().clone());
            }
            drop(state);
        } else {
            drop(state);
            context.waker().wake_by_ref();
        }
        self.is_set = true;
        Poll::Pending
    }
}
