//! An arbitrary text as a saved run.

use crosswire::saved::SavedRun;

/// Parses a text as a saved run, which must be the same after writing and parsing again.
pub fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match SavedRun::parse("fuzz.toml", text) {
        Ok(saved) => {
            let written = toml::to_string(&saved).expect("a saved run is TOML");
            let again = SavedRun::parse("again.toml", &written);
            assert_eq!(again.as_ref().ok(), Some(&saved), "{written}\n{again:?}");
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
