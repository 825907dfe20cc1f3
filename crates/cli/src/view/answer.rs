//! The answers of the server: pages, saved runs, journals and progress.

use super::place::{Place, hunts_below, is_hunt};
use super::rates::Rates;
use super::request::{Refused, path};
use crate::hunt::INDEX;
use crosswire_history::sync::Mutex;
use crosswire_hunt::journal::follow::{Follower, Progress};
use crosswire_report::page::hunts::{HuntLine, hunts};
use crosswire_report::page::served::served;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tiny_http::{Header, Response};

/// The largest page that is served.
const LARGEST_PAGE: u64 = 64 << 20;

/// The name under which progress is served, beside an index.
const PROGRESS: &str = "progress.json";

/// The policy of everything that is no page: nothing in it has an effect.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

/// Answers requests about one directory.
pub(super) struct Viewer {
    place: Place,
    port: u16,
    followers: Mutex<BTreeMap<PathBuf, Follower>>,
    rates: Mutex<Rates>,
}

/// An answer.
pub(super) struct Answer {
    status: u16,
    kind: &'static str,
    policy: String,
    length: u64,
    body: Box<dyn Read + Send>,
}

/// The progress of the hunts of an index, as its script reads it.
#[derive(Debug, Serialize)]
struct LiveProgress {
    runs: u64,
    of: Option<u64>,
    runs_per_second: Option<f64>,
    findings: u64,
    signatures: u64,
    /// Changes whenever the page has changed.
    revision: String,
}

impl Viewer {
    pub(super) fn new(place: Place, port: u16) -> Self {
        Self { place, port, followers: Mutex::default(), rates: Mutex::default() }
    }

    /// Answers a request.
    pub(super) fn answer(&self, method: &str, url: &str, host: Option<&str>) -> Answer {
        match path(method, url, host, self.port) {
            Ok(names) => self.file(&names),
            Err(Refused::Host) => {
                let text = format!("expected a request to 127.0.0.1:{} by that name\n", self.port);
                Answer::text(403, &text)
            }
            Err(Refused::Method) => Answer::text(405, "expected GET or HEAD\n"),
            Err(Refused::Path) => Answer::text(404, "there is no such file\n"),
        }
    }

    /// Returns the answer for a path.
    fn file(&self, names: &[String]) -> Answer {
        let (last, above) = names.split_last().expect("a path has a last name");
        let Some(dir) = self.place.inside(above).filter(|dir| dir.is_dir()) else {
            return Answer::text(404, "there is no such directory\n");
        };
        match &last[..] {
            PROGRESS => self.progress(&dir),
            "" | INDEX if is_hunt(&dir) => self.sent(above, INDEX),
            "" | INDEX => Answer::page(&hunts(&title(&dir), &self.lines(&dir)), true),
            name => self.sent(above, name),
        }
    }

    /// Returns a file by its kind.
    fn sent(&self, above: &[String], name: &str) -> Answer {
        let names: Vec<_> = above.iter().map(String::as_str).chain([name]).collect();
        let names: Vec<_> = names.into_iter().map(str::to_owned).collect();
        let Some(path) = self.place.inside(&names).filter(|path| path.is_file()) else {
            return Answer::text(404, "there is no such file\n");
        };
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("html") => Answer::page_of_file(&path, name == INDEX),
            Some("toml" | "jsonl") => Answer::file(&path),
            _ => Answer::text(404, "only pages, saved runs and journals are served\n"),
        }
    }

    /// Returns the hunts below a directory. One whose journal cannot be read has no numbers.
    fn lines(&self, dir: &Path) -> Vec<HuntLine> {
        let lines = hunts_below(dir).into_iter().map(|name| {
            let progress = self.of_hunt(&dir.join(&name)).unwrap_or_default();
            let Progress { runs, of, findings, signatures } = progress;
            let page = format!("{name}/{INDEX}");
            HuntLine { name, page, runs, of, findings, signatures }
        });
        lines.collect()
    }

    /// Reads the progress of a hunt from its journal.
    fn of_hunt(&self, dir: &Path) -> Option<Progress> {
        let mut followers = self.followers.lock();
        let follower = followers.entry(dir.to_owned()).or_insert_with(|| Follower::of(dir));
        follower.read_on().ok()
    }

    /// Returns the progress of a hunt, or of all hunts below a directory.
    fn progress(&self, dir: &Path) -> Answer {
        let (progress, revision) = if is_hunt(dir) {
            match self.of_hunt(dir) {
                Some(progress) => (progress, revision(&dir.join(INDEX))),
                None => return Answer::text(404, "the journal of the hunt cannot be read\n"),
            }
        } else {
            let lines = self.lines(dir);
            let progress = together(&lines);
            let revision = format!("{}-{}-{}", lines.len(), progress.runs, progress.findings);
            (progress, revision)
        };
        let Progress { runs, of, findings, signatures } = progress;
        let runs_per_second = self.rate(dir, runs);
        let live = LiveProgress { runs, of, runs_per_second, findings, signatures, revision };
        let text = serde_json::to_string(&live).expect("numbers can be written as JSON");
        Answer::whole(200, "application/json", NOTHING.to_owned(), text + "\n")
    }

    #[expect(clippy::disallowed_methods, reason = "a rate is in real time")]
    fn rate(&self, dir: &Path, runs: u64) -> Option<f64> {
        self.rates.lock().of(dir, runs, Instant::now())
    }
}

