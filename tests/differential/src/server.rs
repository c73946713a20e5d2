//! Standalone servers of both kinds, each over a data directory.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::client::four_letter_word;

const PATIENCE: Duration = Duration::from_secs(60);
/// Apache ZooKeeper may never answer what comes while it starts: then it is asked again.
const STARTING: Duration = Duration::from_secs(2);
const BETWEEN: Duration = Duration::from_millis(5);
const JAR: &str = "/usr/share/java/zookeeper.jar";
const CLASSPATH: &str = "/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar:\
    /usr/share/java/netty-resolver.jar:/usr/share/java/netty-codec.jar:\
    /usr/share/java/netty-transport-native-unix-common.jar";

/// Whose server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Original,
    Ours,
}

impl Side {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Side::Original => "Apache ZooKeeper",
            Side::Ours => "Relevo",
        }
    }
}

/// A running server; dies with this value, as by `kill -9`.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is as good as killed.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Server {
    /// Starts a server over `data` and waits until it serves.
    pub(crate) fn start(side: Side, binary: &Path, data: &Path) -> Result<Server> {
        fs::create_dir_all(data)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let config = data.with_extension("cfg");
        let text = format!(
            "tickTime=2000\ndataDir={}\nclientPort={port}\nclientPortAddress=127.0.0.1\n\
             snapCount=100\nmaxClientCnxns=0\nadmin.enableServer=false\n\
             4lw.commands.whitelist=*\n",
            data.display()
        );
        fs::write(&config, text)?;
        let log = data.with_extension("log");
        let mut command = match side {
            Side::Original => original()?,
            Side::Ours => {
                let mut command = Command::new(binary);
                command.args(["zookeeper", "--config"]);
                command
            }
        };
        let output = File::options().create(true).append(true).open(&log)?;
        command.arg(&config).stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        let process = command.spawn().with_context(|| format!("starting {}", side.name()))?;
        let mut server = Server { process, address: format!("127.0.0.1:{port}") };
        server.await_serving(&log).with_context(|| format!("starting {}", side.name()))?;
        Ok(server)
    }

    fn await_serving(&mut self, log: &Path) -> Result<()> {
        let begun = Instant::now();
        loop {
            let answer = four_letter_word(&self.address, *b"srvr", STARTING);
            if answer.is_ok_and(|answer| answer.contains("Mode: ")) {
                return Ok(());
            }
            let ended = self.process.try_wait()?.is_some();
            if ended || begun.elapsed() > PATIENCE {
                let what = if ended { "it ended" } else { "it does not serve" };
                bail!("{what}; its log is {}", log.display());
            }
            thread::sleep(BETWEEN);
        }
    }
}

fn original() -> Result<Command> {
    ensure!(
        Path::new(JAR).exists(),
        "Apache ZooKeeper is missing; on Debian: \
         RUNLEVEL=1 apt-get install -y --no-install-recommends zookeeper default-jre-headless"
    );
    let mut command = Command::new("java");
    // TTL znodes are behind a switch there.
    command.args(["-Xmx300m", "-Dzookeeper.extendedTypesEnabled=true", "-cp", CLASSPATH]);
    command.arg("org.apache.zookeeper.server.quorum.QuorumPeerMain");
    Ok(command)
}

/// A fresh folder that goes with this value.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Result<Folder> {
        let path = std::env::temp_dir().join(format!("relevo-{name}-{}", std::process::id()));
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        Ok(Folder(path))
    }

    /// Keeps the folder, for whoever wants to know why.
    pub(crate) fn keep(self) -> PathBuf {
        let path = self.0.clone();
        std::mem::forget(self);
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}
