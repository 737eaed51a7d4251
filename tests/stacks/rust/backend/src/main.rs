//! A small shop that uses the standard library alone, so that it builds where no registry answers.

mod settings;

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use settings::Settings;

const PORT: u16 = 8081;
const WAIT: Duration = Duration::from_secs(2);

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("health") => health(),
        _ => serve(),
    }
}

fn serve() -> Result<(), Box<dyn Error>> {
    let settings = Arc::new(Settings::load()?);
    let listener = TcpListener::bind(("0.0.0.0", PORT))?;
    println!("shop listens on {PORT}: {}", settings.told());
    for stream in listener.incoming().flatten() {
        let settings = Arc::clone(&settings);
        thread::spawn(move || answer(stream, &settings));
    }
    Ok(())
}

fn answer(mut stream: TcpStream, settings: &Settings) -> Option<()> {
    stream.set_read_timeout(Some(WAIT)).ok()?;
    let mut line = String::new();
    BufReader::new(stream.try_clone().ok()?).take(4096).read_line(&mut line).ok()?;
    let (status, body) = match line.split_whitespace().nth(1) {
        Some("/health") if ready(settings) => ("200 OK", "ok"),
        Some("/health") => ("503 Service Unavailable", "a store does not answer"),
        Some("/api/orders") => ("200 OK", "[]"),
        _ => ("404 Not Found", "nothing is here"),
    };
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).ok()
}

/// Whether both stores take a connection.
fn ready(settings: &Settings) -> bool {
    [&settings.database_url, &settings.redis_url].iter().all(|url| {
        let rest = url.split("://").nth(1).unwrap_or("");
        let authority = rest.split('/').next().unwrap_or("");
        let address = authority.rsplit('@').next().unwrap_or("");
        address
            .to_socket_addrs()
            .is_ok_and(|mut found| found.any(|each| TcpStream::connect_timeout(&each, WAIT).is_ok()))
    })
}

/// Asks the running server, as the image has no other client.
fn health() -> Result<(), Box<dyn Error>> {
    let mut stream = TcpStream::connect(("127.0.0.1", PORT))?;
    stream.set_read_timeout(Some(WAIT))?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut said = String::new();
    stream.read_to_string(&mut said)?;
    if said.starts_with("HTTP/1.1 200") {
        return Ok(());
    }
    Err(format!("not ready: {}", said.lines().next().unwrap_or("no answer")).into())
}