/// Returns the title of the index of several hunts.
fn title(dir: &Path) -> String {
    format!("Hunts in {}", dir.file_name().unwrap_or_default().to_string_lossy())
}

/// Returns the progress of several hunts together. They have an end only if each of them has.
fn together(lines: &[HuntLine]) -> Progress {
    let sum = |of: fn(&HuntLine) -> u64| lines.iter().map(of).sum();
    Progress {
        runs: sum(|line| line.runs),
        of: lines.iter().map(|line| line.of).sum(),
        findings: sum(|line| line.findings),
        signatures: sum(|line| line.signatures),
    }
}

/// Returns a text that changes with a file.
fn revision(path: &Path) -> String {
    let Ok(found) = fs::metadata(path) else { return "none".to_owned() };
    let changed = found.modified().ok();
    let changed = changed.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    format!("{}-{}", changed.map_or(0, |time| time.as_nanos()), found.len())
}

impl Answer {
    fn whole(status: u16, kind: &'static str, policy: String, text: String) -> Self {
        let length = text.len() as u64;
        Self { status, kind, policy, length, body: Box::new(Cursor::new(text.into_bytes())) }
    }

    /// Returns a short text for people.
    fn text(status: u16, text: &str) -> Self {
        Self::whole(status, "text/plain; charset=utf-8", NOTHING.to_owned(), text.to_owned())
    }

    /// Returns a page of Crosswire; no other page is served. The page of a `live` index may ask for
    /// progress.
    fn page(text: &str, live: bool) -> Self {
        match served(text, live) {
            Some(served) => {
                let page = served.page.into_owned();
                Self::whole(200, "text/html; charset=utf-8", served.policy, page)
            }
            None => Self::text(404, "this is not a page of Crosswire\n"),
        }
    }

    fn page_of_file(path: &Path, live: bool) -> Self {
        let mut text = String::new();
        let read =
            File::open(path).and_then(|file| file.take(LARGEST_PAGE).read_to_string(&mut text));
        match read {
            Ok(_) => Self::page(&text, live),
            Err(_) => Self::text(404, "this page cannot be read\n"),
        }
    }

    /// Returns a file as plain text, as long as it is now.
    fn file(path: &Path) -> Self {
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
        match opened {
            Ok((length, file)) => Self {
                status: 200,
                kind: "text/plain; charset=utf-8",
                policy: NOTHING.to_owned(),
                length,
                body: Box::new(file.take(length)),
            },
            Err(_) => Self::text(404, "this file cannot be read\n"),
        }
    }

    /// Returns the answer with its headers.
    pub(super) fn into_response(self) -> Response<Box<dyn Read + Send>> {
        let Self { status, kind, policy, length, body } = self;
        let mut headers = vec![
            ("Content-Type", kind),
            ("Content-Security-Policy", &policy),
            ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-store"),
        ];
        if status == 405 {
            headers.push(("Allow", "GET, HEAD"));
        }
        let headers = headers.into_iter().map(|(name, value)| {
            Header::from_bytes(name, value).expect("a header of this program is plain ASCII")
        });
        let length = usize::try_from(length).ok();
        Response::new(status.into(), headers.collect(), body, length, None)
    }
}
