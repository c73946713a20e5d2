use crate::agenda::{Due, Entry, LAST};
use crate::host::{HostState, Mail};
use crate::world::{Scratch, Why, World};
use relevo_core::{
    ConnId, Duration, Effect, Effects, Emitted, HostId, Input, Instant, Kind, Machine, Seq,
};

/// How much later a turn comes that a machine asked for.
const AGAIN_AFTER: Duration = Duration::from_micros(20);
/// A machine whose deadline fires so often at one instant would never let time pass.
const MOST_SPINS: u32 = 10_000;

type MachineInput<M> = Input<<M as Machine>::Message, <M as Machine>::Call>;
type MachineEffect<M> = Emitted<<M as Machine>::Message>;

/// What the agenda's first entry is worth.
enum Standing {
    Live,
    Stale,
    /// A deadline that has moved back meanwhile.
    Later(Instant),
    /// Its process is frozen.
    Frozen(HostId),
}

impl<M: Machine> World<M> {
    /// Runs everything due up to `t`, each at its own instant; then it is `t`. Does nothing where
    /// `t` has passed.
    pub fn advance_to(&mut self, t: Instant) {
        while self.agenda.peek().is_some_and(|entry| entry.at <= t) {
            self.run_one();
        }
        self.now = self.now.max(t);
    }

    /// Runs exactly the next thing that is due; false where nothing waits.
    pub fn run_one(&mut self) -> bool {
        let Some(Entry { at, due, .. }) = self.agenda.pop() else { return false };
        self.now = self.now.max(at);
        match due {
            Due::Arrival { slot, from } => self.arrive(slot, from),
            Due::Flow { slot, end } => self.tell_flow(slot, end),
            Due::Deadline(host) => self.deadline(host),
            Due::Again(host) => {
                let asked = self.host(host).again.take();
                self.step(host, Input::Again, asked.expect("a live turn was asked for"));
            }
            Due::Mail(host) => self.deliver_mail(host),
            Due::DiskAnswer(host) => self.deliver_disk_answer(host),
            Due::SyncDone(host) => self.sync_done(host),
        }
        self.settle();
        true
    }

    /// Clears away what comes first in the agenda and means nothing any more, so that its first
    /// entry is the next thing that really happens. Called after everything that happens.
    pub(crate) fn settle(&mut self) {
        while let Some(entry) = self.agenda.peek() {
            match self.standing(entry) {
                Standing::Live => return,
                Standing::Stale => _ = self.agenda.pop(),
                Standing::Later(at) => self.postpone_deadline(at),
                Standing::Frozen(host) => {
                    let entry = self.agenda.pop().expect("it was just looked at");
                    self.host(host).waiting.push(entry);
                }
            }
        }
    }

    fn standing(&self, entry: &Entry) -> Standing {
        match entry.due {
            Due::Arrival { slot, from } => {
                let Some(connection) = self.connections.get(slot) else { return Standing::Stale };
                if connection.way(from).scheduled != entry.order {
                    return Standing::Stale;
                }
                let to = connection.end(from.other()).party;
                if connection.reached { self.frozen_or_live(to) } else { Standing::Live }
            }
            Due::Flow { slot, end } => {
                let Some(connection) = self.connections.get(slot) else { return Standing::Stale };
                if connection.end(end).flow != entry.order {
                    return Standing::Stale;
                }
                self.frozen_or_live(connection.end(end).party)
            }
            Due::Deadline(host) => {
                let timer = &self.hosts[host.0 as usize].timer;
                match timer.wanted {
                    _ if timer.order != entry.order => Standing::Stale,
                    None => Standing::Later(Instant::FAR_FUTURE),
                    Some(wanted) if wanted > entry.at => Standing::Later(wanted),
                    Some(_) => self.frozen_or_live(host.into()),
                }
            }
            Due::Again(host) | Due::Mail(host) | Due::DiskAnswer(host) | Due::SyncDone(host) => {
                match self.hosts[host.0 as usize].born >= entry.order {
                    true => Standing::Stale,
                    false => self.frozen_or_live(host.into()),
                }
            }
        }
    }

    fn frozen_or_live(&self, party: relevo_core::Party) -> Standing {
        match party {
            relevo_core::Party::Host(host)
                if self.hosts[host.0 as usize].state == HostState::Paused =>
            {
                Standing::Frozen(host)
            }
            _ => Standing::Live,
        }
    }

    /// Puts the deadline that comes first in the agenda where its machine wants it by now.
    fn postpone_deadline(&mut self, at: Instant) {
        let Some(Entry { due: Due::Deadline(host), .. }) = self.agenda.pop() else { return };
        let key = self.host(host).key;
        let order = match at {
            Instant::FAR_FUTURE => 0,
            at => self.agenda.push(at, key, Due::Deadline(host)),
        };
        let timer = &mut self.host(host).timer;
        (timer.scheduled, timer.order) = (at, order);
    }

