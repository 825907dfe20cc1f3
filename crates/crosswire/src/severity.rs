//! The severities of faults in words.

use crosswire_output::format::percent;
use crosswire_plan::{Fault, FaultKind};

/// Returns the severity of a fault in the unit of its kind; `None` if the kind has no severity.
pub fn severity(fault: &Fault) -> Option<String> {
    let severity = fault.severity;
    Some(match fault.kind {
        FaultKind::RegionOutage => format!("{} of the cameras", share(severity)),
        FaultKind::PacketLoss => format!("{} of the messages", share(severity)),
        FaultKind::CancelBurst => format!("{} of the requests", share(severity)),
        FaultKind::ConnectionReset | FaultKind::HalfOpen => {
            format!("{} of the connections", share(severity))
        }
        kind => {
            let degrees = kind.degrees()?;
            match degrees.meaning {
                "milliseconds" => format!("{severity} ms more"),
                meaning => format!("{severity}, {meaning}"),
            }
        }
    })
}

/// Returns a share from 0 to 1 in per cent.
pub fn share(share: f64) -> String {
    percent((share * 10_000.0).round() as u64, 10_000).replace(".00 %", " %")
}
