//! The settings of a session: SET, RESET, SHOW SETTINGS.

use std::time::Duration;

use crate::database::database::Options;
use crate::error::{Error, Result};
use crate::query::constant::{Constant, Number};
use crate::query::nearest::did_you_mean;
use crate::query::node::{Name, Spanned};
use crate::query::vocabulary::{FORMATS, SETTINGS};

/// Less than this does not hold one batch of text.
const LEAST_MEMORY: u64 = 64 << 20;

/// What a session was told with SET.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Threads, where not those of the database.
    pub threads: Option<usize>,
    /// Bytes of memory, where not those of the database.
    pub memory: Option<u64>,
    /// How long a statement may take.
    pub timeout: Option<Duration>,
    /// The format of results, for the client to honour.
    pub format: Option<String>,
}

/// What a setting of the table of settings does.
pub(super) struct Setting {
    name: &'static str,
    show: fn(&Settings, &Options) -> String,
    /// What it takes, where that is something else.
    set: fn(&mut Settings, &Constant) -> std::result::Result<(), &'static [&'static str]>,
    reset: fn(&mut Settings),
}

/// All settings, in the order of their table.
static EFFECTS: &[Setting] = &[
    Setting {
        name: "format",
        show: |settings, _| settings.format.clone().unwrap_or_else(|| "as the output suits".into()),
        set: |settings, value| match value {
            Constant::Word(word) | Constant::Text(word) if FORMATS.contains(&word.as_str()) => {
                settings.format = Some(word.clone());
                Ok(())
            }
            _ => Err(FORMATS),
        },
        reset: |settings| settings.format = None,
    },
    Setting {
        name: "memory",
        show: |settings, options| {
            Number::Size(settings.memory.unwrap_or(options.memory)).to_string()
        },
        set: |settings, value| {
            let bytes = match value {
                Constant::Number(Number::Size(bytes)) => Some(*bytes),
                Constant::Number(number) => number.whole(),
                _ => None,
            };
            match bytes {
                Some(bytes) if bytes >= LEAST_MEMORY => {
                    settings.memory = Some(bytes);
                    Ok(())
                }
                _ => Err(&["a size of at least 64MiB, such as 512MiB"]),
            }
        },
        reset: |settings| settings.memory = None,
    },
    Setting {
        name: "threads",
        show: |settings, options| threads(settings, options).to_string(),
        set: |settings, value| {
            let count = match value {
                Constant::Number(number) => number.whole(),
                _ => None,
            };
            match count.and_then(|count| usize::try_from(count).ok()) {
                Some(count @ 1..=1024) => {
                    settings.threads = Some(count);
                    Ok(())
                }
                _ => Err(&["a whole number from 1 to 1024"]),
            }
        },
        reset: |settings| settings.threads = None,
    },
    Setting {
        name: "timeout",
        show: |settings, _| match settings.timeout {
            Some(time) => {
                let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
                Number::Duration(milliseconds).to_string()
            }
            None => "none".into(),
        },
        set: |settings, value| match value {
            Constant::Number(number) if number.duration().is_some() => {
                settings.timeout = number.duration();
                Ok(())
            }
            _ => Err(&["a duration such as 30s"]),
        },
        reset: |settings| settings.timeout = None,
    },
];

/// The threads that a statement uses.
pub(super) fn threads(settings: &Settings, options: &Options) -> usize {
    match settings.threads.unwrap_or(options.threads) {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}

impl Setting {
    pub(super) fn named(name: &Name) -> Result<&'static Setting> {
        EFFECTS.iter().find(|row| row.name == name.text).ok_or_else(|| {
            let names = || SETTINGS.iter().map(|row| row.name);
            let error = Error::query(format!("there is no setting `{}`", name.text));
            let error = error.at(name.span).expected(names());
            did_you_mean(&name.text, names()).into_iter().fold(error, Error::hint)
        })
    }

    /// The value as SHOW SETTINGS shows it.
    pub(super) fn value(&self, settings: &Settings, options: &Options) -> String {
        (self.show)(settings, options)
    }
}

impl Settings {
    /// Sets one.
    pub(super) fn set(&mut self, name: &Name, value: &Spanned<Constant>) -> Result<()> {
        let row = Setting::named(name)?;
        (row.set)(self, &value.node).map_err(|wanted| {
            let message = format!("`{}` does not take {}", row.name, value.node);
            Error::query(message).at(value.span).expected(wanted.iter().copied())
        })
    }

    /// Takes one back.
    pub(super) fn reset(&mut self, name: &Name) -> Result<()> {
        (Setting::named(name)?.reset)(self);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_of_the_table_has_an_effect() {
        let names: Vec<&str> = EFFECTS.iter().map(|setting| setting.name).collect();
        assert_eq!(names, SETTINGS.iter().map(|row| row.name).collect::<Vec<_>>());
    }
}
