//! `cargo xtask test`: everything CI runs.
//!
//! Parts run one after another, a failing one does not stop the others, and at the end stand the
//! minutes of each, every failure, and the line `N passed, N failed, N skipped`. What a part
//! needs from outside is installed where that is possible and otherwise named exactly: on a
//! learner's machine the part is then skipped and says so, under `CI=true` it fails.

pub(crate) mod browser;
mod clients;
mod lints;
mod peers;
mod session;
mod simulations;
mod trace;
mod units;
mod wasm;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::build::{self, Profile};
use crate::run::{cargo, run, say, timed};
use crate::{first_load, paths};
use session::Session;

/// A stretch of the run.
struct Part {
    name: &'static str,
    /// What it shows.
    what: &'static str,
    run: fn(&mut Session),
}

/// In the order in which they run: what fails soonest and costs least comes first, except that
/// nothing can run before it is built.
const PARTS: &[Part] = &[
    Part { name: "install", what: "what the other parts need", run: peers::install },
    Part { name: "builds", what: "the page, the binary, the tests", run: builds },
    Part {
        name: "lints",
        what: "format, clippy, docs, licences, spelling, layers",
        run: lints::part,
    },
    Part { name: "units", what: "every crate's own tests", run: units::part },
    Part { name: "wasm", what: "the engines' tests on wasm32", run: wasm::part },
    Part { name: "trace", what: "the same trace natively and in wasm", run: trace::part },
    Part { name: "schedules", what: "2,000 seeds of faults", run: simulations::schedules },
    Part { name: "bugs", what: "every planted bug is caught", run: simulations::bugs },
    Part { name: "durability", what: "power loss at any instant", run: units::durability },
    Part { name: "exercises", what: "each exercise's proof", run: simulations::exercises },
    Part { name: "clients", what: "kazoo, node's client, Apache's shell", run: clients::part },
    Part { name: "differential", what: "beside Apache ZooKeeper", run: clients::differential },
    Part { name: "browser", what: "the page, as a person uses it", run: browser::part },
];

pub(crate) fn command(args: &[String]) -> Result<()> {
    if let Some(unknown) = args.iter().find(|arg| !PARTS.iter().any(|part| part.name == **arg)) {
        let names: Vec<_> = PARTS.iter().map(|part| part.name).collect();
        bail!("there is no part `{unknown}`; there are: {}", names.join(" "));
    }
    let chosen: Vec<&Part> = PARTS
        .iter()
        .filter(|part| args.is_empty() || args.iter().any(|a| a == part.name))
        .collect();
    let mut session = Session::new();
    let mut times = Vec::new();
    for (number, part) in chosen.iter().enumerate() {
        say(&format!("[{}/{}] {}: {}", number + 1, chosen.len(), part.name, part.what));
        let begun = Instant::now();
        (part.run)(session.part(part.name));
        times.push((part.name, begun.elapsed()));
    }
    report(&times, &session);
    if session.failed() { bail!("the run failed") } else { Ok(()) }
}

/// Builds everything before anything is tested, so that the parts' minutes tell them apart. The
/// tests go beside what is shipped: either alone leaves a core idle at the end of every crate.
fn builds(session: &mut Session) {
    thread::scope(|scope| {
        let tests = scope.spawn(|| {
            timed("building the tests", || {
                run(&mut cargo(["test", "--workspace", "--no-run", "--quiet"]))
            })
        });
        session.check("page and binary", || build::all(Profile::Release).map(drop));
        session.check("the first load is within its limit", || {
            first_load::within_limit(&paths::page())
        });
        session.check("tests", || tests.join().expect("building the tests does not panic"));
    });
}

fn report(times: &[(&str, Duration)], session: &Session) {
    println!();
    for (name, time) in times {
        println!("{name:<14} {:>5.1} min", time.as_secs_f32() / 60.0);
    }
    let whole: Duration = times.iter().map(|(_, time)| *time).sum();
    println!("{:<14} {:>5.1} min\n", "all", whole.as_secs_f32() / 60.0);
    session.report();
}
