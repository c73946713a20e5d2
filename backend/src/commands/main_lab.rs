//! The lab that owns the real ports: `main`, or the one server of `relevo zookeeper`.

use crate::driver::{FromDisk, LabHandle};
use crate::failure::Failure;
use crate::files::{DataDir, Disk, Layout, Recorder, Silent};
use crate::labs::{Labs, draw, wall_ms};
use crate::wire::Ports;
use relevo_lab::stream::LabInfo;
use relevo_lab::{Lab, LabHost, Scenario, ServerPlace};
use relevo_world::Storage;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

/// How often readiness is asked for.
const ASK_EVERY: Duration = Duration::from_millis(2);
/// How often one that serves is asked whether it still does.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// An ensemble that has not come up after this long says so in the log.
const SLOW: Duration = Duration::from_secs(10);

/// What the lab is made of.
#[derive(Clone, Debug)]
pub struct MainLabPlan {
    /// Its id.
    pub id: &'static str,
    /// Its servers and their configuration.
    pub scenario: Scenario,
    /// Where they listen: the first here, the others on the ports that follow.
    pub base: SocketAddr,
    /// Its seed; 0 draws one.
    pub seed: u64,
}

/// Where its files lie.
pub enum Storing {
    /// In memory.
    Memory,
    /// On disk, by a node's name.
    Files {
        /// The layout of a node's files.
        layout: Box<dyn Fn(&str) -> Layout + Send>,
        /// Who listens in.
        recorder: Arc<dyn Recorder>,
        /// What must live as long: the directory's lock.
        held: Box<dyn std::any::Any + Send>,
    },
}

impl Storing {
    /// On disk below a data directory, which is locked and checked.
    pub fn below(path: &Path, servers: u32) -> Result<Storing, Failure> {
        let directory = Arc::new(DataDir::open(path, servers)?);
        let held = Arc::clone(&directory);
        Ok(Storing::Files {
            layout: Box::new(move |node| Layout::single(directory.node(node))),
            recorder: Arc::new(Silent),
            held: Box::new(held),
        })
    }
}

impl Storing {
    /// Where the servers are, for `conf` to tell. ZooKeeper names the folders with the version of
    /// their format, which is where the files lie.
    fn places(
        &self,
        scenario: &Scenario,
        listeners: &[TcpListener],
    ) -> Result<Vec<ServerPlace>, Failure> {
        let servers = scenario.hosts().into_iter().zip(listeners);
        let place = |(host, listener): (LabHost, &TcpListener)| {
            let [data_dir, data_log_dir] = match self {
                Storing::Memory => ["memory".into(), "memory".into()],
                Storing::Files { layout, .. } => layout(&host.name)
                    .folders()
                    .map(|folder| folder.join("version-2").display().to_string().into()),
            };
            let client_port = listener.local_addr()?.port();
            Ok(ServerPlace { client_port, data_dir, data_log_dir })
        };
        let places: std::io::Result<Vec<ServerPlace>> = servers.map(place).collect();
        places.map_err(|error| Failure::Internal(error.to_string()))
    }
}

/// The lab, running.
pub struct MainLab {
    handle: LabHandle,
    addresses: Vec<String>,
}

impl MainLab {
    /// Starts it with its ports and its disks.
    pub async fn start(
        labs: &Labs,
        ports: &Ports,
        plan: &MainLabPlan,
        storing: Storing,
    ) -> Result<MainLab, Failure> {
        let count = plan.scenario.servers + plan.scenario.observers;
        let mut listeners = Vec::new();
        for number in 0..count {
            listeners.push(ports.bind(plan.base, number as u16).await?);
        }
        let mut scenario = plan.scenario.clone();
        scenario.places = storing.places(&scenario, &listeners)?;
        let seed = if plan.seed == 0 { draw() } else { plan.seed };
        let durable = matches!(storing, Storing::Files { .. });
        let storage = if durable { Storage::External } else { Storage::Memory };
        let lab = Lab::new(&scenario, seed, wall_ms(), storage);
        let scenario = Arc::clone(&scenario.name);
        let info = LabInfo { id: plan.id.into(), scenario, seed, durable, forked_from: None };
        let handle = labs.add(lab, info, None, move |driven| {
            // Its lab stops with the reason; the process then cannot become ready.
            set_up_disks(driven, storing);
        });
        let handle = handle.map_err(|error| Failure::Internal(error.to_string()))?;
        let mut main = MainLab { handle, addresses: Vec::new() };
        main.open_ports(ports, listeners).await?;
        Ok(main)
    }

