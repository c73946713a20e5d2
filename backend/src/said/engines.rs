//! What the engines refuse. They say it in English themselves.

use super::Said;
use relevo_apps::shell::LineError;
use relevo_lab::{ForkError, RebuildError};
use relevo_world::CommandError;

impl From<CommandError> for Said {
    fn from(error: CommandError) -> Said {
        use CommandError::*;
        let es = match &error {
            UnknownHost { host, hosts } => format!(
                "no existe {host}: este laboratorio tiene {hosts} máquinas, numeradas desde 0"
            ),
            UnknownMessage { message } => format!(
                "el mensaje {} no está en camino: llegó, se perdió o nunca existió; pausa el tiempo \
                 para atrapar un mensaje",
                message.0
            ),
            NotHeld { message } => {
                format!("el mensaje {} no está retenido: retenlo antes de soltarlo", message.0)
            }
            UnknownConnection { conn } => {
                format!("{conn} no está abierta: terminó o nunca existió; abre otra")
            }
            NotRunning { name } => {
                format!("{name} no está en marcha: cayó o se detuvo; ponlo en marcha antes")
            }
            AlreadyRunning { name } => {
                format!("{name} ya está en marcha: detenlo antes, o déjalo como está")
            }
            AlreadyPaused { name } => format!("{name} ya está en pausa: reanúdalo antes"),
            NotPaused { name } => format!("{name} no está en pausa: páusalo antes de reanudarlo"),
            FirstStart => "el primer arranque no se puede pedir: pon en marcha uno que cayó".into(),
            SameHost { host } => {
                format!("un enlace va de una máquina a otra: {host} está en los dos extremos")
            }
            InTwoGroups { host } => {
                format!("{host} está en más de un grupo: nombra cada máquina una sola vez")
            }
            OutOfRange { what, value, wanted } => {
                format!("{what} no puede ser {value}; se admite: {wanted}")
            }
            MemoryDisk { name } => {
                format!("los archivos de {name} están en memoria: nadie de fuera los atiende")
            }
            UnknownToken { token } => {
                format!("al disco no se le hizo la pregunta {token}, o ya la respondió")
            }
        };
        Said { en: error.to_string(), es }
    }
}

impl From<ForkError> for Said {
    fn from(error: ForkError) -> Said {
        let es = match &error {
            ForkError::Durable => "este laboratorio vive en archivos, que no guardan su pasado: \
                haz un laboratorio en memoria"
                .into(),
            ForkError::TooOld { at, oldest } => format!(
                "{} ms es anterior a {} ms, el primer instante que este laboratorio recuerda: elige \
                 uno posterior",
                at.as_millis(),
                oldest.as_millis()
            ),
            ForkError::Future { at, now } => format!(
                "{} ms aún no ha llegado: este laboratorio está en {} ms",
                at.as_millis(),
                now.as_millis()
            ),
        };
        Said { en: error.to_string(), es }
    }
}

impl From<RebuildError> for Said {
    fn from(error: RebuildError) -> Said {
        let es = match &error {
            RebuildError::Durable => "este laboratorio vive en archivos, y ningún enlace puede \
                llevar lo que contienen: enlaza uno en memoria"
                .into(),
            RebuildError::Forgotten => "este laboratorio lleva tanto tiempo en marcha que su \
                comienzo ya no se guarda: enlaza uno nuevo"
                .into(),
            RebuildError::Refused { number, at, .. } => format!(
                "el cambio {number} del enlace, en {} ms, no se puede repetir aquí",
                at.as_millis()
            ),
        };
        Said { en: error.to_string(), es }
    }
}

impl From<LineError> for Said {
    fn from(error: LineError) -> Said {
        let es = match &error {
            LineError::Empty => "no se pidió nada; `create /a datos` crearía un znode".into(),
            LineError::Unknown(word) => format!("no existe la orden `{word}`"),
            LineError::Missing { command, usage } => format!("a `{command}` le falta: {usage}"),
            LineError::Left { command, word, usage } => {
                format!("`{command}` no entiende `{word}`: {usage}")
            }
            LineError::Number(word) => format!("`{word}` no es un número entero admitido"),
            LineError::Acl(word) => {
                format!("`{word}` no es un ACL: se escribe world:anyone:cdrwa o auth::rw")
            }
            LineError::Quote => "faltan las comillas del final".into(),
            LineError::Path(word) => {
                format!("`{word}` no es una ruta: empieza con / y no termina con ella")
            }
        };
        Said { en: error.to_string(), es }
    }
}
