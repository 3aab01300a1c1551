//! What history would go on with, shown behind the cursor; the right arrow takes it.

use rustyline::Context;
use rustyline::hint::Hint;
use rustyline::history::SearchDirection;

/// The rest of an earlier entry.
pub(super) struct Continuation {
    rest: String,
    shown: String,
}

impl Hint for Continuation {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        Some(&self.rest)
    }
}

/// The rest of the latest entry that begins with the line, of which only one line is shown.
pub(super) fn continuation(
    line: &str,
    position: usize,
    context: &Context<'_>,
) -> Option<Continuation> {
    if line.is_empty() || position < line.len() {
        return None;
    }
    let history = context.history();
    let last = history.len().checked_sub(1)?;
    let found = history.starts_with(line, last, SearchDirection::Reverse).ok().flatten()?;
    let rest = found.entry.get(line.len()..).filter(|rest| !rest.is_empty())?;
    let shown = match rest.split_once('\n') {
        Some((first, _)) => format!("{first} …"),
        None => rest.to_owned(),
    };
    Some(Continuation { rest: rest.to_owned(), shown })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustyline::history::{DefaultHistory, History};

    #[test]
    fn the_latest_entry_goes_on() {
        let mut history = DefaultHistory::new();
        for entry in ["FROM a;", "FROM b\n| LIMIT 3;", "USE c;"] {
            history.add(entry).unwrap();
        }
        let context = Context::new(&history);
        let hint = continuation("FROM", 4, &context).unwrap();
        assert_eq!(hint.display(), " b …");
        assert_eq!(hint.completion(), Some(" b\n| LIMIT 3;"));
        assert!(continuation("FROM", 2, &context).is_none());
        assert!(continuation("nothing", 7, &context).is_none());
        assert!(continuation("USE c;", 6, &context).is_none());
    }
}
