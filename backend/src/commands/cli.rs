use clap::{Args, Parser, Subcommand};
use relevo_coordination::codec::FRAME_LIMIT;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// A lab for distributed messaging: real engines, real ports, and time that belongs to you.
#[derive(Debug, Parser)]
#[command(name = "relevo", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves the page, the API and the lab `main` with its real ports.
    Serve(Box<ServeFlags>),
    /// Runs one standalone ZooKeeper server from ZooKeeper's own configuration file.
    Zookeeper {
        /// ZooKeeper's configuration (zoo.cfg).
        #[arg(long)]
        config: PathBuf,
    },
    /// Runs a scenario in virtual time and prints its transcript and verdict.
    Simulate(SimulateFlags),
    /// Lists, checks and proves the exercises.
    #[command(subcommand)]
    Exercise(ExerciseCommand),
}

/// The flags of `relevo serve`. Each can be given in the environment, as `RELEVO_` and its name.
#[derive(Args, Clone, Debug)]
pub struct ServeFlags {
    /// The page, the WebSocket, gRPC-web and gRPC.
    #[arg(long, env = "RELEVO_HTTP", default_value = "127.0.0.1:8080")]
    pub http: SocketAddr,
    /// ZooKeeper servers 1..n listen here and on the ports that follow; port 0 picks free ones.
    #[arg(long, env = "RELEVO_ZOOKEEPER", default_value = "127.0.0.1:2181")]
    pub zookeeper: SocketAddr,
    /// Voting ZooKeeper servers of the lab `main`; 0 switches the ensemble off.
    #[arg(long, env = "RELEVO_SERVERS", default_value_t = 3,
          value_parser = clap::value_parser!(u32).range(0..=9))]
    pub servers: u32,
    /// ZooKeeper observers of the lab `main`.
    #[arg(long, env = "RELEVO_OBSERVERS", default_value_t = 0,
          value_parser = clap::value_parser!(u32).range(0..=9))]
    pub observers: u32,
    /// Kafka brokers; not built yet.
    #[arg(long, env = "RELEVO_BROKERS", default_value_t = 0)]
    pub brokers: u32,
    /// AMQP nodes; not built yet.
    #[arg(long, env = "RELEVO_QUEUE_NODES", default_value_t = 0)]
    pub queue_nodes: u32,
    /// Where brokers will listen; without brokers nothing does.
    #[arg(long, env = "RELEVO_KAFKA", hide = true)]
    pub kafka: Option<SocketAddr>,
    /// Where queue nodes will listen; without queue nodes nothing does.
    #[arg(long, env = "RELEVO_AMQP", hide = true)]
    pub amqp: Option<SocketAddr>,
    /// Makes the lab `main` durable: its files live here and survive kill -9 and power loss.
    #[arg(long, env = "RELEVO_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Ports given on request to labs other than `main`.
    #[arg(long, env = "RELEVO_LAB_PORTS", default_value = "20000-20999")]
    pub lab_ports: PortRange,
    /// The host name or address under which others reach this machine (containers, remote
    /// learners).
    #[arg(long, env = "RELEVO_ADVERTISE")]
    pub advertise: Option<String>,
    /// The most labs at once, `main` included.
    #[arg(long, env = "RELEVO_LABS", default_value_t = 64,
          value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub labs: u32,
    /// The most labs of one visitor, who is known by the address.
    #[arg(long, env = "RELEVO_LABS_PER_VISITOR", default_value_t = 32,
          value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub labs_per_visitor: u32,
    /// Visitors' labs that nobody has looked at for so many seconds are removed.
    #[arg(long, env = "RELEVO_LAB_IDLE_S", default_value_t = 600)]
    pub lab_idle_s: u64,
    /// The most connections of ZooKeeper clients, over all labs.
    #[arg(long, env = "RELEVO_MAX_CONNECTIONS", default_value_t = 4096)]
    pub max_connections: u32,
    /// The most connections of ZooKeeper clients from one address, over all labs.
    #[arg(long, env = "RELEVO_MAX_CONNECTIONS_PER_ADDRESS", default_value_t = 1024)]
    pub max_connections_per_address: u32,
    /// The most connections a ZooKeeper server takes from one address (ZooKeeper's
    /// maxClientCnxns); 0 for no limit.
    #[arg(long, env = "RELEVO_MAX_CLIENT_CONNECTIONS", default_value_t = 60)]
    pub max_client_connections: u32,
    /// The largest frame a ZooKeeper client may send, in bytes (ZooKeeper's jute.maxbuffer and
    /// its default, one byte less than a MiB).
    #[arg(long, env = "RELEVO_FRAME_LIMIT", default_value_t = FRAME_LIMIT as u32,
          value_parser = clap::value_parser!(u32).range(1024..=64 * 1024 * 1024))]
    pub frame_limit: u32,
    /// The most connections to the HTTP port.
    #[arg(long, env = "RELEVO_MAX_HTTP_CONNECTIONS", default_value_t = 1024)]
    pub max_http_connections: u32,
    /// The most connections to the HTTP port from one address.
    #[arg(long, env = "RELEVO_MAX_HTTP_CONNECTIONS_PER_ADDRESS", default_value_t = 512)]
    pub max_http_connections_per_address: u32,
    /// ZooKeeper's four-letter words that are answered (4lw.commands.whitelist); `*` for all.
    #[arg(long, env = "RELEVO_FOUR_LETTER_WORDS", default_value = "srvr", value_delimiter = ',')]
    pub four_letter_words: Vec<String>,
    /// Transactions between two snapshots (ZooKeeper's snapCount).
    #[arg(long, env = "RELEVO_SNAP_COUNT", default_value_t = 100_000,
          value_parser = clap::value_parser!(u32).range(2..))]
    pub snap_count: u32,
    /// The seed of the lab `main`; 0 draws one.
    #[arg(long, env = "RELEVO_SEED", default_value_t = 0)]
    pub seed: u64,
    /// Exercises are an exam: no hints, no "show me", no model answers.
    #[arg(long, env = "RELEVO_EXAM")]
    pub exam: bool,
}