    async fn open_ports(
        &mut self,
        ports: &Ports,
        listeners: Vec<TcpListener>,
    ) -> Result<(), Failure> {
        let internal = |what: String| Failure::Internal(what);
        let ask = self.handle.ask(|driven| driven.servers());
        let servers = ask.await.map_err(|gone| internal(gone.to_string()))?;
        for ((host, _), listener) in servers.into_iter().zip(listeners) {
            let inbox = Arc::clone(self.handle.inbox());
            let port = ports.serve(listener, host, inbox).map_err(|e| internal(e.to_string()))?;
            self.addresses.push(port.advertised().to_string());
            let added = self.handle.ask(|driven| driven.add_port(port)).await;
            added.map_err(|gone| internal(gone.to_string()))?;
        }
        Ok(())
    }

    /// Where its servers are reached, in the order of their numbers.
    pub fn addresses(&self) -> Vec<String> {
        self.addresses.clone()
    }

    /// Waits until all its servers serve that can; fails where it stops, or none can.
    pub async fn ready(&self) -> Result<(), Failure> {
        let begun = Instant::now();
        let mut said = false;
        loop {
            let state = self.handle.ask(|driven| {
                let (ready, stopped) = (driven.ready(), driven.stopped());
                (ready, stopped, driven.failure())
            });
            let (ready, stopped, failure) =
                state.await.map_err(|gone| Failure::Internal(gone.to_string()))?;
            if let Some(reason) = failure {
                return Err(lab_stopped(&reason));
            }
            if ready {
                return Ok(());
            }
            if !stopped.is_empty() && stopped.len() * 2 >= self.addresses.len() {
                return Err(cannot_serve(&stopped));
            }
            if begun.elapsed() > SLOW && !said {
                said = true;
                tracing::warn!("the ensemble does not serve yet; still trying");
            }
            sleep(ASK_EVERY).await;
        }
    }

    /// Waits until one of its nodes has stopped by itself, or all of it, and says why.
    pub async fn stopped(&self) -> Failure {
        loop {
            let state = self.handle.ask(|driven| (driven.stopped(), driven.failure())).await;
            match state {
                Ok((_, Some(reason))) => return lab_stopped(&reason),
                Ok((stopped, None)) if !stopped.is_empty() => {
                    let why = format!("{}; start it again once that is mended", stopped.join("; "));
                    return Failure::Stopped(why);
                }
                Ok(_) => sleep(LOOK_EVERY).await,
                Err(gone) => return Failure::Internal(gone.to_string()),
            }
        }
    }

    /// Waits until an assertion of ours has stopped it.
    pub fn failed(&self) -> impl Future<Output = ()> + Send + 'static {
        let handle = self.handle.clone();
        async move {
            while handle.ask(|driven| driven.failure().is_none()).await == Ok(true) {
                sleep(LOOK_EVERY).await;
            }
        }
    }
}

fn lab_stopped(reason: &str) -> Failure {
    Failure::Internal(format!("the lab stopped: {reason}"))
}

fn cannot_serve(stopped: &[Arc<str>]) -> Failure {
    let reasons = stopped.join("; ");
    Failure::start(
        "cannot serve",
        reasons,
        "the data directory is --data-dir, or dataDir in zoo.cfg",
    )
}

fn set_up_disks(driven: &mut crate::driver::Driven, storing: Storing) {
    let Storing::Files { layout, recorder, held } = storing else { return };
    for (host, name) in driven.external_hosts() {
        let inbox = driven.inbox();
        let answer = move |incarnation, input| {
            inbox.disk(FromDisk { node: host, incarnation, input });
        };
        let disk = Disk::open(&name, layout(&name), Arc::clone(&recorder), answer)
            .unwrap_or_else(|error| panic!("no thread for the disk of {name}: {error}"));
        driven.add_disk(host, disk);
    }
    driven.hold(held);
}
