use relevo_coordination::service::open_acl;
use relevo_coordination::{AclEntry, AddWatchMode, Life, Request, WatcherType};

/// The line that asks this; none where the shell has none.
pub fn render(request: &Request) -> Option<String> {
    let flag = |set: bool, flag: &str| if set { format!(" {flag}") } else { String::new() };
    Some(match request {
        Request::Create { path, data, acl, mode, .. } => {
            let life = match mode.life {
                Life::Persistent => String::new(),
                Life::Ephemeral => " -e".into(),
                Life::Container => " -c".into(),
                Life::Ttl { ttl_ms } => format!(" -t {ttl_ms}"),
            };
            let sequential = flag(mode.sequential, "-s");
            let open = *acl == open_acl();
            let data = match data {
                Some(data) => format!(" {}", quoted(data)),
                None if open => String::new(),
                None => " \"\"".into(),
            };
            let acl = if open { String::new() } else { format!(" {}", render_acl(acl)) };
            format!("create{sequential}{life} {path}{data}{acl}")
        }
        Request::Delete { path, version } => format!("delete{} {path}", expecting(*version)),
        Request::Check { path, version } => format!("check{} {path}", expecting(*version)),
        Request::Exists { path, watch } => format!("stat{} {path}", flag(*watch, "-w")),
        Request::GetData { path, watch } => format!("get{} {path}", flag(*watch, "-w")),
        Request::GetChildren { path, watch, .. } => format!("ls{} {path}", flag(*watch, "-w")),
        Request::SetData { path, data, version } => {
            let data = quoted(data.as_deref().unwrap_or_default());
            format!("set{} {path} {data}", expecting(*version))
        }
        Request::GetAcl { path } => format!("getAcl {path}"),
        Request::SetAcl { path, acl, version } => {
            format!("setAcl{} {path} {}", expecting(*version), render_acl(acl))
        }
        Request::Sync { path } => format!("sync {path}"),
        Request::Multi(parts) => {
            let parts: Option<Vec<String>> = parts.iter().map(render).collect();
            format!("multi {}", parts?.join(" ; "))
        }
        Request::AddWatch { path, mode } => {
            let mode = match mode {
                AddWatchMode::Persistent => "PERSISTENT",
                AddWatchMode::PersistentRecursive => "PERSISTENT_RECURSIVE",
            };
            format!("addWatch -m {mode} {path}")
        }
        Request::RemoveWatches { path, kind } => {
            let kind = match kind {
                WatcherType::Data => "-d",
                WatcherType::Children => "-c",
                WatcherType::Any => "-a",
            };
            format!("removewatches {kind} {path}")
        }
        Request::Auth { scheme, .. } => format!("addauth {scheme} …"),
        Request::WhoAmI => "whoami".into(),
        Request::GetEphemerals { prefix } => format!("getEphemerals {prefix}"),
        Request::GetAllChildrenNumber { path } => format!("getAllChildrenNumber {path}"),
        Request::CloseSession => "close".into(),
        Request::Ping
        | Request::MultiRead(_)
        | Request::CheckWatches { .. }
        | Request::SetWatches { .. }
        | Request::Invalid { .. } => return None,
    })
}

/// An access control list as the shell writes it.
pub fn render_acl(acl: &[AclEntry]) -> String {
    let entry = |entry: &AclEntry| {
        let letters = [(4, 'c'), (8, 'd'), (1, 'r'), (2, 'w'), (16, 'a')];
        let held = letters.into_iter().filter(|(bit, _)| entry.perms & bit != 0);
        let perms: String = held.map(|(_, letter)| letter).collect();
        format!("{}:{}:{perms}", entry.id.scheme, entry.id.id)
    };
    acl.iter().map(entry).collect::<Vec<_>>().join(",")
}

fn expecting(version: i32) -> String {
    if version == -1 { String::new() } else { format!(" -v {version}") }
}

fn quoted(data: &[u8]) -> String {
    let text = String::from_utf8_lossy(data);
    let plain = !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c == ';');
    if plain { text.into_owned() } else { format!("\"{text}\"") }
}
