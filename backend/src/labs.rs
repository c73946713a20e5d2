//! All labs of the process. `main` stays; visitors' labs come, are forgotten when nobody has used
//! them for a while, and there are limits to their number, in all and for each visitor. Where a
//! limit is reached, the lab that nobody has used for longest makes way.

use crate::driver::{self, Driven, LabHandle};
use crate::said::Said;
use crate::wire::Ports;
use relevo_core::Instant as LabInstant;
use relevo_lab::stream::LabInfo;
use relevo_lab::{Lab, Scenario};
use relevo_world::Storage;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::commands::PortRange;

/// What bounds the labs of a process.
#[derive(Clone, Debug)]
pub struct LabLimits {
    /// The most labs at once.
    pub labs: usize,
    /// The most labs of one visitor, who is known by the address.
    pub per_visitor: usize,
    /// How long a visitor's lab lives unused.
    pub idle: Duration,
    /// How long it lives unused where there is no room for another.
    pub spared: Duration,
    /// How long a page may be silent before it counts as gone.
    pub silence: Duration,
    /// The address and the ports given on request.
    pub ip: IpAddr,
    /// The ports given on request.
    pub ports: PortRange,
}

impl Default for LabLimits {
    fn default() -> Self {
        LabLimits {
            labs: 64,
            per_visitor: 32,
            idle: Duration::from_secs(600),
            spared: Duration::from_secs(10),
            silence: Duration::from_secs(60),
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            ports: PortRange { first: 20_000, last: 20_999 },
        }
    }
}

/// Why a lab was not made or found.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabsError {
    /// There is none of this id.
    #[error("there is no lab `{0}`; it may have been removed because nobody used it")]
    NoLab(String),
    /// There is no scenario of this name.
    #[error("there is no scenario `{0}`; `relevo simulate --list` names them")]
    NoScenario(String),
    /// There are as many as there may be.
    #[error("there are {0} labs already, which is the limit (--labs); delete one first")]
    TooMany(usize),
    /// One visitor has as many as one may have.
    #[error(
        "there are {0} labs of yours already, which is the limit (--labs-per-visitor); delete one first"
    )]
    TooManyOfYours(usize),
    /// It may not be removed.
    #[error("the lab `main` stays as long as the process")]
    Main,
    /// The thread could not be started.
    #[error("the lab's thread could not be started: {0}")]
    Thread(String),
    /// No ports are left.
    #[error("no port of {0}-{1} (--lab-ports) is free")]
    NoPorts(u16, u16),
    /// The lab has ended.
    #[error("the lab is gone")]
    Gone,
    /// The lab cannot be forked there.
    #[error("{0}")]
    Fork(Said),
}

impl From<LabsError> for Said {
    fn from(error: LabsError) -> Said {
        let es = match &error {
            LabsError::NoLab(id) => {
                format!("no hay ningún laboratorio `{id}`; quizá se quitó porque nadie lo usaba")
            }
            LabsError::NoScenario(name) => {
                format!("no hay ningún escenario `{name}`; `relevo simulate --list` los nombra")
            }
            LabsError::TooMany(most) => {
                format!("ya hay {most} laboratorios, que es el límite (--labs); borra uno antes")
            }
            LabsError::TooManyOfYours(most) => format!(
                "ya tienes {most} laboratorios, que es el límite (--labs-per-visitor); borra uno \
                 antes"
            ),
            LabsError::Main => "el laboratorio `main` dura lo que el proceso".into(),
            LabsError::Thread(why) => {
                format!("no se pudo iniciar el hilo del laboratorio: {why}")
            }
            LabsError::NoPorts(first, last) => {
                format!("ningún puerto de {first}-{last} (--lab-ports) está libre")
            }
            LabsError::Gone => "el laboratorio ya no existe".into(),
            LabsError::Fork(said) => said.es.clone(),
        };
        Said { en: error.to_string(), es }
    }
}

/// The labs.
pub struct Labs {
    limits: LabLimits,
    ports: Ports,
    all: Mutex<BTreeMap<Arc<str>, Entry>>,
    /// Held while a lab's servers are given ports: each gets one.
    opening: tokio::sync::Mutex<()>,
    exam: bool,
}

struct Entry {
    handle: LabHandle,
    thread: JoinHandle<()>,
    /// Whose it is; `main` is nobody's.
    visitor: Option<IpAddr>,
    used: Instant,
}

impl Labs {
    /// None yet.
    pub fn new(limits: LabLimits, ports: Ports) -> Labs {
        let (all, opening) = (Mutex::default(), tokio::sync::Mutex::default());
        Labs { limits, ports, all, opening, exam: false }
    }

