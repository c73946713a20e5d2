//! Where ours may differ from Apache ZooKeeper 3.8, and why.

use relevo_coordination::Request;

use crate::operation::Action;
use crate::run::Facts;

struct Justified {
    reason: &'static str,
    applies: fn(&Action, &Facts, &Facts) -> bool,
}

const JUSTIFIED: &[Justified] = &[
    Justified {
        reason: "ZooKeeper keeps the root under an empty path too, and reads of that find it; \
                 here the root has one name",
        applies: |action, _, ours| {
            let of_root = match action {
                Action::Ask(request) => is_read(request, "^"),
                // exists, getData, getACL, getChildren, getChildren2, getAllChildrenNumber
                Action::Raw { opcode: 3 | 4 | 6 | 8 | 12 | 104, body } => body.starts_with(&[0; 4]),
                _ => false,
            };
            of_root && ours[0].contains("NoNode")
        },
    },
    Justified {
        reason: "ZooKeeper's watch manager trips over a path without a leading slash and answers \
                 MARSHALLING_ERROR; here nobody can watch such a path",
        applies: |action, original, ours| {
            let Action::Ask(
                Request::CheckWatches { path, .. } | Request::RemoveWatches { path, .. },
            ) = action
            else {
                return false;
            };
            matches!(&**path, "^" | "^a")
                && original[0].starts_with("MarshallingError ")
                && ours[0].starts_with("NoWatcher ")
        },
    },
];

fn is_read(request: &Request, of: &str) -> bool {
    match request {
        Request::Exists { path, .. }
        | Request::GetData { path, .. }
        | Request::GetAcl { path }
        | Request::GetChildren { path, .. }
        | Request::GetAllChildrenNumber { path } => &**path == of,
        Request::MultiRead(reads) => reads.iter().any(|read| is_read(read, of)),
        _ => false,
    }
}

/// Why these two may differ, if they may.
pub(crate) fn reason(action: &Action, original: &Facts, ours: &Facts) -> Option<&'static str> {
    let found = JUSTIFIED.iter().find(|justified| (justified.applies)(action, original, ours));
    found.map(|justified| justified.reason)
}
