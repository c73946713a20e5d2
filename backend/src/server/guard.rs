//! Who gets in. Everything a browser can reach is guarded against pages of other origins
//! (`Origin`) and against names that were made to point here (`Host`, DNS rebinding).

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;

/// The host names under which this server is reached on purpose. Addresses and `localhost` need
/// not be named: rebinding needs a name, and nobody else owns `localhost`.
#[derive(Clone, Debug, Default)]
pub struct Hosts(Option<Arc<str>>);

impl Hosts {
    /// Loopback names, addresses and `advertised`.
    pub fn new(advertised: Option<&str>) -> Hosts {
        Hosts(advertised.map(Into::into))
    }

    fn is_ours(&self, authority: &str) -> bool {
        let host = host_of(authority);
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost")
            || host.to_ascii_lowercase().ends_with(".localhost")
            || address.parse::<IpAddr>().is_ok()
            || self.0.as_deref().is_some_and(|ours| host.eq_ignore_ascii_case(ours))
    }
}

/// Lets a request through, or says in a sentence why not.
pub(super) async fn check(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    match refusal(&hosts, &request) {
        None => next.run(request).await,
        Some(why) => {
            tracing::warn!(%why, path = request.uri().path(), "refused a request");
            (StatusCode::FORBIDDEN, why).into_response()
        }
    }
}

fn refusal(hosts: &Hosts, request: &Request) -> Option<String> {
    // HTTP/2 carries the host in the request's target.
    let authority = request.uri().authority().map(|authority| authority.as_str());
    let Some(host) = authority.or_else(|| text(request.headers(), header::HOST)) else {
        return Some("The request names no Host.".into());
    };
    if !hosts.is_ours(host) {
        let name = host_of(host);
        return Some(format!(
            "The name {name:?} is not one this server answers to; start it with --advertise \
             {name:?} if it should be."
        ));
    }
    let origin = request.headers().get(header::ORIGIN)?;
    let origin = origin.to_str().unwrap_or("null");
    let (_, from) = origin.split_once("://").unwrap_or(("", origin));
    if from.eq_ignore_ascii_case(host) {
        return None;
    }
    Some(format!("Pages of {origin:?} may not speak to this server, only its own page may."))
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The host of `host:port`, an IPv6 address keeping its brackets.
fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn asked(host: &str, origin: Option<&str>) -> Option<String> {
        let mut request = Request::builder().uri("/").header(header::HOST, host);
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        refusal(&Hosts::new(Some("lab.school")), &request.body(Body::empty()).unwrap())
    }

    #[test]
    fn our_own_page_and_programs_get_in() {
        for host in ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "192.168.1.7", "Lab.School"]
        {
            assert_eq!(asked(host, None), None, "{host}");
            assert_eq!(asked(host, Some(&format!("http://{host}"))), None, "{host}");
        }
    }

    #[test]
    fn rebound_names_and_other_pages_do_not() {
        assert!(asked("evil.example:8080", None).is_some());
        assert!(asked("localhost.evil.example", None).is_some());
        assert!(asked("127.0.0.1:8080", Some("http://evil.example")).is_some());
        assert!(asked("127.0.0.1:8080", Some("http://127.0.0.1:3000")).is_some());
        assert!(asked("127.0.0.1:8080", Some("null")).is_some());
    }

    #[test]
    fn a_request_without_a_host_does_not() {
        let request = Request::builder().uri("/").body(Body::empty()).unwrap();
        assert!(refusal(&Hosts::default(), &request).is_some());
    }
}