    /// The same for an exam: exercises are given without hints, solutions and model answers.
    pub fn examining(self, exam: bool) -> Labs {
        Labs { exam, ..self }
    }

    /// Whether exercises are done as an exam.
    pub fn exam(&self) -> bool {
        self.exam
    }

    /// What bounds them.
    pub fn limits(&self) -> &LabLimits {
        &self.limits
    }

    /// Makes a visitor a memory lab from a named scenario; seed 0 draws one.
    pub async fn create(
        &self,
        scenario: &str,
        seed: u64,
        visitor: Option<IpAddr>,
    ) -> Result<LabHandle, LabsError> {
        let name = if scenario.is_empty() { "first-minute" } else { scenario };
        let scenario = Scenario::named(name).ok_or_else(|| LabsError::NoScenario(name.into()))?;
        self.make_room(visitor).await;
        let seed = if seed == 0 { draw() } else { seed };
        let lab = Lab::new(&scenario, seed, wall_ms(), Storage::Memory);
        let info = LabInfo { id: draw_id(), scenario: name.into(), seed, ..LabInfo::default() };
        self.add(lab, info, visitor, |_| {})
    }

    /// Takes in a visitor's memory lab made elsewhere; it stands paused where it is.
    pub async fn add_made(
        &self,
        lab: Lab,
        scenario: Arc<str>,
        visitor: Option<IpAddr>,
    ) -> Result<LabHandle, LabsError> {
        self.make_room(visitor).await;
        let info = LabInfo { id: draw_id(), scenario, seed: lab.seed(), ..LabInfo::default() };
        self.add(lab, info, visitor, |driven| drop(driven.pause()))
    }

    /// Starts a lab's thread and makes it known.
    pub fn add(
        &self,
        lab: Lab,
        info: LabInfo,
        visitor: Option<IpAddr>,
        set_up: impl FnOnce(&mut Driven) + Send + 'static,
    ) -> Result<LabHandle, LabsError> {
        let mut all = self.lock();
        self.room(&all, visitor)?;
        let (handle, thread) =
            driver::start(lab, info, set_up).map_err(|e| LabsError::Thread(e.to_string()))?;
        let id = Arc::clone(&handle.info.id);
        all.insert(id, Entry { handle: handle.clone(), thread, visitor, used: Instant::now() });
        Ok(handle)
    }

    fn room(&self, all: &BTreeMap<Arc<str>, Entry>, by: Option<IpAddr>) -> Result<(), LabsError> {
        if all.len() >= self.limits.labs {
            return Err(LabsError::TooMany(self.limits.labs));
        }
        let theirs = all.values().filter(|entry| by.is_some() && entry.visitor == by).count();
        if theirs >= self.limits.per_visitor {
            return Err(LabsError::TooManyOfYours(theirs));
        }
        Ok(())
    }

    /// Where a limit is reached, removes a lab that nobody uses: the one unused for longest, of
    /// this visitor where it is this visitor's limit.
    async fn make_room(&self, visitor: Option<IpAddr>) {
        let candidates = {
            let all = self.lock();
            let ours = match self.room(&all, visitor) {
                Ok(()) => return,
                Err(LabsError::TooManyOfYours(_)) => visitor,
                Err(_) => None,
            };
            let spared = |entry: &&Entry| {
                let wanted = entry.visitor.is_some() && (ours.is_none() || entry.visitor == ours);
                wanted && entry.used.elapsed() >= self.limits.spared
            };
            let mut idle: Vec<&Entry> = all.values().filter(spared).collect();
            idle.sort_by_key(|entry| entry.used);
            idle.into_iter().map(|entry| entry.handle.clone()).collect::<Vec<_>>()
        };
        for handle in candidates {
            if !handle.ask(|driven| driven.in_use()).await.unwrap_or(false) {
                tracing::info!(lab = %handle.info.id, "removed: unused, and there was no room");
                // Someone else may have removed it meanwhile, which makes the room as well.
                let _ = self.delete(&handle.info.id);
                return;
            }
        }
    }

    /// The lab of this id.
    pub fn find(&self, id: &str) -> Result<LabHandle, LabsError> {
        let mut all = self.lock();
        let entry = all.get_mut(id).ok_or_else(|| LabsError::NoLab(id.into()))?;
        entry.used = Instant::now();
        Ok(entry.handle.clone())
    }

    /// All labs, ordered by id.
    pub fn list(&self) -> Vec<LabHandle> {
        self.lock().values().map(|entry| entry.handle.clone()).collect()
    }

