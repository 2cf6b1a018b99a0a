//! A small HTTP server over the simulated API server, for the real kubectl to talk to.
//!
//! Plain HTTP on a free port of the loopback device. Every request is answered on its own thread;
//! the cluster is behind a lock. Virtual time moves only when a client watches.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rollscope_sim::kubectl::rest::{Answer, Front, Request};
use tiny_http::{Header, Response, Server};

/// A running server; it ends with the process.
pub struct Facade {
    /// The cluster it shows.
    pub front: Arc<Mutex<Front>>,
    /// `http://127.0.0.1:port`.
    pub address: String,
}

impl Facade {
    /// Serves the cluster.
    ///
    /// # Errors
    /// No port is free.
    pub fn start(front: Front) -> Result<Self, String> {
        let server = Server::http("127.0.0.1:0").map_err(|error| error.to_string())?;
        let address = format!("http://{}", server.server_addr());
        let front = Arc::new(Mutex::new(front));
        let (server, shown) = (Arc::new(server), Arc::clone(&front));
        thread::spawn(move || {
            while let Ok(request) = server.recv() {
                let front = Arc::clone(&shown);
                thread::spawn(move || serve(&front, request));
            }
        });
        Ok(Self { front, address })
    }

    /// Works on the cluster.
    pub fn with<T>(&self, work: impl FnOnce(&mut Front) -> T) -> T {
        work(&mut self.front.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn serve(front: &Mutex<Front>, mut http: tiny_http::Request) {
    let mut body = String::new();
    // A body that is no text is refused as empty.
    let _ = http.as_reader().read_to_string(&mut body);
    let header = |name: &str| {
        let mut headers = http.headers().iter();
        let found =
            headers.find(|header| header.field.as_str().as_str().eq_ignore_ascii_case(name));
        found.map(|header| header.value.to_string()).unwrap_or_default()
    };
    let (path, query) = http.url().split_once('?').unwrap_or((http.url(), ""));
    let request = Request {
        method: http.method().to_string(),
        path: decoded(path),
        query: query
            .split('&')
            .filter(|part| !part.is_empty())
            .map(|part| part.split_once('=').unwrap_or((part, "")))
            .map(|(key, value)| (decoded(key), decoded(value)))
            .collect(),
        content_type: header("Content-Type"),
        accept: header("Accept"),
        body,
    };
    let Answer { code, body, warnings } =
        front.lock().unwrap_or_else(PoisonError::into_inner).answer(&request);
    if code == 200 && body.is_empty() {
        // Clients complain of a watch that ends at once without news.
        thread::sleep(std::time::Duration::from_millis(1_100));
    }
    let json = Header::from_bytes("Content-Type", "application/json");
    let mut response = Response::from_string(body).with_status_code(code);
    if let Ok(json) = json {
        response.add_header(json);
    }
    for warning in warnings {
        let text = warning.trim_start_matches("Warning: ").replace('"', "\\\"");
        let header = Header::from_bytes("Warning", format!("299 - \"{text}\""));
        if let Ok(header) = header {
            response.add_header(header);
        }
    }
    // The client may have gone.
    let _ = http.respond(response);
}

/// Text with `%2F` and `+` written out.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let hex = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (high, low) = (hex(rest.next()), hex(rest.next()));
                if let (Some(high), Some(low)) = (high, low) {
                    bytes.extend(u8::try_from(high * 16 + low));
                }
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
