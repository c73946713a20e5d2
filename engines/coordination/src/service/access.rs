//! Who may do what: the schemes `world`, `auth`, `digest` and `ip` (ZooKeeper Programmer's Guide,
//! "ZooKeeper access control using ACLs").

use crate::{Acl, AclEntry, ErrorCode, Identity};
use sha1::{Digest, Sha1};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// How many identities a connection may prove. Each is compared with each entry of a list.
const MOST_IDENTITIES: usize = 64;

/// A permission of an [`AclEntry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Perms(i32);

impl Perms {
    pub(super) const READ: Perms = Perms(1);
    pub(super) const WRITE: Perms = Perms(2);
    pub(super) const CREATE: Perms = Perms(4);
    pub(super) const DELETE: Perms = Perms(8);
    pub(super) const ADMIN: Perms = Perms(16);
    pub(super) const READ_OR_ADMIN: Perms = Perms(17);
}

/// Whether one of `identities` has one of `perms`. An empty list forbids nothing.
pub(super) fn check(
    acl: &[AclEntry],
    perms: Perms,
    identities: &[Identity],
) -> Result<(), ErrorCode> {
    let grants = |entry: &AclEntry| {
        entry.perms & perms.0 != 0
            && (is_anyone(&entry.id) || identities.iter().any(|id| matches(id, &entry.id)))
    };
    let granted = acl.is_empty() || acl.iter().any(grants);
    if granted { Ok(()) } else { Err(ErrorCode::NoAuth) }
}

/// The list a znode gets: without duplicates, `auth` replaced by the client's own identities,
/// refused where it is empty, names an unknown scheme or an id its scheme does not allow.
pub(super) fn fix(acl: &Acl, identities: &[Identity]) -> Result<Acl, ErrorCode> {
    let ordinary = |entry: &AclEntry| is_anyone(&entry.id) || is_valid(&entry.id);
    if let [entry] = &**acl
        && ordinary(entry)
    {
        return Ok(acl.clone());
    }
    let mut fixed: Vec<AclEntry> = Vec::with_capacity(acl.len());
    let mut seen = BTreeSet::new();
    for entry in acl.iter().filter(|entry| seen.insert(*entry)) {
        if ordinary(entry) {
            fixed.push(entry.clone());
        } else if &*entry.id.scheme == "auth" {
            let before = fixed.len();
            let proven = identities.iter().filter(|id| &*id.scheme == "digest");
            fixed.extend(proven.map(|id| AclEntry { perms: entry.perms, id: id.clone() }));
            if fixed.len() == before {
                return Err(ErrorCode::InvalidAcl);
            }
        } else {
            return Err(ErrorCode::InvalidAcl);
        }
    }
    if fixed.is_empty() { Err(ErrorCode::InvalidAcl) } else { Ok(fixed.into()) }
}

/// A list as someone without ADMIN sees it: without the password hashes.
pub(super) fn masked(acl: &Acl) -> Acl {
    let mask = |entry: &AclEntry| {
        let mut entry = entry.clone();
        if &*entry.id.scheme == "digest"
            && let Some((user, _)) = entry.id.id.split_once(':')
        {
            entry.id.id = format!("{user}:x").into();
        }
        entry
    };
    acl.iter().map(mask).collect()
}

/// The identity a client proves by an `auth` request; none where the scheme is unknown.
pub(super) fn authenticate(scheme: &str, auth: &[u8], from: IpAddr) -> Option<Identity> {
    match scheme {
        "digest" => {
            let text = String::from_utf8_lossy(auth);
            let user = text.split_once(':').map_or(&*text, |(user, _)| user);
            let hash = base64(&Sha1::digest(text.as_bytes()));
            Some(Identity { scheme: "digest".into(), id: format!("{user}:{hash}").into() })
        }
        "ip" => Some(address_identity(from)),
        _ => None,
    }
}

/// The identity every connection has.
pub(super) fn address_identity(from: IpAddr) -> Identity {
    Identity { scheme: "ip".into(), id: from.to_string().into() }
}

/// `identities` and `identity`, once; none where there would be too many.
pub(super) fn with(identities: &Arc<[Identity]>, identity: Identity) -> Option<Arc<[Identity]>> {
    if identities.contains(&identity) {
        return Some(identities.clone());
    }
    let room = identities.len() < MOST_IDENTITIES;
    room.then(|| identities.iter().cloned().chain([identity]).collect())
}

/// What `whoAmI` shows of an identity: of a digest only the user.
pub(super) fn shown(identity: &Identity) -> Identity {
    let user = match &*identity.scheme {
        "digest" => identity.id.split(':').next().unwrap_or_default().into(),
        _ => identity.id.clone(),
    };
    Identity { scheme: identity.scheme.clone(), id: user }
}

fn is_anyone(id: &Identity) -> bool {
    &*id.scheme == "world" && &*id.id == "anyone"
}

fn is_valid(id: &Identity) -> bool {
    match &*id.scheme {
        // Java's `split` drops trailing empty parts, so `user:` is one part and refused.
        "digest" => {
            let text = id.id.trim_end_matches(':');
            id.id.matches(':').count() - (id.id.len() - text.len()) == 1
        }
        "ip" => Network::parse(&id.id).is_some(),
        _ => false,
    }
}

fn matches(client: &Identity, granted: &Identity) -> bool {
    if client.scheme != granted.scheme {
        return false;
    }
    match &*client.scheme {
        "ip" => {
            let address: Option<Ipv4Addr> = client.id.parse().ok();
            address.zip(Network::parse(&granted.id)).is_some_and(|(ip, net)| net.contains(ip))
        }
        "digest" => client.id == granted.id,
        _ => false,
    }
}

/// An IPv4 address with a prefix; ZooKeeper's `ip` scheme knows no others.
struct Network {
    address: u32,
    prefix: u32,
}

impl Network {
    fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, prefix.parse().ok()?),
            None => (text, 32),
        };
        let address = u32::from(address.parse::<Ipv4Addr>().ok()?);
        (prefix <= 32).then_some(Network { address, prefix })
    }

    fn contains(&self, ip: Ipv4Addr) -> bool {
        let mask = u32::MAX.checked_shl(32 - self.prefix).unwrap_or(0);
        u32::from(ip) & mask == self.address & mask
    }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut word = 0;
        for at in 0..3 {
            word = word << 8 | u32::from(group.get(at).copied().unwrap_or(0));
        }
        for at in 0..4 {
            let letter = ALPHABET[(word >> (18 - 6 * at)) as usize & 63];
            text.push(if at <= group.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_that_of_zookeepers_own_generator() {
        let id = authenticate("digest", b"super:admin", IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
        assert_eq!(&*id.id, "super:xQJmxLMiHGwaqBvst5y6rkB6HQs=");
    }

    #[test]
    fn an_address_matches_its_networks() {
        let client = address_identity("10.1.2.3".parse().unwrap());
        let table = [
            ("10.1.2.3", true),
            ("10.1.2.4", false),
            ("10.0.0.0/8", true),
            ("10.1.2.128/25", false),
            ("0.0.0.0/0", true),
            ("10.1.2.3/33", false),
            ("ten", false),
        ];
        for (network, expected) in table {
            let granted = Identity { scheme: "ip".into(), id: network.into() };
            assert_eq!(matches(&client, &granted), expected, "{network}");
        }
    }
}