/// What a scenario's file looks like, for who asks `--help`.
const SCENARIO_FILE: &str = r#"A scenario's file:
  name = "two-crashes"
  scenario = "first-minute"    # the built-in one it begins with
  seconds = 20
  # also: servers, observers, counter, latency_us, jitter_us
  [[commands]]
  at_ms = 5000
  command = "CrashNode"        # the control API's names and fields
  node = "leader"              # or zookeeper-1, zookeeper-2, ...
  power_loss = true"#;

/// The flags of `relevo simulate`.
#[derive(Args, Clone, Debug)]
#[command(after_help = SCENARIO_FILE)]
pub struct SimulateFlags {
    /// A built-in scenario, or a TOML file.
    #[arg(required_unless_present = "list")]
    pub scenario: Option<String>,
    /// Lists the built-in scenarios.
    #[arg(long)]
    pub list: bool,
    /// One seed: prints its transcript.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Many seeds, A..B (B excluded): prints one line a failure, and a summary.
    #[arg(long, conflicts_with = "seed")]
    pub seeds: Option<SeedRange>,
    /// JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}

/// What can be done with exercises.
#[derive(Clone, Debug, Subcommand)]
pub enum ExerciseCommand {
    /// All exercises.
    List {
        /// JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Plays an exercise's solution and shows its checks; with --lab, shows how they stand in a
    /// lab of a running server; with --hand-in, reviews what a learner handed in.
    Check(CheckFlags),
    /// Shows every check red before, green after the solution, red after each wrong answer, and
    /// what the author has still to write.
    Prove {
        /// Which: `z1`.
        #[arg(required_unless_present = "folder")]
        id: Option<String>,
        /// The folder of an exercise as it is now; those of the course are part of the program.
        #[arg(long, conflicts_with = "id")]
        folder: Option<PathBuf>,
        /// The seeds, A..B (B excluded); of more than ten, only what fails is shown.
        #[arg(long, default_value = "1..4")]
        seeds: SeedRange,
        /// JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
}

/// The flags of `relevo exercise check`.
#[derive(Args, Clone, Debug)]
pub struct CheckFlags {
    /// Which: `z1`.
    #[arg(required_unless_present = "hand_in")]
    pub id: Option<String>,
    /// The lab to look at instead of playing the solution: its id, as StartExercise and the page's
    /// address tell it.
    #[arg(long)]
    pub lab: Option<String>,
    /// Where the server of that lab is.
    #[arg(long, env = "RELEVO_URL", default_value = "http://127.0.0.1:8080")]
    pub http: String,
    /// A Markdown file exported by the page: shows what was done, and what does not fit.
    #[arg(long, conflicts_with_all = ["id", "lab"])]
    pub hand_in: Option<PathBuf>,
    /// JSON, one object a line.
    #[arg(long)]
    pub json: bool,
}

/// An inclusive range of ports: `20000-20999`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    /// The first.
    pub first: u16,
    /// The last.
    pub last: u16,
}

impl FromStr for PortRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no range of ports such as 20000-20999");
        let (first, last) = text.split_once('-').ok_or_else(wrong)?;
        let first = first.trim().parse().map_err(|_| wrong())?;
        let last = last.trim().parse().map_err(|_| wrong())?;
        if first == 0 || first > last {
            return Err(wrong());
        }
        Ok(PortRange { first, last })
    }
}

/// A range of seeds: `1..2001`, the end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeedRange {
    /// The first.
    pub first: u64,
    /// The one after the last.
    pub end: u64,
}

impl FromStr for SeedRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no range of seeds such as 1..2001");
        let (first, end) = text.split_once("..").ok_or_else(wrong)?;
        let first = first.trim().parse().map_err(|_| wrong())?;
        let end = end.trim().parse().map_err(|_| wrong())?;
        if first >= end {
            return Err(wrong());
        }
        Ok(SeedRange { first, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_or_refused() {
        assert_eq!("20000-20999".parse(), Ok(PortRange { first: 20000, last: 20999 }));
        assert!("20999-20000".parse::<PortRange>().is_err());
        assert!("x".parse::<PortRange>().is_err());
        assert_eq!("1..2001".parse(), Ok(SeedRange { first: 1, end: 2001 }));
        assert!("5..5".parse::<SeedRange>().is_err());
    }

    #[test]
    fn every_flag_of_serve_has_its_variable() {
        use clap::CommandFactory;
        let cli = Cli::command();
        let serve = cli.find_subcommand("serve").unwrap();
        let flags: Vec<_> = serve.get_arguments().filter(|arg| arg.get_id() != "help").collect();
        assert!(flags.len() > 15);
        for flag in flags {
            let long = flag.get_long().unwrap();
            let variable = format!("RELEVO_{}", long.replace('-', "_").to_uppercase());
            assert_eq!(flag.get_env().and_then(|env| env.to_str()), Some(&*variable), "--{long}");
        }
    }

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
