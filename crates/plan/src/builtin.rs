//! The built-in scenarios.

/// Returns the names and texts, in alphabetical order. Each text is a file under `scenarios/`.
pub fn builtin() -> &'static [(&'static str, &'static str)] {
    &[
        ("bad-network-update", include_str!("../../../scenarios/bad-network-update.toml")),
        ("brownout", include_str!("../../../scenarios/brownout.toml")),
        ("calm", include_str!("../../../scenarios/calm.toml")),
        ("cloned-identity", include_str!("../../../scenarios/cloned-identity.toml")),
        ("emergency-cache", include_str!("../../../scenarios/emergency-cache.toml")),
        ("metastable", include_str!("../../../scenarios/metastable.toml")),
        ("notification-mix-up", include_str!("../../../scenarios/notification-mix-up.toml")),
        ("pair", include_str!("../../../scenarios/pair.toml")),
        ("reconnect-storm", include_str!("../../../scenarios/reconnect-storm.toml")),
        ("resale", include_str!("../../../scenarios/resale.toml")),
        ("shared-context", include_str!("../../../scenarios/shared-context.toml")),
        ("swarm", include_str!("../../../scenarios/swarm.toml")),
        ("wyze-2024", include_str!("../../../scenarios/wyze-2024.toml")),
    ]
}

/// Returns a built-in scenario for tests, without checking the names of its client, service,
/// defences, fault points and situations.
///
/// # Panics
/// If there is no scenario of that name.
pub fn scenario(name: &str) -> crate::Scenario {
    let text = builtin().iter().find(|(known, _)| *known == name).expect("a built-in scenario").1;
    toml::from_str(text).expect("built-in scenarios are valid")
}

#[cfg(test)]
mod tests {
    #[test]
    fn they_are_in_alphabetical_order() {
        assert!(super::builtin().is_sorted());
    }
}
