//! `crosswire view`: serves the pages of a hunt, or of several, to browsers on this machine and
//! follows them live.
//!
//! - [`place`]: the directory, and the hunts in it
//! - [`request`]: what a request asks for
//! - [`answer`]: the answer to a request
//! - [`rates`]: runs per second
//!
//! The server only reads. It listens on the loopback address alone, answers only requests that were
//! sent to that address by name, and sends only files of a few kinds from within the directory.

mod answer;
mod place;
mod rates;
mod request;

use super::failure::{Exit, Failure};
use super::hunt::OUT;
use super::screen::Screen;
use super::signals;
use answer::Viewer;
use crosswire_output::format::printable;
use place::Place;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tiny_http::{Request, Server};

/// The number of requests that are answered at a time: a browser that reads slowly delays no other.
const THREADS: usize = 4;

/// The longest time until a signal is noticed.
const POLL: Duration = Duration::from_millis(100);

const EXAMPLES: &str = "\
DIR is the directory of a hunt, or one with hunts in it, such as that of `ci/nightly`. The pages are \
those that the hunt writes; while they are served, they show runs, runs per second and findings as \
they come. The server listens on 127.0.0.1 alone, only reads, and ends with Ctrl-C.

Examples:
  crosswire view                              the hunt in crosswire-hunt
  crosswire view nightly --port 8000
  ssh -L 8000:127.0.0.1:8000 HOST             and then open http://127.0.0.1:8000/";

const STATUS: &str = "\
Exit status:
  0  ended by Ctrl-C or SIGTERM
  2  wrong usage or bad input: there is no hunt in DIR, or the port is taken
  4  an error of the harness: no connection can be accepted";

#[derive(clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{STATUS}"))]
pub(super) struct ViewArgs {
    /// The directory of a hunt, or one with hunts in it
    #[arg(value_name = "DIR", default_value = OUT)]
    dir: PathBuf,

    /// The port on 127.0.0.1, from 1 to 65535 [default: a free one]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    #[arg(allow_negative_numbers = true)]
    port: Option<u16>,
}

/// Serves the pages until a signal arrives.
pub(super) fn view(args: &ViewArgs) -> Result<Exit, Failure> {
    let place = Place::of(&args.dir)?;
    let listener = listen(args.port)?;
    let failed = |error: &dyn std::fmt::Display| {
        Failure::Harness(format!("no connection can be accepted: {error}"))
    };
    let port = listener.local_addr().map_err(|error| failed(&error))?.port();
    let server = Server::from_listener(listener, None).map_err(|error| failed(&error))?;
    let stop = signals::stop()?;
    let shown = printable(&args.dir.display().to_string());
    Screen::Output.print(&format!("http://127.0.0.1:{port}/\n"))?;
    Screen::Error.print(&format!("serving {shown}; Ctrl-C ends it\n"))?;
    let viewer = Viewer::new(place, port);
    let ended = std::thread::scope(|scope| {
        let threads = [(); THREADS].map(|()| scope.spawn(|| serve(&server, &viewer, &stop)));
        threads.map(|thread| thread.join().expect("no thread of the server panics"))
    });
    match ended.into_iter().find_map(Result::err) {
        Some(error) => Err(failed(&error)),
        None => Ok(Exit::Clean),
    }
}

/// Opens the port on the loopback address.
fn listen(port: Option<u16>) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0)));
    listener.map_err(|error| {
        let port = port.map_or("a port".to_owned(), |port| format!("port {port}"));
        Failure::input(match error.kind() {
            ErrorKind::AddrInUse => format!(
                "{port} of 127.0.0.1 is taken by another process; name another one with --port, \
                 or leave --port out for a free one"
            ),
            ErrorKind::PermissionDenied => format!(
                "{port} of 127.0.0.1 is reserved; expected one from 1024 on, or no --port for a \
                 free one"
            ),
            _ => format!("{port} of 127.0.0.1 cannot be opened: {error}"),
        })
    })
}

/// Answers requests until a signal arrives, or until no more connections are accepted, which also
/// ends the other threads.
fn serve(server: &Server, viewer: &Viewer, stop: &AtomicBool) -> io::Result<()> {
    while !stop.load(Ordering::Relaxed) {
        match server.recv_timeout(POLL) {
            Ok(Some(request)) => answer(request, viewer),
            Ok(None) => {}
            Err(error) => {
                stop.store(true, Ordering::Relaxed);
                return Err(error);
            }
        }
    }
    Ok(())
}

fn answer(request: Request, viewer: &Viewer) {
    let host = request.headers().iter().find(|header| header.field.equiv("Host"));
    let host = host.map(|header| header.value.as_str().to_owned());
    let method = request.method().to_string();
    let answer = viewer.answer(&method, request.url(), host.as_deref());
    // A browser that is gone needs no answer.
    let _ = request.respond(answer.into_response());
}
