//! x
use std::sync::Arc;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(format!("scenarios/{}.toml", args[1])).unwrap();
    let vocab = crosswire_plan::Vocabulary {
        clients: vec!["pooled".into()],
        defences: vec![],
        situations: crosswire_checker::situations().iter().map(|s| s.0.to_string()).collect(),
    };
    let sc = match crosswire_plan::load(&args[1], &text, &vocab) {
        Ok(s) => s,
        Err(e) => {
            println!("{e}");
            return;
        }
    };
    let client = crosswire::stage::ClientUnderTest::named(&args[2]).unwrap();
    let from: u64 = args[3].parse().unwrap();
    let to: u64 = args[4].parse().unwrap();
    for seed in from..to {
        let plan = Arc::new(crosswire_plan::draw(&sc, crosswire_plan::Seed(seed)));
        let t = std::time::Instant::now();
        match crosswire::stage::play(&plan, &client, vec![]) {
            Ok((p, _)) => {
                println!(
                    "{seed} {} {:?} {} entries {} req {} del {} {:.1}ms",
                    p.findings.verdict,
                    p.findings.counts,
                    p.digest,
                    p.entries,
                    p.findings.requests,
                    p.findings.deliveries,
                    t.elapsed().as_secs_f64() * 1e3
                );
                if args.len() > 5 {
                    println!(
                        "{:?}\n{:?}\n{:?} {:?}",
                        p.findings.reached,
                        p.findings.checked,
                        p.findings.missing,
                        p.findings.exposure
                    );
                    for v in &p.findings.violations {
                        println!(
                            "{} {} at {} {:?} {:?} {:?}",
                            v.invariant, v.name, v.at_ms, v.user, v.device, v.event
                        );
                        for l in &v.story {
                            println!("   {l}");
                        }
                    }
                }
            }
            Err(e) => println!("{seed} {e}"),
        }
    }
}
