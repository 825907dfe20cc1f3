//! A saved run from anywhere.

use crosswire::saved::SavedRun;

/// Reads a text as a saved run. If it is one, what it is written as is the same one.
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