    /// Removes a visitor's lab.
    pub fn delete(&self, id: &str) -> Result<(), LabsError> {
        if id == "main" {
            return Err(LabsError::Main);
        }
        let entry = self.lock().remove(id).ok_or_else(|| LabsError::NoLab(id.into()))?;
        entry.handle.stop();
        Ok(())
    }

    /// A new memory lab that begins at a past instant of another.
    pub async fn fork(
        &self,
        id: &str,
        at: LabInstant,
        visitor: Option<IpAddr>,
    ) -> Result<LabHandle, LabsError> {
        let from = self.find(id)?;
        let forked = from.ask(move |driven| driven.lab.fork(at).map_err(Said::from)).await;
        let lab = forked.map_err(|_| LabsError::Gone)?.map_err(LabsError::Fork)?;
        let known = from.ask(move |driven| (driven.attempted_by(at), driven.clock().speed)).await;
        let (attempted, speed) = known.map_err(|_| LabsError::Gone)?;
        self.make_room(visitor).await;
        let (scenario, seed) = (Arc::clone(&from.info.scenario), from.info.seed);
        let forked_from = Some((Arc::clone(&from.info.id), at));
        let info = LabInfo { id: draw_id(), scenario, seed, durable: false, forked_from };
        self.add(lab, info, visitor, move |driven| {
            // Another future runs at the pace of the one it left; where outside programs forbid
            // it here too, its own pace is left.
            let _ = driven.set_speed(speed);
            if let Some((exercise, steps)) = attempted {
                driven.attempt(exercise, steps);
            }
        })
    }

    /// Gives a lab's servers real ports; those it has already are kept.
    pub async fn open_ports(&self, id: &str) -> Result<Vec<Arc<str>>, LabsError> {
        let _alone = self.opening.lock().await;
        let handle = self.find(id)?;
        let nodes = handle.ask(|driven| driven.servers()).await.map_err(|_| LabsError::Gone)?;
        for (host, _) in nodes.iter().filter(|(_, addresses)| addresses.is_empty()) {
            let listener = self.free_port().await?;
            let inbox = Arc::clone(handle.inbox());
            let port = self.ports.serve(listener, *host, inbox);
            let port = port.map_err(|e| LabsError::Thread(e.to_string()))?;
            handle.ask(|driven| driven.add_port(port)).await.map_err(|_| LabsError::Gone)?;
        }
        let nodes = handle.ask(|driven| driven.servers()).await.map_err(|_| LabsError::Gone)?;
        Ok(nodes.into_iter().flat_map(|(_, addresses)| addresses).collect())
    }

    async fn free_port(&self) -> Result<tokio::net::TcpListener, LabsError> {
        let PortRange { first, last } = self.limits.ports;
        for port in first..=last {
            let address = SocketAddr::new(self.limits.ip, port);
            if let Ok(listener) = tokio::net::TcpListener::bind(address).await {
                return Ok(listener);
            }
        }
        Err(LabsError::NoPorts(first, last))
    }

    /// Removes visitors' labs that nobody has used for a while; called now and then.
    pub async fn forget_idle(&self) {
        for handle in self.list() {
            let in_use = handle.ask(|driven| driven.in_use()).await.unwrap_or(false);
            let id = &handle.info.id;
            let mut all = self.lock();
            let Some(entry) = all.get_mut(id) else { continue };
            if in_use || &**id == "main" {
                entry.used = Instant::now();
            } else if entry.used.elapsed() > self.limits.idle
                && let Some(entry) = all.remove(id)
            {
                tracing::info!(lab = %id, "removed: nobody used it");
                entry.handle.stop();
            }
        }
    }

    /// Ends all labs and waits for their threads, so that durable ones have written everything.
    pub fn end(&self) {
        let entries = std::mem::take(&mut *self.lock());
        entries.values().for_each(|entry| entry.handle.stop());
        for (_, entry) in entries {
            // A thread that panicked outside its guard has nothing left to say.
            let _ = entry.thread.join();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Entry>> {
        self.all.lock().expect("no holder of the labs panics")
    }
}

/// The wall clock, in milliseconds since the Unix epoch.
pub(crate) fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A seed nobody chose. Never 0, and exact as a JavaScript number.
pub(crate) fn draw() -> u64 {
    let drawn = getrandom::u64().unwrap_or_else(|_| wall_ms().unsigned_abs());
    (drawn >> 12).max(1)
}

/// An id that cannot be guessed from others.
fn draw_id() -> Arc<str> {
    format!("{:013x}", draw()).into()
}
