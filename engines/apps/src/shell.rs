//! The commands of ZooKeeper's shell, as `zkCli.sh` has them: a line becomes a request, and a
//! request the line that asks it. The page's console, the exercises' scripts and the control API
//! all read the same lines.
//!
//! ```text
//! create [-s] [-e] [-c] [-t ttl_ms] path [data] [acl]      delete [-v version] path
//! set [-v version] path data      get [-w] path            stat [-w] path      ls [-w] path
//! addWatch [-m mode] path         removewatches [-d|-c|-a] path
//! getAcl path     setAcl [-v version] path acl      addauth scheme [auth]      sync path
//! getEphemerals [path]      getAllChildrenNumber path      whoami      close
//! ```
//!
//! The shell has no multi; here it is `multi` with its parts between semicolons, of `create`,
//! `set`, `delete` and `check -v version path`. Words with spaces stand in double quotes.

use bytes::Bytes;
use relevo_coordination::service::open_acl;
use relevo_coordination::{
    Acl, AclEntry, AddWatchMode, CreateMode, Identity, Life, Path, Request, WatcherType,
};

mod render;

pub use render::{render, render_acl};

/// The names of the commands, with what follows each.
pub const COMMANDS: [(&str, &str); 17] = [
    ("create", "[-s] [-e] [-c] [-t ttl_ms] path [data] [acl]"),
    ("get", "[-w] path"),
    ("set", "[-v version] path data"),
    ("delete", "[-v version] path"),
    ("ls", "[-w] path"),
    ("stat", "[-w] path"),
    ("addWatch", "[-m PERSISTENT|PERSISTENT_RECURSIVE] path"),
    ("removewatches", "[-d|-c|-a] path"),
    ("multi", "create … ; set … ; delete … ; check -v version path"),
    ("getAcl", "path"),
    ("setAcl", "[-v version] path acl"),
    ("addauth", "scheme [auth]"),
    ("sync", "path"),
    ("getEphemerals", "[path]"),
    ("getAllChildrenNumber", "path"),
    ("whoami", ""),
    ("close", ""),
];

/// Why a line is no command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Nothing stands there.
    #[error("nothing was asked; `create /a data` would create a znode")]
    Empty,
    /// No command of that name.
    #[error("there is no command `{0}`")]
    Unknown(String),
    /// Something is missing.
    #[error("`{command}` needs more: {usage}")]
    Missing {
        /// The command.
        command: &'static str,
        /// What follows it.
        usage: &'static str,
    },
    /// Something is left over, or no such option.
    #[error("`{command}` does not understand `{word}`: {usage}")]
    Left {
        /// The command.
        command: &'static str,
        /// What was not understood.
        word: String,
        /// What follows it.
        usage: &'static str,
    },
    /// Not a number.
    #[error("`{0}` is not a whole number in range")]
    Number(String),
    /// Not a path.
    #[error("`{0}` is not a path: a path begins with / and does not end with one")]
    Path(String),
    /// Not an access control list.
    #[error("`{0}` is not an ACL: it looks like world:anyone:cdrwa or auth::rw")]
    Acl(String),
    /// A quote that does not end.
    #[error("a quote is not closed")]
    Quote,
}

/// Reads a line.
pub fn parse(line: &str) -> Result<Request, LineError> {
    let words = words(line)?;
    let Some((name, rest)) = words.split_first() else { return Err(LineError::Empty) };
    let (command, usage) = COMMANDS
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .ok_or_else(|| LineError::Unknown(name.clone()))?;
    if command == "multi" {
        return multi(rest);
    }
    Words { command, usage, words: rest.to_vec() }.request()
}

fn multi(words: &[String]) -> Result<Request, LineError> {
    let part = |words: &[String]| -> Result<Request, LineError> {
        let (command, usage) = match words.first().map(|word| word.to_ascii_lowercase()).as_deref()
        {
            Some("create") => COMMANDS[0],
            Some("set") => COMMANDS[2],
            Some("delete") => COMMANDS[3],
            Some("check") => ("check", "-v version path"),
            Some(other) => return Err(LineError::Unknown(other.to_owned())),
            None => return Err(LineError::Missing { command: "multi", usage: COMMANDS[8].1 }),
        };
        Words { command, usage, words: words[1..].to_vec() }.request()
    };
    words.split(|word| word == ";").map(part).collect::<Result<_, _>>().map(Request::Multi)
}

/// The words after a command's name.
struct Words {
    command: &'static str,
    usage: &'static str,
    words: Vec<String>,
}

impl Words {
    fn request(mut self) -> Result<Request, LineError> {
        let request = match self.command {
            "create" => self.create()?,
            "get" => Request::GetData { watch: self.flag("-w"), path: self.path()? },
            "set" => Request::SetData {
                version: self.version()?,
                path: self.path()?,
                data: Some(self.text()?),
            },
            "delete" => Request::Delete { version: self.version()?, path: self.path()? },
            "check" => Request::Check { version: self.version()?, path: self.path()? },
            "ls" => {
                Request::GetChildren { watch: self.flag("-w"), with_stat: true, path: self.path()? }
            }
            "stat" => Request::Exists { watch: self.flag("-w"), path: self.path()? },
            "addWatch" => self.add_watch()?,
            "removewatches" => self.remove_watches()?,
            "getAcl" => Request::GetAcl { path: self.path()? },
            "setAcl" => {
                Request::SetAcl { version: self.version()?, path: self.path()?, acl: self.acl()? }
            }
            "addauth" => {
                Request::Auth { scheme: self.word()?.into(), auth: self.text().unwrap_or_default() }
            }
            "sync" => Request::Sync { path: self.path()? },
            "getEphemerals" if self.words.is_empty() => {
                Request::GetEphemerals { prefix: "/".into() }
            }
            "getEphemerals" => Request::GetEphemerals { prefix: self.path()? },
            "getAllChildrenNumber" => Request::GetAllChildrenNumber { path: self.path()? },
            "whoami" => Request::WhoAmI,
            _ => Request::CloseSession,
        };
        match self.words.first() {
            None => Ok(request),
            Some(word) => {
                let Words { command, usage, .. } = self;
                Err(LineError::Left { command, word: word.clone(), usage })
            }
        }
    }

