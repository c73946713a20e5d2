//! `relevo serve`: the page, the API, and the lab `main` on its real ports.

use super::ServeFlags;
use super::main_lab::{MainLab, MainLabPlan, Storing};
use crate::failure::Failure;
use crate::labs::{LabLimits, Labs};
use crate::rpc::Health;
use crate::server::{self, Hosts, HttpLimits};
use crate::wire::{Limits, Ports};
use relevo_lab::Scenario;
use serde::Serialize;
use std::future::Future;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// How often idle labs are looked for, at most.
const FORGET_EVERY: Duration = Duration::from_secs(15);
/// They are not looked for more often than this.
const SOON: Duration = Duration::from_millis(500);
/// What still runs this long after the end is abandoned.
const ABANDON: Duration = Duration::from_millis(500);

/// The line on stdout that says that everything serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// `ready`.
    pub event: &'static str,
    /// `main`.
    pub lab: &'static str,
    /// The page's address.
    pub http: String,
    /// ZooKeeper's servers, in the order of their numbers.
    pub zookeeper: Vec<String>,
    /// Kafka's brokers; none yet.
    pub kafka: Vec<String>,
    /// AMQP's nodes; none yet.
    pub amqp: Vec<String>,
}

impl Ready {
    /// Prints it.
    pub fn print(&self) -> Result<(), Failure> {
        let line = serde_json::to_string(self).map_err(|e| Failure::Internal(e.to_string()))?;
        let mut out = std::io::stdout().lock();
        // Whoever closed our stdout does not want the line; serving goes on.
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
        Ok(())
    }
}

/// Serves until it is told to stop.
pub(super) fn run(flags: ServeFlags) -> Result<(), Failure> {
    refuse_unbuilt(&flags)?;
    run_until_stopped(|stop| serve(flags, stop))
}

/// Runs `work` on a runtime, handing it the signal to stop.
pub(super) fn run_until_stopped<F>(work: impl FnOnce(Stop) -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Internal(format!("no runtime: {error}")))?;
    let result = runtime.block_on(async { work(Stop::listen()?).await });
    runtime.shutdown_timeout(ABANDON);
    result
}

/// SIGTERM or Ctrl-C.
pub(super) struct Stop {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> Result<Stop, Failure> {
        let internal = |error: std::io::Error| Failure::Internal(format!("no signals: {error}"));
        Ok(Stop {
            terminate: signal(SignalKind::terminate()).map_err(internal)?,
            interrupt: signal(SignalKind::interrupt()).map_err(internal)?,
        })
    }

    /// Waits for it.
    pub(super) async fn told(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        tracing::info!("stopping");
    }
}

fn refuse_unbuilt(flags: &ServeFlags) -> Result<(), Failure> {
    for (name, size) in [("--brokers", flags.brokers), ("--queue-nodes", flags.queue_nodes)] {
        if size > 0 {
            return Err(Failure::start(
                format!("cannot start with {name} {size}"),
                "that system is not built yet",
                format!("leave {name} out, or give 0"),
            ));
        }
    }
    if flags.servers == 0 && flags.observers > 0 {
        return Err(Failure::start(
            "cannot start observers alone",
            "an observer learns from voting servers",
            "give --servers 1 or more, or --observers 0",
        ));
    }
    Ok(())
}

async fn serve(flags: ServeFlags, mut stop: Stop) -> Result<(), Failure> {
    let http = bind_http(flags.http).await?;
    let address = http.local_addr().map_err(|error| Failure::Internal(error.to_string()))?;
    let ports = Ports::new(wire_limits(&flags), flags.advertise.as_deref());
    let labs = Arc::new(Labs::new(lab_limits(&flags), ports.clone()).examining(flags.exam));
    let main = MainLab::start(&labs, &ports, &plan(&flags), storing(&flags)?).await?;

    let health = Health::default();
    health.not_serving().await;
    let hosts = Hosts::new(flags.advertise.as_deref());
    let app = server::app(Arc::clone(&labs), hosts, health.clone());
    let serving = server::serve(http, app, http_limits(&flags), stop.told());
    let running = async {
        main.ready().await?;
        health.serving().await;
        // The process lives on then: the trace can still be read, and other labs run.
        let (failed, health) = (main.failed(), health.clone());
        tokio::spawn(async move {
            failed.await;
            health.not_serving().await;
        });
        ready_line(&flags, address, main.addresses()).print()?;
        loop {
            tokio::time::sleep(FORGET_EVERY.min(labs.limits().idle.max(SOON))).await;
            labs.forget_idle().await;
        }
    };
    let result = tokio::select! {
        () = serving => Ok(()),
        failed = running => failed,
    };
    // The labs' threads are waited for: their disks finish what they were asked to write.
    let _ = tokio::task::spawn_blocking(move || labs.end()).await;
    result
}

async fn bind_http(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let help = "choose another address with --http (port 0 picks a free one)";
        Failure::start(format!("cannot listen for HTTP on {address}"), error, help)
    })
}

fn wire_limits(flags: &ServeFlags) -> Limits {
    Limits {
        frame: flags.frame_limit as usize,
        connections: flags.max_connections as usize,
        per_address: flags.max_connections_per_address as usize,
        ..Limits::default()
    }
}

fn http_limits(flags: &ServeFlags) -> HttpLimits {
    HttpLimits {
        connections: flags.max_http_connections as usize,
        per_address: flags.max_http_connections_per_address as usize,
        ..HttpLimits::default()
    }
}

fn lab_limits(flags: &ServeFlags) -> LabLimits {
    LabLimits {
        labs: flags.labs as usize,
        per_visitor: flags.labs_per_visitor as usize,
        idle: Duration::from_secs(flags.lab_idle_s),
        ip: flags.zookeeper.ip(),
        ports: flags.lab_ports,
        ..LabLimits::default()
    }
}

fn plan(flags: &ServeFlags) -> MainLabPlan {
    let scenario = Scenario {
        servers: flags.servers,
        observers: flags.observers,
        snap_count: flags.snap_count,
        frame_limit: flags.frame_limit,
        max_client_connections: flags.max_client_connections,
        four_letter_words: words(&flags.four_letter_words),
        ..Scenario::default()
    };
    MainLabPlan { id: "main", scenario, base: flags.zookeeper, seed: flags.seed }
}

/// Four-letter words as a configuration has them.
pub(super) fn words(words: &[String]) -> Vec<Arc<str>> {
    words.iter().map(|word| word.trim().into()).collect()
}

fn storing(flags: &ServeFlags) -> Result<Storing, Failure> {
    match &flags.data_dir {
        None => Ok(Storing::Memory),
        Some(path) => Storing::below(path, flags.servers),
    }
}

fn ready_line(flags: &ServeFlags, http: SocketAddr, zookeeper: Vec<String>) -> Ready {
    let http = match &flags.advertise {
        Some(host) => format!("http://{host}:{}", http.port()),
        None => format!("http://{http}"),
    };
    Ready { event: "ready", lab: "main", http, zookeeper, kafka: vec![], amqp: vec![] }
}
