//! The page: the files of `target/page`, embedded in a release and read from disk otherwise.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::borrow::Cow;
use std::sync::Arc;

/// What `cargo xtask build` lays out: `index.html`, files named by the hash of their content, and
/// compressed forms beside them.
#[derive(RustEmbed)]
#[folder = "../target/page"]
#[allow_missing = true]
struct Page;

const INDEX: &str = "index.html";
/// A name that changes with its content can be kept for ever.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
const ASK_AGAIN: &str = "no-cache";

/// Nothing but our own files: no inline script, no other origin, no frame around the page. Yew
/// sets style attributes, which alone may be inline.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

const NOT_BUILT: &str = "The page is not part of this build. `cargo xtask serve` builds and serves \
    it; the API and the ZooKeeper ports work without it.\n";

/// The build of the page; where a page is of another one, it reloads.
pub fn build_id() -> Arc<str> {
    let embedded = Page::get("build.txt");
    let text = embedded.as_ref().and_then(|file| std::str::from_utf8(&file.data).ok());
    text.map_or(crate::BUILD, str::trim).into()
}

/// A file of the page; any other address is one of the page's own views.
pub(super) async fn file(uri: Uri, headers: HeaderMap) -> Response {
    respond(uri.path(), &headers, |path| {
        let EmbeddedFile { data, metadata } = Page::get(path)?;
        Some(File { data, hash: metadata.sha256_hash() })
    })
}

/// A file as it lies there.
struct File {
    data: Cow<'static, [u8]>,
    hash: [u8; 32],
}

fn respond(path: &str, headers: &HeaderMap, find: impl Fn(&str) -> Option<File>) -> Response {
    let path = path.trim_start_matches('/');
    let is_view = !path.rsplit('/').next().unwrap_or_default().contains('.');
    let path = if is_view { INDEX } else { path };
    match choose(path, accepted(headers), find) {
        Some((file, encoding)) => answer(path, file, encoding, headers),
        None if path == INDEX => (StatusCode::NOT_FOUND, NOT_BUILT).into_response(),
        None => (StatusCode::NOT_FOUND, "There is no such file.\n").into_response(),
    }
}

fn accepted(headers: &HeaderMap) -> &str {
    let value = headers.get(header::ACCEPT_ENCODING);
    value.and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The smallest form the browser takes.
fn choose(
    path: &str,
    accepted: &str,
    find: impl Fn(&str) -> Option<File>,
) -> Option<(File, Option<&'static str>)> {
    // Compressed forms are no addresses of their own.
    if path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let takes = |wanted: &str| {
        accepted.split(',').any(|one| {
            let (name, weight) = one.split_once(';').unwrap_or((one, ""));
            let refused = matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
            name.trim() == wanted && !refused
        })
    };
    for (encoding, suffix) in [("br", ".br"), ("gzip", ".gz")] {
        if takes(encoding)
            && let Some(file) = find(&format!("{path}{suffix}"))
        {
            return Some((file, Some(encoding)));
        }
    }
    find(path).map(|file| (file, None))
}

fn answer(path: &str, file: File, encoding: Option<&'static str>, headers: &HeaderMap) -> Response {
    let is_fixed = path != INDEX && path != "build.txt";
    let tag: String = file.hash[..12].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let known =
        headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(file.data.into_owned()))
    };
    let head = response.headers_mut();
    let caching = if is_fixed { FOR_EVER } else { ASK_AGAIN };
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    head.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        head.insert(header::ETAG, tag);
    }
    if let Some(encoding) = encoding {
        head.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    head.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    head.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of three files, one of them compressed ahead.
    fn asked(path: &str, headers: &[(header::HeaderName, &'static str)]) -> Response {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.insert(name, HeaderValue::from_static(value));
        }
        respond(path, &all, |path| {
            let data: &[u8] = match path {
                "index.html" => b"<!doctype html>",
                "relevo-1.wasm" => b"wasm",
                "relevo-1.wasm.br" => b"brotli",
                "relevo-1.wasm.gz" => b"gzip",
                "build.txt" => b"1",
                _ => return None,
            };
            Some(File { data: data.into(), hash: [data.len() as u8; 32] })
        })
    }

    fn says(response: &Response, name: header::HeaderName) -> &str {
        response.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn the_smallest_form_is_sent_that_the_browser_takes() {
        let encoding = |accepted: &'static str| {
            let response = asked("/relevo-1.wasm", &[(header::ACCEPT_ENCODING, accepted)]);
            assert_eq!(says(&response, header::CONTENT_TYPE), "application/wasm");
            assert_eq!(says(&response, header::VARY), "accept-encoding");
            says(&response, header::CONTENT_ENCODING).to_owned()
        };
        assert_eq!(encoding("gzip, deflate, br"), "br");
        assert_eq!(encoding("gzip;q=0.5"), "gzip");
        assert_eq!(encoding("br;q=0, identity"), "");
        assert_eq!(encoding("deflate"), "");
        let direct = asked("/relevo-1.wasm.br", &[]);
        assert_eq!(direct.status(), StatusCode::NOT_FOUND, "no address of its own");
    }

    #[test]
    fn names_that_change_with_their_content_are_kept_and_others_asked_for_again() {
        let caching = |path| says(&asked(path, &[]), header::CACHE_CONTROL).to_owned();
        assert_eq!(caching("/relevo-1.wasm"), "public, max-age=31536000, immutable");
        for path in ["/", "/index.html", "/build.txt", "/exercises-of-old"] {
            assert_eq!(caching(path), "no-cache", "{path}");
        }
        let first = asked("/", &[]);
        assert_eq!(says(&first, header::CONTENT_TYPE), "text/html; charset=utf-8");
        assert_eq!(says(&first, header::ETAG), "\"0f0f0f0f0f0f0f0f0f0f0f0f\"");
        let known = [(header::IF_NONE_MATCH, "\"0f0f0f0f0f0f0f0f0f0f0f0f\"")];
        assert_eq!(asked("/", &known).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(asked("/none.js", &[]).status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn the_page_is_nothing_but_our_own_files() {
        for path in ["/", "/relevo-1.wasm"] {
            let response = asked(path, &[]);
            let policy = says(&response, header::CONTENT_SECURITY_POLICY);
            let directives: Vec<&str> = policy.split("; ").collect();
            for directive in [
                "default-src 'none'",
                "script-src 'self' 'wasm-unsafe-eval'",
                "style-src 'self'",
                "connect-src 'self'",
                "frame-ancestors 'none'",
                "base-uri 'none'",
                "form-action 'none'",
            ] {
                assert!(directives.contains(&directive), "{directive} in {policy}");
            }
            assert_eq!(says(&response, header::REFERRER_POLICY), "no-referrer");
        }
    }
}
