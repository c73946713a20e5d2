use relevo_core::{Duration, HostId, Instant, Party, Random};
use std::collections::{BTreeMap, BTreeSet};

/// Nothing is quicker: two machines that answer each other at once still let time pass.
pub(crate) const LEAST_LATENCY: Duration = Duration::from_micros(1);

/// The ways between hosts: how long they take, and which are cut.
#[derive(Clone, Debug)]
pub(crate) struct Links {
    links: Vec<Link>,
    by_pair: BTreeMap<(HostId, HostId), u32>,
    default: (Duration, Duration),
    cuts: BTreeSet<(HostId, HostId)>,
    /// The group of each host while there is a partition; a host without one reaches nobody.
    partition: Option<BTreeMap<HostId, u32>>,
    random: Random,
}

/// One direction between two hosts, shared by all connections between them.
#[derive(Clone, Copy, Debug)]
struct Link {
    latency: Duration,
    jitter: Duration,
    bytes_per_second: Option<u64>,
    /// Until when it is busy putting earlier messages on the wire.
    busy_until: Instant,
}

impl Links {
    pub(crate) fn new(latency: Duration, jitter: Duration, random: Random) -> Self {
        let mut links = Links {
            links: Vec::new(),
            by_pair: BTreeMap::new(),
            default: (latency, jitter),
            cuts: BTreeSet::new(),
            partition: None,
            random,
        };
        links.add(); // link 0: between outside programs and hosts
        links
    }

    fn add(&mut self) -> u32 {
        let (latency, jitter) = self.default;
        let busy_until = Instant::ZERO;
        self.links.push(Link { latency, jitter, bytes_per_second: None, busy_until });
        (self.links.len() - 1) as u32
    }

    /// The number of the link from one party to another, for [`Links::arrival`].
    pub(crate) fn between(&mut self, from: Party, to: Party) -> u32 {
        let (Party::Host(from), Party::Host(to)) = (from, to) else { return 0 };
        if let Some(&link) = self.by_pair.get(&(from, to)) {
            return link;
        }
        let link = self.add();
        self.by_pair.insert((from, to), link);
        link
    }

    /// When `size` bytes that leave at `leaves` are there.
    pub(crate) fn arrival(&mut self, link: u32, leaves: Instant, size: u64) -> Instant {
        let link = &mut self.links[link as usize];
        let mut leaves = leaves;
        if let Some(rate) = link.bytes_per_second {
            let takes = u128::from(size) * 1_000_000_000 / u128::from(rate.max(1));
            let takes = Duration(u64::try_from(takes).unwrap_or(u64::MAX));
            leaves = leaves.max(link.busy_until) + takes;
            link.busy_until = leaves;
        }
        let jitter = match link.jitter {
            Duration::ZERO => Duration::ZERO,
            Duration(most) => Duration(self.random.between(0, most)),
        };
        leaves + (link.latency + jitter).max(LEAST_LATENCY)
    }

    pub(crate) fn set(
        &mut self,
        (from, to): (HostId, HostId),
        latency: Duration,
        jitter: Duration,
        bytes_per_second: Option<u64>,
    ) {
        let link = self.between(from.into(), to.into());
        let link = &mut self.links[link as usize];
        *link = Link { latency, jitter, bytes_per_second, ..*link };
    }

    pub(crate) fn cut(&mut self, from: HostId, to: HostId) {
        self.cuts.insert((from, to));
    }

    pub(crate) fn divide(&mut self, groups: &[Vec<HostId>]) {
        let numbered = groups.iter().zip(0..);
        let groups = numbered.flat_map(|(group, n)| group.iter().map(move |&host| (host, n)));
        self.partition = Some(groups.collect());
    }

    pub(crate) fn heal(&mut self) {
        self.cuts.clear();
        self.partition = None;
    }

    /// Whether nothing gets from one party to the other.
    pub(crate) fn severed(&self, from: Party, to: Party) -> bool {
        let (Party::Host(from), Party::Host(to)) = (from, to) else { return false };
        self.cuts.contains(&(from, to)) || self.divided(from, to)
    }

    /// Whether no connection can be opened between two parties: the handshake needs both ways.
    pub(crate) fn unreachable(&self, a: Party, b: Party) -> bool {
        self.severed(a, b) || self.severed(b, a)
    }

    /// Whether the partition keeps them apart.
    pub(crate) fn divided(&self, a: HostId, b: HostId) -> bool {
        let Some(groups) = &self.partition else { return false };
        groups.get(&a).is_none_or(|group| groups.get(&b) != Some(group))
    }

    pub(crate) fn cut_links(&self) -> impl Iterator<Item = (HostId, HostId)> + '_ {
        self.cuts.iter().copied()
    }
}
