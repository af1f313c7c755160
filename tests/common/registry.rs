//! A registry on this machine, as small as a test needs it: it serves what it is given and writes down who asked for what.
#![allow(dead_code, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

/// An answer: status, headers, body.
#[derive(Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// A request: path with query, and the value of `Authorization`.
pub type Request = (String, Option<String>);

type Serve = dyn Fn(&Request, usize) -> Answer + Send + Sync;

/// A server that ends with the process.
pub struct Server {
    /// `localhost:PORT`
    pub host: String,
    asked: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Serves requests; the function is also told how many came before with the same path.
    pub fn start(serve: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = format!("localhost:{}", listener.local_addr().unwrap().port());
        let asked: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (log, serve): (_, Arc<Serve>) = (asked.clone(), Arc::new(serve));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, serve) = (log.clone(), serve.clone());
                std::thread::spawn(move || talk(stream, &log, &*serve));
            }
        });
        Server { host, asked }
    }

    /// What was asked for so far, in order.
    pub fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }
}

fn talk(mut stream: TcpStream, log: &Mutex<Vec<Request>>, serve: &Serve) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    lines.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut authorization = None;
    loop {
        let mut header = String::new();
        lines.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        if name.eq_ignore_ascii_case("authorization") {
            authorization = Some(value.trim().to_owned());
        }
    }
    let request = (path, authorization);
    let before = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        log.iter().filter(|r| r.0 == request.0).count() - 1
    };
    let answer = serve(&request, before);
    let mut head =
        format!("HTTP/1.1 {} X\r\nContent-Length: {}\r\nConnection: close\r\n", answer.status, answer.body.len());
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).ok()?;
    stream.write_all(&answer.body).ok()?;
    stream.flush().ok()?;
    // The client hangs up when it has read all.
    stream.set_read_timeout(Some(std::time::Duration::from_secs(5))).ok()?;
    lines.read_to_end(&mut Vec::new()).ok()?;
    Some(())
}

pub fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
    format!("sha256:{hex}")
}

/// What `bicep publish` would have put there.
pub struct Published(BTreeMap<String, Vec<u8>>);

impl Published {
    pub fn new(repository: &str, tag: &str, template: &str) -> Self {
        let layer = digest(template.as_bytes());
        let manifest = serde_json::json!({
            "schemaVersion": 2,
            "artifactType": "application/vnd.ms.bicep.module.artifact",
            "config": {"mediaType": "application/vnd.ms.bicep.module.config.v1+json", "size": 0, "digest": digest(b"")},
            "layers": [
                {"mediaType": "application/vnd.ms.bicep.module.source.v1.tgz", "size": 1, "digest": digest(b"x")},
                {"mediaType": "application/vnd.ms.bicep.module.layer.v1+json", "size": template.len(), "digest": layer},
            ],
        });
        let manifest = manifest.to_string().into_bytes();
        let there = |what: &str, name: &str| format!("/v2/{repository}/{what}/{name}");
        Published(BTreeMap::from([
            (there("manifests", &digest(&manifest)), manifest.clone()),
            (there("manifests", tag), manifest),
            (there("blobs", &layer), template.as_bytes().to_vec()),
        ]))
    }

    /// The digest of the manifest.
    pub fn digest(&self) -> String {
        self.0.keys().find_map(|k| k.split_once("/manifests/sha256:")).map(|(_, hex)| format!("sha256:{hex}")).unwrap()
    }

    /// What is at a path.
    pub fn answer(&self, path: &str) -> Answer {
        match self.0.get(path) {
            Some(body) => Answer { status: 200, body: body.clone(), ..Answer::default() },
            None => Answer { status: 404, ..Answer::default() },
        }
    }

    /// Changes what is at a path that holds this.
    pub fn spoil(&mut self, part: &str, body: &[u8]) {
        self.0.iter_mut().filter(|(path, _)| path.contains(part)).for_each(|(_, b)| *b = body.to_vec());
    }
}
