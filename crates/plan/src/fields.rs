//! The fields of a scenario file, from its schema: which ones a table requires, and which table a
//! field belongs to.

use serde_json::Value;

/// The fields of all tables.
pub(crate) struct Fields {
    schema: Value,
}

impl Fields {
    /// Reads the schema.
    pub(crate) fn new() -> Self {
        Self { schema: crate::schema::json_schema() }
    }

    /// Returns the fields that the table at a path requires; none if there is no such table.
    pub(crate) fn required(&self, path: &[String]) -> Vec<String> {
        let mut table = &self.schema;
        for step in path {
            let is_index = step.bytes().all(|byte| byte.is_ascii_digit());
            let next = if is_index { table } else { &table["properties"][step] };
            table = self.resolved(next);
        }
        names(&table["required"])
    }

    /// Returns the tables that have a field of this name, each as its header; the field at the top
    /// of a file has no table.
    pub(crate) fn tables_with(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        self.search(&self.schema, "", name, &mut found);
        found
    }

    fn search(&self, table: &Value, path: &str, name: &str, found: &mut Vec<String>) {
        let Some(properties) = table["properties"].as_object() else { return };
        for (key, field) in properties {
            let inner = self.resolved(field);
            let is_list = field["type"] == "array";
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            if inner["properties"].get(name).is_some() {
                found.push(if is_list { format!("[[{path}]]") } else { format!("[{path}]") });
            }
            self.search(inner, &path, name, found);
        }
    }

    /// Returns what a field is: the items of a list, what is optional, and the definition behind a
    /// reference.
    fn resolved<'a>(&'a self, field: &'a Value) -> &'a Value {
        let field = field.get("items").unwrap_or(field);
        let field = match field["anyOf"].as_array().map(Vec::as_slice) {
            Some([some, null]) if null["type"] == "null" => some,
            _ => field,
        };
        let Some(reference) = field["$ref"].as_str() else { return field };
        let name = reference.strip_prefix("#/$defs/").expect("a reference is to a definition");
        &self.schema["$defs"][name]
    }
}

fn names(list: &Value) -> Vec<String> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(steps: &[&str]) -> Vec<String> {
        steps.iter().map(|&step| step.to_owned()).collect()
    }

    #[test]
    fn tables_have_their_required_fields() {
        let fields = Fields::new();
        assert_eq!(fields.required(&[]), ["name", "summary", "duration_ms", "cast"]);
        assert_eq!(fields.required(&path(&["cast"])), ["cameras", "phones", "gateways"]);
        let fault = fields.required(&path(&["fault", "0"]));
        assert_eq!(fault, ["kind", "start_ms", "length_ms"]);
        assert_eq!(fields.required(&path(&["swarm"])), ["faults"]);
        assert!(fields.required(&path(&["client"])).is_empty());
        assert!(fields.required(&path(&["nonsense", "0"])).is_empty());
    }

    #[test]
    fn a_field_is_found_in_its_tables() {
        let fields = Fields::new();
        assert_eq!(fields.tables_with("pool_size"), ["[client]"]);
        assert_eq!(fields.tables_with("during"), ["[workload.changes]"]);
        assert_eq!(fields.tables_with("severity"), ["[[fault]]"]);
        assert_eq!(fields.tables_with("changes"), ["[workload]"]);
        assert!(fields.tables_with("nonsense").is_empty());
    }
}
