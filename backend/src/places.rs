//! How many may be connected at once: in all, and from one address.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};

/// Places for connections. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    most: usize,
    per_address: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: BTreeMap<IpAddr, usize>,
}

/// One place, free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    ip: IpAddr,
    taken: Arc<Mutex<Taken>>,
}

/// Which limit left no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// That for all connections.
    Altogether(usize),
    /// That for connections from one address.
    FromThere(usize),
}

impl Places {
    pub(crate) fn new(most: usize, per_address: usize) -> Places {
        Places { most, per_address, taken: Arc::default() }
    }

    /// Takes a place for a connection from `ip`.
    pub(crate) fn take(&self, ip: IpAddr) -> Result<Place, Full> {
        let mut taken = lock(&self.taken);
        if taken.all >= self.most {
            return Err(Full::Altogether(self.most));
        }
        let from_there = taken.by_address.entry(ip).or_default();
        if *from_there >= self.per_address {
            return Err(Full::FromThere(self.per_address));
        }
        *from_there += 1;
        taken.all += 1;
        Ok(Place { ip, taken: Arc::clone(&self.taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.all -= 1;
        if let Some(count) = taken.by_address.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&self.ip);
            }
        }
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().expect("no holder of the places panics")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_dropped() {
        let places = Places::new(3, 2);
        let [one, other] = ["10.0.0.1", "10.0.0.2"].map(|ip| ip.parse().unwrap());
        let first = places.take(one).unwrap();
        let _second = places.take(one).unwrap();
        assert_eq!(places.take(one).unwrap_err(), Full::FromThere(2));
        let _third = places.take(other).unwrap();
        assert_eq!(places.take(other).unwrap_err(), Full::Altogether(3));
        drop(first);
        assert!(places.take(one).is_ok());
        assert_eq!(lock(&places.taken).by_address.len(), 2);
    }
}
