//! ZooKeeper's configuration file, as far as one standalone server goes.

use crate::failure::Failure;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// What `zoo.cfg` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZooCfg {
    /// The unit of time, in milliseconds.
    pub tick_ms: u32,
    /// The shortest session time-out granted; none for two ticks.
    pub min_session_ms: Option<u32>,
    /// The longest session time-out granted; none for twenty ticks.
    pub max_session_ms: Option<u32>,
    /// Where snapshots lie.
    pub data_dir: PathBuf,
    /// Where transaction logs lie.
    pub data_log_dir: PathBuf,
    /// Where clients connect.
    pub client: SocketAddr,
    /// The most connections from one address; 0 for no limit.
    pub max_client_connections: u32,
    /// Transactions between two snapshots.
    pub snap_count: u32,
    /// The four-letter words that are answered.
    pub four_letter_words: Vec<String>,
    /// Keys that are not known here.
    pub unknown: Vec<String>,
}

impl ZooCfg {
    /// Reads the file.
    pub fn read(path: &Path) -> Result<ZooCfg, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let what = format!("cannot read the configuration {}", path.display());
            Failure::start(what, error, "name another one with --config")
        })?;
        ZooCfg::parse(&text).map_err(|why| {
            let what = format!("cannot use the configuration {}", path.display());
            Failure::start(what, why, "correct it, or name another one with --config")
        })
    }

    /// Reads its text: Java properties, `key=value` a line.
    pub fn parse(text: &str) -> Result<ZooCfg, String> {
        let mut keys: BTreeMap<&str, &str> = text.lines().filter_map(property).collect();
        let ensemble: Vec<&str> =
            keys.keys().filter(|key| key.starts_with("server.")).copied().collect();
        if ensemble.len() > 1 {
            return Err(format!(
                "{} make an ensemble, and this is one server",
                ensemble.join(", ")
            ));
        }
        keys.retain(|key, _| !key.starts_with("server."));
        let data_dir: PathBuf =
            keys.remove("dataDir").ok_or("dataDir is missing, which says where files lie")?.into();
        let data_log_dir = keys.remove("dataLogDir").map_or_else(|| data_dir.clone(), Into::into);
        let port = number(keys.remove("clientPort"), "clientPort", 2181)?;
        let port = u16::try_from(port).map_err(|_| format!("clientPort={port} is no port"))?;
        let ip = match keys.remove("clientPortAddress") {
            // ZooKeeper listens everywhere then; we wait until we are told to.
            None | Some("localhost") => IpAddr::V4(Ipv4Addr::LOCALHOST),
            Some(ip) => ip.parse().map_err(|_| format!("clientPortAddress={ip} is no address"))?,
        };
        let tick_ms = number(keys.remove("tickTime"), "tickTime", 3000)?.max(1);
        let min_session_ms = time_out(keys.remove("minSessionTimeout"), "minSessionTimeout")?;
        let max_session_ms = time_out(keys.remove("maxSessionTimeout"), "maxSessionTimeout")?;
        let (least, most) = (
            min_session_ms.unwrap_or(tick_ms.saturating_mul(2)),
            max_session_ms.unwrap_or(tick_ms.saturating_mul(20)),
        );
        if least > most {
            return Err(format!(
                "minSessionTimeout is {least} ms and maxSessionTimeout {most} ms: no time-out is \
                 between them"
            ));
        }
        let words = keys.remove("4lw.commands.whitelist").unwrap_or("srvr");
        Ok(ZooCfg {
            tick_ms,
            min_session_ms,
            max_session_ms,
            data_dir,
            data_log_dir,
            client: SocketAddr::new(ip, port),
            max_client_connections: number(keys.remove("maxClientCnxns"), "maxClientCnxns", 60)?,
            snap_count: number(keys.remove("snapCount"), "snapCount", 100_000)?.max(2),
            four_letter_words: words.split(',').map(|word| word.trim().to_owned()).collect(),
            unknown: keys.into_keys().map(str::to_owned).collect(),
        })
    }
}

fn property(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with(['#', '!']) {
        return None;
    }
    // As Java's properties have it: the first of these ends the key, blanks around it do not count.
    let end = line.find(|c: char| c == '=' || c == ':' || c.is_whitespace()).unwrap_or(line.len());
    let (key, rest) = line.split_at(end);
    let rest = rest.trim_start();
    Some((key, rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start()))
}

fn number(value: Option<&str>, key: &str, default: u32) -> Result<u32, String> {
    value.map_or(Ok(default), |value| {
        value.parse().map_err(|_| format!("{key}={value} is no number from 0 up"))
    })
}

/// A time-out of sessions; -1 stands for the default, as in ZooKeeper.
fn time_out(value: Option<&str>, key: &str) -> Result<Option<u32>, String> {
    match value {
        None | Some("-1") => Ok(None),
        value => number(value, key, 0).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zookeepers_own_sample_is_read() {
        let cfg = ZooCfg::parse(
            "# The number of milliseconds of each tick\ntickTime=2000\ninitLimit=10\n\
             dataDir=/var/lib/zookeeper\nclientPort=2181\n\n#maxClientCnxns=60\n\
             4lw.commands.whitelist=stat, ruok\n",
        )
        .unwrap();
        assert_eq!(cfg.tick_ms, 2000);
        assert_eq!(cfg.data_log_dir, Path::new("/var/lib/zookeeper"));
        assert_eq!(cfg.client, "127.0.0.1:2181".parse().unwrap());
        assert_eq!(cfg.four_letter_words, ["stat", "ruok"]);
        assert_eq!(cfg.unknown, ["initLimit"]);
    }

    #[test]
    fn a_blank_parts_key_and_value_too() {
        for line in
            ["clientPort 2182", "clientPort=2182", "clientPort : 2182", " clientPort\t=2182 "]
        {
            let cfg = ZooCfg::parse(&format!("dataDir=/d\n{line}\r\n")).unwrap();
            assert_eq!((cfg.client.port(), cfg.unknown.len()), (2182, 0), "{line:?}");
        }
        assert_eq!(property("server.1=a:2888:3888"), Some(("server.1", "a:2888:3888")));
        assert_eq!(property("alone"), Some(("alone", "")));
    }

    #[test]
    fn the_limits_of_session_time_outs_are_read() {
        let limits = |text: &str| {
            let cfg = ZooCfg::parse(&format!("dataDir=/d\ntickTime=2000\n{text}")).unwrap();
            (cfg.min_session_ms, cfg.max_session_ms)
        };
        assert_eq!(
            limits("minSessionTimeout=1000\nmaxSessionTimeout=90000"),
            (Some(1_000), Some(90_000))
        );
        assert_eq!(limits("maxSessionTimeout=-1"), (None, None));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let crossed = ZooCfg::parse("dataDir=/d\ntickTime=2000\nmaxSessionTimeout=3000");
        assert!(crossed.unwrap_err().contains("minSessionTimeout is 4000"));
        assert!(ZooCfg::parse("clientPort=2181").unwrap_err().contains("dataDir"));
        assert!(ZooCfg::parse("dataDir=/d\nclientPort=x").unwrap_err().contains("clientPort"));
        let ensemble = "dataDir=/d\nserver.1=a:1:2\nserver.2=b:1:2";
        assert!(ZooCfg::parse(ensemble).unwrap_err().contains("server.1, server.2"));
    }
}
