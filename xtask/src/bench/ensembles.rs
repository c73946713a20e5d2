//! Three servers of either side, started, awaited, weighed and stopped.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::grpc;
use crate::paths;
use crate::served::Served;

/// How long an ensemble may take to serve.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two questions whether a server serves; what start times are exact to.
const BETWEEN: Duration = Duration::from_millis(2);

/// A running ensemble; ends with this value.
pub(super) struct Ensemble {
    processes: Vec<Child>,
    /// The clients' ports.
    pub(super) servers: Vec<String>,
    /// Where the page is, for ours.
    pub(super) http: Option<String>,
    pub(super) start: Duration,
    dir: PathBuf,
}

impl Drop for Ensemble {
    fn drop(&mut self) {
        for process in &mut self.processes {
            // What has ended already is as good as killed; the folder goes either way.
            process.kill().ok();
            process.wait().ok();
        }
        fs::remove_dir_all(&self.dir).ok();
    }
}

impl Ensemble {
    /// Apache ZooKeeper from Debian's package: three processes, its own defaults.
    pub(super) fn original() -> Result<Ensemble> {
        ensure!(
            Path::new("/usr/share/java/zookeeper.jar").exists(),
            "Apache ZooKeeper is missing; on Debian: \
             RUNLEVEL=1 apt-get install -y --no-install-recommends zookeeper default-jre-headless"
        );
        let dir = fresh_dir("original")?;
        let ports = free_ports(9)?;
        let peers: String = (0..3)
            .map(|n| format!("server.{}=127.0.0.1:{}:{}\n", n + 1, ports[3 + n], ports[6 + n]))
            .collect();
        let begun = Instant::now();
        let mut ensemble = Ensemble {
            processes: Vec::new(),
            servers: ports[..3].iter().map(|port| format!("127.0.0.1:{port}")).collect(),
            http: None,
            start: Duration::ZERO,
            dir: dir.clone(),
        };
        for (n, port) in ports[..3].iter().enumerate() {
            let data = dir.join(format!("{}", n + 1));
            fs::create_dir_all(&data)?;
            fs::write(data.join("myid"), format!("{}\n", n + 1))?;
            let config = data.join("zoo.cfg");
            let text = format!(
                "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir={}\nclientPort={port}\n\
                 clientPortAddress=127.0.0.1\nadmin.enableServer=false\n\
                 4lw.commands.whitelist=*\n{peers}",
                data.display()
            );
            fs::write(&config, text)?;
            ensemble.processes.push(java(&data)?);
        }
        ensemble.await_serving(begun)
    }

    /// Ours: one process, three servers, durable.
    pub(super) fn ours(binary: &Path) -> Result<Ensemble> {
        let dir = fresh_dir("ours")?;
        let begun = Instant::now();
        let data = dir.join("data");
        let flags = ["--servers", "3", "--data-dir", &data.to_string_lossy()].map(str::to_owned);
        let Served { process, http, zookeeper } = Served::start(binary, &flags, &dir.join("log"))?;
        let ensemble = Ensemble {
            processes: vec![process],
            servers: zookeeper,
            http: Some(http),
            start: Duration::ZERO,
            dir,
        };
        ensure!(ensemble.servers.len() == 3, "the ready line names no three servers");
        ensemble.await_serving(begun)
    }

    /// Waits until every server says what it is in the ensemble, the same question for both sides.
    fn await_serving(mut self, begun: Instant) -> Result<Ensemble> {
        for server in &self.servers {
            while !serves(server) {
                if begun.elapsed() > PATIENCE {
                    bail!("{server} does not serve after {PATIENCE:?}; see {}", self.dir.display());
                }
                thread::sleep(BETWEEN);
            }
        }
        self.start = begun.elapsed();
        Ok(self)
    }

    /// A follower loses its disk and comes back with none, so that it is sent a snapshot; returns
    /// its number once it is away.
    pub(super) fn lose_follower(&mut self) -> Result<usize> {
        let follower = self.servers.iter().position(|server| mode(server) == "follower");
        let follower = follower.context("there is no follower")?;
        if let Some(http) = &self.http {
            let node = format!("zookeeper-{}", follower + 1);
            grpc::command(http, "LoseDisk", &node)?;
            grpc::command(http, "RestartNode", &node)?;
            return Ok(follower);
        }
        let process = &mut self.processes[follower];
        process.kill()?;
        process.wait()?;
        let data = self.dir.join(format!("{}", follower + 1));
        fs::remove_dir_all(data.join("version-2"))?;
        self.processes[follower] = java(&data)?;
        Ok(follower)
    }

    /// Resident memory of all its processes.
    pub(super) fn rss(&self) -> Result<u64> {
        self.processes.iter().map(|process| rss(process.id())).sum()
    }
}

/// One server of the original, by its folder.
fn java(data: &Path) -> Result<Child> {
    let log = fs::File::options().create(true).append(true).open(data.join("log"))?;
    Command::new("java")
        // The heap that ZooKeeper's own start script gives.
        .args(["-Xmx1000m", "-cp", CLASSPATH, MAIN])
        .arg(data.join("zoo.cfg"))
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("starting java (Debian: default-jre-headless)")
}

const MAIN: &str = "org.apache.zookeeper.server.quorum.QuorumPeerMain";

const CLASSPATH: &str = "/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar:\
    /usr/share/java/netty-resolver.jar:/usr/share/java/netty-codec.jar:\
    /usr/share/java/netty-transport-native-unix-common.jar";

/// Whether a server says what it is in the ensemble.
pub(super) fn serves(server: &str) -> bool {
    !mode(server).is_empty()
}

/// What a server is in the ensemble; empty while it does not serve.
fn mode(server: &str) -> String {
    let asked = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(server)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"srvr")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = asked().unwrap_or_default();
    let mode = answer.lines().find_map(|line| line.strip_prefix("Mode: "));
    mode.unwrap_or_default().to_owned()
}

fn rss(process: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    Ok(kibibytes.context("/proc tells no VmRSS")? * 1024)
}

/// Below `target/`, since a folder in memory would make every sync free.
fn fresh_dir(side: &str) -> Result<PathBuf> {
    let dir = paths::target().join(format!("bench-{side}-{}", std::process::id()));
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    fs::create_dir_all(&dir)?;
    Ok(dir)
}

/// Ports nobody listens on, all held at once so that they differ.
fn free_ports(count: usize) -> Result<Vec<u16>> {
    let held: Vec<TcpListener> =
        (0..count).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
    held.iter().map(|listener| Ok(listener.local_addr()?.port())).collect()
}
