//! Whom a script looked for, after "hace falta" and "it takes".

use crate::Which;

pub(super) fn es(who: &Which) -> String {
    match who {
        Which::Leader => "un líder en marcha".into(),
        Which::Follower => "un seguidor en marcha".into(),
        Which::Running => "un servidor en marcha".into(),
        Which::Stopped => "un servidor detenido".into(),
        Which::NotServing => "un servidor en marcha que no atienda".into(),
        Which::Paused => "un servidor en pausa".into(),
        Which::LeadingCandidate => "un candidato en marcha que crea ser líder".into(),
        Which::SecondCandidate => "un candidato en marcha que espere al que dirige".into(),
        Which::PausedClient => "un cliente en pausa".into(),
        Which::StoppedClient => "un cliente detenido".into(),
        Which::StoppedLeader => "un líder detenido en este paso".into(),
        Which::Client(name) if name == COUNTER => "el contador".into(),
        Which::Client(name) => format!("el cliente {name}"),
        Which::ServerOf(name) if name == COUNTER => {
            "un servidor al que esté conectado el contador".into()
        }
        Which::ServerOf(name) => format!("un servidor al que esté conectado {name}"),
    }
}

pub(super) fn en(who: &Which) -> String {
    match who {
        Which::Leader => "a running leader".into(),
        Which::Follower => "a running follower".into(),
        Which::Running => "a running server".into(),
        Which::Stopped => "a stopped server".into(),
        Which::NotServing => "a running server that does not serve".into(),
        Which::Paused => "a paused server".into(),
        Which::LeadingCandidate => "a running candidate that believes it leads".into(),
        Which::SecondCandidate => "a running candidate that waits for the one that leads".into(),
        Which::PausedClient => "a paused client".into(),
        Which::StoppedClient => "a stopped client".into(),
        Which::StoppedLeader => "a leader stopped in this step".into(),
        Which::Client(name) if name == COUNTER => "the counter".into(),
        Which::Client(name) => format!("the client {name}"),
        Which::ServerOf(name) if name == COUNTER => {
            "a server that the counter is connected to".into()
        }
        Which::ServerOf(name) => format!("a server that {name} is connected to"),
    }
}

/// As the lab names the client that counts.
const COUNTER: &str = "counter";
