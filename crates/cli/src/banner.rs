//! The text before a run: the seed and everything that was drawn from it.

use crosswire::catalog::{self, Kind};
use crosswire::severity::{severity, share};
use crosswire::sim::bounds::{freshness_ms, revocation_grace_ms};
use crosswire_output::format::{Align, Layout, Table, counted, grouped, printable, seconds};
use crosswire_plan::{ChangeKind, Fault, Plan};

/// Returns the banner of a run of `plan` with the client named `client`.
pub fn banner(plan: &Plan, client: &str, layout: Layout) -> String {
    let title = format!("{}, seed {}", printable(&plan.scenario), plan.seed);
    let mut out = format!("{}\n", layout.strong(&title));
    out += &layout.wrapped("  ", &printable(&plan.summary));
    out.push('\n');
    for (name, text) in [
        ("seed", seed(plan)),
        ("length", format!("{} s of simulated time", seconds(plan.duration_ms))),
        ("cast", cast(plan)),
        ("client", client_line(plan, client)),
        ("defences", defences(plan)),
        ("service", service(plan)),
        ("workload", workload(plan)),
        ("changes", changes(plan)),
        ("tolerated", tolerated(plan)),
        ("recovery", recovery(plan)),
        ("required", required(plan)),
    ] {
        out += &layout.wrapped(&format!("  {name:<10}"), &text);
    }
    if let Some(at) = plan.cancel_at {
        let text = format!("a call of the client at await {} of the run", grouped(at));
        out += &layout.wrapped(&format!("  {:<10}", "cancelled"), &text);
    }
    out += &faults(&plan.faults, layout);
    out.push('\n');
    out
}

fn seed(plan: &Plan) -> String {
    let Plan { seed, execution_seed, .. } = plan;
    format!("{seed}; execution seed {execution_seed}")
}

fn cast(plan: &Plan) -> String {
    let cast = &plan.cast;
    let all = [
        (cast.cameras, "camera"),
        (cast.phones, "phone"),
        (cast.gateways, "gateway"),
        (cast.cache_nodes, "cache node"),
    ];
    let all = all.map(|(number, noun)| counted(u64::from(number), noun)).join(", ");
    let taking_part = match &plan.script {
        Some(script) => {
            let (cameras, phones) = (script.cameras.len() as u64, script.phones.len() as u64);
            let (cameras, phones) = (counted(cameras, "camera"), counted(phones, "phone"));
            format!(", of which {cameras} and {phones} take part")
        }
        None => String::new(),
    };
    let clones = match cast.clones {
        0 => String::new(),
        clones => format!(", {clones} with the identity of another camera"),
    };
    let shared = share(cast.viewer_share);
    format!("{all}{taking_part}; {shared} of the cameras are shared{clones}")
}

fn client_line(plan: &Plan, client: &str) -> String {
    let items = catalog::items(Kind::Clients);
    let about = items.iter().find(|item| item.name == client);
    let about = about.map_or_else(String::new, |item| format!(" ({})", item.summary));
    let pool = counted(u64::from(plan.client.pool_size), "connection");
    format!("{client}{about}; {pool} a node, timeout {}", ms(plan.client.op_timeout_ms))
}

fn defences(plan: &Plan) -> String {
    if plan.defences.is_empty() { "none".to_owned() } else { plan.defences.join(", ") }
}

fn service(plan: &Plan) -> String {
    let (service, directory) = (&plan.service, &plan.directory);
    let max_keys = match plan.cache.max_keys {
        0 => "any number of keys".to_owned(),
        keys => format!("{} keys a node", grouped(u64::from(keys))),
    };
    let connections = u64::from(directory.connections);
    format!(
        "{}; deadline {}, {} in flight a gateway; cache entries live {}, {max_keys}, {} cold at the \
         start, {} to load after a restart; directory with {}, queue of {}",
        service.name,
        ms(service.request_deadline_ms),
        grouped(u64::from(service.max_in_flight)),
        ms(service.cache_ttl_ms),
        share(plan.cache.cold_share),
        ms(plan.cache.loading_ms),
        counted(connections, "connection"),
        grouped(u64::from(directory.queue)),
    )
}

fn workload(plan: &Plan) -> String {
    let work = &plan.workload;
    let dishonest = match work.dishonest {
        None | Some(0.0) => String::new(),
        Some(some) => format!("; {} of the phones and cameras are dishonest", share(some)),
    };
    format!(
        "an event every {} a camera, the app opened every {} a phone, and by {} of the users right \
         after an outage; {} of the thumbnails tapped; users give up after {}{dishonest}",
        ms(work.event_every_ms),
        ms(work.open_every_ms),
        share(work.rush_share),
        share(work.tap_share),
        ms(work.patience_ms),
    )
}

fn changes(plan: &Plan) -> String {
    let kinds = [
        (ChangeKind::Share, "share"),
        (ChangeKind::Revoke, "revocation"),
        (ChangeKind::Transfer, "transfer"),
        (ChangeKind::Reset, "reset"),
        (ChangeKind::Delete, "deletion"),
    ];
    let counts = kinds.map(|(kind, noun)| {
        let number = plan.changes.iter().filter(|change| change.kind == kind).count();
        (number, noun)
    });
    let drawn = counts.iter().filter(|(number, _)| *number > 0);
    let drawn: Vec<_> = drawn.map(|&(number, noun)| counted(number as u64, noun)).collect();
    if drawn.is_empty() { "none".to_owned() } else { drawn.join(", ") }
}

/// Returns for how long after a change the old state is no violation yet.
fn tolerated(plan: &Plan) -> String {
    let grace = revocation_grace_ms(plan);
    let by_push = match plan.recovery.push_grace_ms {
        push if push > grace => format!(", by a push for up to {}", ms(push)),
        _ => String::new(),
    };
    format!(
        "a revoked grant honoured for up to {}{by_push}; a stale cache entry for up to {} after \
         the change is acknowledged",
        ms(grace),
        ms(freshness_ms(plan)),
    )
}

fn recovery(plan: &Plan) -> String {
    let recovery = &plan.recovery;
    format!(
        "{} of the requests succeed {} after the last fault; an event is delivered within {}",
        share(recovery.goodput),
        ms(recovery.within_ms),
        ms(recovery.deliver_within_ms),
    )
}

fn required(plan: &Plan) -> String {
    let situations = plan.reach.iter().map(|(situation, &need)| match need {
        1 => situation.clone(),
        need => format!("{situation} ({} times)", grouped(need)),
    });
    let situations: Vec<_> = situations.collect();
    if situations.is_empty() { "none".to_owned() } else { situations.join(", ") }
}

fn faults(faults: &[Fault], layout: Layout) -> String {
    if faults.is_empty() {
        return "  faults    none\n".to_owned();
    }
    let (left, right) = (Align::Left, Align::Right);
    let mut table = Table::new(&[left, right, right, right, left, left]);
    table.row(["fault", "from s", "to s", "for s", "target", "severity"]);
    for fault in faults {
        let [from, to, long] = [fault.start_ms, fault.end_ms(), fault.length_ms].map(seconds);
        table.row([
            fault.kind.to_string(),
            from,
            to,
            long,
            fault.target.to_string(),
            severity(fault).unwrap_or_else(|| "-".to_owned()),
        ]);
    }
    format!("\n{}", table.set(layout, "  "))
}

fn ms(ms: u64) -> String {
    format!("{} ms", grouped(ms))
}
