//! `relevo zookeeper`: one standalone server with ZooKeeper's own configuration and files.

use super::main_lab::{MainLab, MainLabPlan, Storing};
use super::serve::{Stop, run_until_stopped, words};
use super::{Ready, ZooCfg};
use crate::failure::Failure;
use crate::files::{Layout, Silent, lock_directory};
use crate::labs::{LabLimits, Labs};
use crate::wire::{Limits, Ports};
use relevo_lab::Scenario;
use std::path::Path;
use std::sync::Arc;

/// Serves until it is told to stop, or its server stops by itself.
pub(super) fn run(config: &Path) -> Result<(), Failure> {
    let cfg = ZooCfg::read(config)?;
    for key in &cfg.unknown {
        tracing::warn!(%key, "the configuration has a key that is not known here; it is ignored");
    }
    run_until_stopped(|stop| serve(cfg, stop))
}

async fn serve(cfg: ZooCfg, mut stop: Stop) -> Result<(), Failure> {
    let ports = Ports::new(Limits::default(), None);
    let limits = LabLimits { labs: 1, ..LabLimits::default() };
    let labs = Arc::new(Labs::new(limits, ports.clone()));
    let plan = MainLabPlan { id: "main", scenario: scenario(&cfg), base: cfg.client, seed: 0 };
    let main = MainLab::start(&labs, &ports, &plan, storing(&cfg)?).await?;
    let result = tokio::select! {
        result = serving(&main) => result,
        () = stop.told() => Ok(()),
    };
    // The lab's thread is waited for: its disk finishes what it was asked to write.
    let _ = tokio::task::spawn_blocking(move || labs.end()).await;
    result
}

async fn serving(main: &MainLab) -> Result<(), Failure> {
    main.ready().await?;
    let ready = Ready {
        event: "ready",
        lab: "main",
        http: String::new(),
        zookeeper: main.addresses(),
        kafka: vec![],
        amqp: vec![],
    };
    ready.print()?;
    Err(main.stopped().await)
}

fn scenario(cfg: &ZooCfg) -> Scenario {
    Scenario {
        servers: 1,
        tick_ms: cfg.tick_ms,
        min_session_ms: cfg.min_session_ms,
        max_session_ms: cfg.max_session_ms,
        snap_count: cfg.snap_count,
        max_client_connections: cfg.max_client_connections,
        four_letter_words: words(&cfg.four_letter_words),
        ..Scenario::default()
    }
}

/// ZooKeeper's own layout; the lock beside it is ours.
fn storing(cfg: &ZooCfg) -> Result<Storing, Failure> {
    let mut held = Vec::new();
    let mut folders = vec![&cfg.data_dir];
    if cfg.data_log_dir != cfg.data_dir {
        folders.push(&cfg.data_log_dir);
    }
    for folder in folders {
        let flag = "dataDir and dataLogDir in --config";
        held.push(lock_directory(folder, &folder.join("relevo.lock"), flag)?);
    }
    let (data, log) = (cfg.data_dir.clone(), cfg.data_log_dir.clone());
    Ok(Storing::Files {
        layout: Box::new(move |_| Layout::split(&data, &log)),
        recorder: Arc::new(Silent),
        held: Box::new(held),
    })
}