    fn deadline(&mut self, host: HostId) {
        let now = self.now;
        let timer = &mut self.host(host).timer;
        timer.spins = if timer.fired == now { timer.spins + 1 } else { 0 };
        timer.fired = now;
        assert!(timer.spins < MOST_SPINS, "{host} sets its deadline to now for ever");
        (timer.scheduled, timer.order) = (Instant::FAR_FUTURE, 0);
        let root = self.record(Some(host.into()), &[], || Kind::Deadline);
        self.step(host, Input::Deadline, root);
    }

    fn deliver_mail(&mut self, host: HostId) {
        let (mail, seq) = self.host(host).mail.pop_front().expect("one entry for each mail");
        let input = match mail {
            Mail::Boot => Input::Boot,
            Mail::Call(call) => Input::Call(call),
            Mail::Disk(input) => Input::Disk(input),
        };
        self.step(host, input, seq);
    }

    /// Puts something from outside into a machine's way; it is handled as soon as time runs.
    pub(crate) fn post(&mut self, host: HostId, mail: Mail<M::Call>, seq: Seq) {
        let now = self.now;
        let to = self.host(host);
        to.mail.push_back((mail, seq));
        let key = to.key;
        self.agenda.push(now, key, Due::Mail(host));
    }

    /// Begins a new incarnation.
    pub(crate) fn start_process(&mut self, host: HostId, cause: Seq) {
        let incarnation = self.host(host).incarnation + 1;
        let seed = self.machine_seed(host, incarnation);
        let starting = self.host(host);
        starting.incarnation = incarnation;
        starting.state = HostState::Running;
        starting.machine = Some(M::boot(&starting.config, seed));
        let started = self.record(Some(host.into()), &[cause], || Kind::Started { incarnation });
        self.post(host, Mail::Boot, started);
    }

    /// Gives one input to a machine and does what it wants done.
    pub(crate) fn step(&mut self, id: HostId, input: MachineInput<M>, cause: Seq) {
        let host = &mut self.hosts[id.0 as usize];
        let machine = host.machine.as_mut().expect("only live processes are stepped");
        let now = host.clock.now(self.config.wall_start_ms, self.now);
        let effects = &mut self.scratch.0;
        effects.begin(cause);
        machine.step(now, input, effects);
        self.steps += 1;
        let wanted = machine.deadline();
        let empty = Effects::new(ConnId(0));
        let mut effects = std::mem::replace(&mut self.scratch, Scratch(empty)).0;
        self.scratch.0.set_next_conn(effects.next_conn());
        let (emitted, mut events) = effects.drain();
        for emitted in emitted {
            if self.hosts[id.0 as usize].machine.is_none() {
                break;
            }
            self.perform(id, cause, emitted, &mut events);
        }
        drop(events);
        self.scratch.0 = effects;
        self.set_deadline(id, wanted);
    }

    fn set_deadline(&mut self, id: HostId, wanted: Option<Instant>) {
        let now = self.now;
        let host = &mut self.hosts[id.0 as usize];
        if host.machine.is_none() {
            return;
        }
        host.timer.wanted = wanted.map(|wanted| wanted.max(now));
        if let Some(at) = host.timer.wanted
            && at < host.timer.scheduled
        {
            host.timer.order = self.agenda.push(at, host.key, Due::Deadline(id));
            host.timer.scheduled = at;
        }
    }

    fn perform(
        &mut self,
        host: HostId,
        cause: Seq,
        emitted: MachineEffect<M>,
        events: &mut impl Iterator<Item = M::Event>,
    ) {
        let why = Why { host, cause, because: emitted.because.as_deref().unwrap_or_default() };
        match emitted.effect {
            Effect::Open { conn, to } => self.open_from_host(&why, conn, to),
            Effect::Send { conn, message } => self.send_from_host(&why, conn, message),
            Effect::Close { conn } => self.close_from_host(&why, conn),
            Effect::Disk(effect) => self.disk_effect(&why, effect),
            Effect::Again => self.again(host, cause),
            Effect::Event => {
                let event = events.next().expect("each of these effects has its event");
                self.record_emitted(&why, || Kind::State(event));
            }
            Effect::Stop { reason } => {
                let kind = || Kind::Stopped { reason: reason.clone() };
                let stopped = self.record_emitted(&why, kind);
                self.end_process(host, HostState::Stopped { reason }, stopped);
            }
        }
    }

    /// However often it was asked for, one turn comes.
    fn again(&mut self, id: HostId, cause: Seq) {
        let at = self.now + AGAIN_AFTER;
        let host = self.host(id);
        if host.again.is_none() {
            host.again = Some(cause);
            let key = host.key | LAST;
            self.agenda.push(at, key, Due::Again(id));
        }
    }
}
