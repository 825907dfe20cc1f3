//! The first version of the file format.

use super::{Expect, Made, SavedRun, VERSION};
use crosswire_plan::Plan;
use serde::Deserialize;

/// A saved run of version 1, which has `verdict` instead of `expect`. It is read as it is, so that
/// an error names the line of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FirstVersion {
    version: i64,
    #[serde(alias = "expect")]
    verdict: Expect,
    #[serde(default)]
    signature: Option<String>,
    #[serde(default)]
    digest: Option<String>,
    #[serde(default)]
    made: Made,
    plan: Plan,
}

impl From<FirstVersion> for SavedRun {
    fn from(first: FirstVersion) -> Self {
        let FirstVersion { version, verdict: expect, signature, digest, made, plan } = first;
        assert_eq!(version, 1, "only a file of version 1 is read as one");
        Self { version: VERSION, expect, signature, digest, made, plan }
    }
}
