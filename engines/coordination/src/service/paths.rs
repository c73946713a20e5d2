//! Which paths are paths: the rules of ZooKeeper's `PathUtils.validatePath`.

use super::tree::split;
use crate::ErrorCode;

/// Whether a znode may have this path.
///
/// No empty names, no `.` and `..`, no control characters and nothing of the private use and
/// specials blocks. What lies beyond the basic plane is two surrogates to ZooKeeper, and refused.
pub(super) fn validate(path: &str) -> Result<(), ErrorCode> {
    let Some(rest) = path.strip_prefix('/') else { return Err(ErrorCode::BadArguments) };
    let allowed = |name: &str| {
        !name.is_empty() && name != "." && name != ".." && !name.chars().any(is_forbidden)
    };
    if rest.is_empty() || rest.split('/').all(allowed) {
        Ok(())
    } else {
        Err(ErrorCode::BadArguments)
    }
}

/// The parent of a path that is to be created or deleted, before the path itself is looked at any
/// closer; the root stands for the parent of what begins with its only slash.
pub(super) fn parent_of(path: &str) -> Result<&str, ErrorCode> {
    match path.rfind('/') {
        Some(_) if path.contains('\0') => Err(ErrorCode::BadArguments),
        Some(0) => Ok("/"),
        Some(at) => Ok(&path[..at]),
        None => Err(ErrorCode::BadArguments),
    }
}

/// Whether ZooKeeper keeps this path for itself: it cannot be deleted.
pub(super) fn is_special(path: &str) -> bool {
    matches!(path, "/" | "/zookeeper" | "/zookeeper/quota" | "/zookeeper/config")
}

/// `path` and everything above it, nearest first.
pub(super) fn with_ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| split(path).map(|(parent, _)| parent))
}

fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..)
}
