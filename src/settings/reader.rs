//! The variables of the environment, read one after the other, and what is wrong with them.

use std::collections::BTreeMap;

use super::{
    error::{Fault, SettingsError},
    table,
};

/// Takes variables one by one and collects what is wrong with them.
pub(super) struct Reader {
    variables: BTreeMap<String, String>,
    faults: Vec<Fault>,
}

impl Reader {
    pub(super) fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables = variables.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        Self { variables, faults: Vec::new() }
    }

    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(self.variables.get(name)?) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.fault(name, &problem);
                None
            }
        }
    }

    pub(super) fn fault(&mut self, name: &'static str, problem: &str) {
        self.faults.push(Fault::Invalid { name, problem: problem.to_owned() });
    }

    pub(super) fn or<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
        default: impl FnOnce() -> T,
    ) -> T {
        self.optional(name, parse).unwrap_or_else(default)
    }

    pub(super) fn required<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if !self.variables.contains_key(name) {
            self.faults.push(Fault::Missing { name });
        }
        self.optional(name, parse)
    }

    /// What is required, where nothing at all is wrong.
    pub(super) fn finish<T>(mut self, required: Option<T>) -> Result<T, SettingsError> {
        self.refuse_unknown();
        match required {
            Some(required) if self.faults.is_empty() => Ok(required),
            _ => Err(SettingsError(self.faults)),
        }
    }

    fn refuse_unknown(&mut self) {
        let unknown = self.variables.keys().filter(|name| table::is_unknown(name));
        let faults = unknown
            .map(|name| Fault::Unknown { name: name.clone(), nearest: table::nearest(name) });
        self.faults.extend(faults.collect::<Vec<_>>());
    }
}
