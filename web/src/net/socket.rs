use relevo_lab::stream::Frame;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::js_sys::{ArrayBuffer, Uint8Array};
use web_sys::{BinaryType, Event, MessageEvent, WebSocket};
use yew::Callback;

/// Which lab a stream shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Source {
    /// A new lab of the first minute, this visitor's own.
    FirstMinute,
    /// A lab that exists.
    Lab(Arc<str>),
}

/// What a stream tells.
#[derive(Debug)]
pub(crate) enum News {
    Frame(Box<Frame>),
    /// The server's build is another one than it was, or its frames cannot be read.
    Foreign,
    /// It ended; whether it had ever said hello.
    Closed {
        greeted: bool,
    },
}

/// One connection; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Socket {
    socket: WebSocket,
    /// Kept alive as long as the socket may call them.
    _message: Closure<dyn FnMut(MessageEvent)>,
    _close: Closure<dyn FnMut(Event)>,
}

impl Socket {
    /// Connects to the stream of `source`; what it tells goes to `news`.
    pub(crate) fn open(source: &Source, news: Callback<News>) -> Option<Socket> {
        let socket = WebSocket::new(&address(source)?).ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let greeted = std::rc::Rc::new(std::cell::Cell::new(false));
        let message = {
            let (news, greeted) = (news.clone(), greeted.clone());
            Closure::new(move |event: MessageEvent| {
                let Ok(buffer) = event.data().dyn_into::<ArrayBuffer>() else { return };
                news.emit(read(&Uint8Array::new(&buffer).to_vec()));
                greeted.set(true);
            })
        };
        let close =
            Closure::new(move |_: Event| news.emit(News::Closed { greeted: greeted.get() }));
        socket
            .set_onmessage(Some(AsRef::<wasm_bindgen::JsValue>::as_ref(&message).unchecked_ref()));
        socket.set_onclose(Some(AsRef::<wasm_bindgen::JsValue>::as_ref(&close).unchecked_ref()));
        Some(Socket { socket, _message: message, _close: close })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}

fn read(bytes: &[u8]) -> News {
    match postcard::from_bytes::<Frame>(bytes) {
        Ok(frame) => News::Frame(Box::new(frame)),
        Err(_) => News::Foreign,
    }
}

fn address(source: &Source) -> Option<String> {
    let location = web_sys::window()?.location();
    let scheme = if location.protocol().ok()? == "https:" { "wss://" } else { "ws://" };
    let host = location.host().ok()?;
    Some(match source {
        Source::FirstMinute => [scheme, &host, "/stream?scenario=first-minute"].concat(),
        Source::Lab(id) => [scheme, &host, "/stream?lab=", id].concat(),
    })
}