    fn create(&mut self) -> Result<Request, LineError> {
        let sequential = self.flag("-s");
        let (ephemeral, container) = (self.flag("-e"), self.flag("-c"));
        let life = match self.option("-t")? {
            Some(ttl_ms) => Life::Ttl { ttl_ms: number(&ttl_ms)? },
            None if ephemeral => Life::Ephemeral,
            None if container => Life::Container,
            None => Life::Persistent,
        };
        let path = self.path()?;
        let data = if self.words.is_empty() { None } else { Some(self.text()?) };
        let acl = if self.words.is_empty() { open_acl() } else { self.acl()? };
        let mode = CreateMode { life, sequential };
        Ok(Request::Create { path, data, acl, mode, with_stat: true })
    }

    fn add_watch(&mut self) -> Result<Request, LineError> {
        let mode = match self.option("-m")? {
            None => AddWatchMode::PersistentRecursive,
            Some(mode) if mode.eq_ignore_ascii_case("PERSISTENT") => AddWatchMode::Persistent,
            Some(mode) if mode.eq_ignore_ascii_case("PERSISTENT_RECURSIVE") => {
                AddWatchMode::PersistentRecursive
            }
            Some(word) => {
                let (command, usage) = (self.command, self.usage);
                return Err(LineError::Left { command, word, usage });
            }
        };
        Ok(Request::AddWatch { path: self.path()?, mode })
    }

    fn remove_watches(&mut self) -> Result<Request, LineError> {
        let (data, children, _) = (self.flag("-d"), self.flag("-c"), self.flag("-a"));
        let kind = match (data, children) {
            (true, false) => WatcherType::Data,
            (false, true) => WatcherType::Children,
            _ => WatcherType::Any,
        };
        Ok(Request::RemoveWatches { path: self.path()?, kind })
    }

    /// Takes an option without a value.
    fn flag(&mut self, name: &str) -> bool {
        let at = self.options().iter().position(|word| word == name);
        at.map(|at| self.words.remove(at)).is_some()
    }

    /// Takes an option and its value.
    fn option(&mut self, name: &str) -> Result<Option<String>, LineError> {
        let Some(at) = self.options().iter().position(|word| word == name) else { return Ok(None) };
        if at + 1 == self.words.len() {
            return Err(self.missing());
        }
        self.words.remove(at);
        Ok(Some(self.words.remove(at)))
    }

    /// What stands before the path: options come first, and data may begin with a dash.
    fn options(&self) -> &[String] {
        let path = self.words.iter().position(|word| word.starts_with('/'));
        &self.words[..path.unwrap_or(self.words.len())]
    }

    fn version(&mut self) -> Result<i32, LineError> {
        self.option("-v")?.map_or(Ok(-1), |version| number(&version))
    }

    fn path(&mut self) -> Result<Path, LineError> {
        let path = self.word()?;
        let is_path = path == "/" || (path.starts_with('/') && !path.ends_with('/'));
        // A sequential znode may be all number: `create -s /folder/`.
        let numbered = self.command == "create" && path.starts_with('/');
        if is_path || numbered { Ok(path.into()) } else { Err(LineError::Path(path)) }
    }

    fn text(&mut self) -> Result<Bytes, LineError> {
        self.word().map(Bytes::from)
    }

    fn acl(&mut self) -> Result<Acl, LineError> {
        acl(&self.word()?)
    }

    fn word(&mut self) -> Result<String, LineError> {
        if self.words.is_empty() { Err(self.missing()) } else { Ok(self.words.remove(0)) }
    }

    fn missing(&self) -> LineError {
        LineError::Missing { command: self.command, usage: self.usage }
    }
}

/// Reads an access control list as the shell writes it: `scheme:id:perms`, joined by commas.
pub fn acl(text: &str) -> Result<Acl, LineError> {
    let entry = |entry: &str| {
        let (scheme, rest) = entry.split_once(':')?;
        let (id, perms) = rest.rsplit_once(':')?;
        let perms = perms.chars().map(permission).try_fold(0, |all, one| Some(all | one?))?;
        let id = Identity { scheme: scheme.into(), id: id.into() };
        (!scheme.is_empty() && perms != 0).then_some(AclEntry { perms, id })
    };
    let entries: Option<Vec<AclEntry>> = text.split(',').map(entry).collect();
    entries.map(Into::into).ok_or_else(|| LineError::Acl(text.into()))
}

fn permission(letter: char) -> Option<i32> {
    Some(match letter {
        'r' => 1,
        'w' => 2,
        'c' => 4,
        'd' => 8,
        'a' => 16,
        _ => return None,
    })
}

fn number<N: std::str::FromStr>(word: &str) -> Result<N, LineError> {
    word.parse().map_err(|_| LineError::Number(word.into()))
}

/// The words of a line; a semicolon by itself is one.
fn words(line: &str) -> Result<Vec<String>, LineError> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for letter in line.chars() {
        match letter {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ';' if !quoted => {
                words.extend(word.take());
                words.push(";".into());
            }
            letter if letter.is_whitespace() && !quoted => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    if quoted { Err(LineError::Quote) } else { Ok(words) }
}

#[cfg(test)]
mod tests;
