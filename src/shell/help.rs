//! The text of `.help` and `.help TOPIC`, out of the tables of commands, statements, stages,
//! functions and aggregates.

use crate::mine::{MethodHead, ParameterRow};
use crate::query::aggregates::AGGREGATES;
use crate::query::functions::FUNCTIONS;
use crate::query::stage::{StageRow, With};
use crate::query::stages::STAGES;
use crate::query::vocabulary::{CORPUS_OPTIONS, SETTINGS, STATEMENTS, StatementRow};
use crate::shell::commands::COMMANDS;

/// The overview.
pub(super) fn overview() -> String {
    let commands = COMMANDS.iter().map(|command| (command.syntax, command.help));
    let statements = STATEMENTS.iter().map(|row| (row.name, row.help));
    let stages = STAGES.iter().map(|stage| (stage.name, stage.help));
    let mut text = String::from("Statements, each up to its semicolon:\n");
    text.push_str(&list(statements));
    text.push_str("Stages of a query, FROM name | stage | stage:\n");
    text.push_str(&list(stages));
    text.push_str("Commands of this shell:\n");
    text.push_str(&list(commands));
    text.push_str(".help TOPIC explains a statement, a stage or a function, as in .help ngrams\n");
    text
}

/// What there is to say about a topic; `None` when there is no such topic.
pub(super) fn topic(name: &str) -> Option<String> {
    let wanted = name.trim().trim_end_matches(';').to_uppercase();
    let mut text = String::new();
    for stage in STAGES.iter().filter(|stage| stage.name == wanted) {
        text.push_str(&stage_text(stage));
    }
    let is_wanted = |row: &&StatementRow| {
        row.name == wanted || row.name.split(' ').next() == Some(wanted.as_str())
    };
    for row in STATEMENTS.iter().filter(is_wanted) {
        text.push_str(&format!("{}\n    {}\n", row.syntax, row.help));
        text.push_str(&parameters(row.parameters));
        text.push_str(&format!("    example  {}\n", row.example));
    }
    for (stage, head) in methods().filter(|(_, head)| head.name.eq_ignore_ascii_case(&wanted)) {
        text.push_str(&method_text(stage, &head));
    }
    for row in SETTINGS.iter().filter(|row| row.name.eq_ignore_ascii_case(&wanted)) {
        text.push_str("SET ");
        text.push_str(&parameters(&[*row]));
    }
    for row in CORPUS_OPTIONS.iter().filter(|row| row.name.eq_ignore_ascii_case(&wanted)) {
        text.push_str("CREATE CORPUS … WITH\n");
        text.push_str(&parameters(&[*row]));
    }
    let name = wanted.to_lowercase();
    for row in FUNCTIONS.iter().filter(|row| row.name == name) {
        text.push_str(&call_text(row.signature, row.help, row.example, row.result));
    }
    for row in AGGREGATES.iter().filter(|row| row.name == name) {
        text.push_str(&call_text(row.signature, row.help, row.example, row.result));
    }
    let is_command =
        |command: &str| command.trim_start_matches('.') == name.trim_start_matches('.');
    for command in COMMANDS.iter().filter(|command| is_command(command.name)) {
        text.push_str(&format!("{}\n    {}\n", command.syntax, command.help));
    }
    (!text.is_empty()).then_some(text)
}

/// Everything that `.help` explains, in lower case.
pub(super) fn topics() -> Vec<String> {
    let stages = STAGES.iter().map(|stage| stage.name.to_lowercase());
    let statements = STATEMENTS.iter().map(|row| row.name.to_lowercase());
    let functions = FUNCTIONS.iter().map(|row| row.name.to_owned());
    let aggregates = AGGREGATES.iter().map(|row| row.name.to_owned());
    let methods = methods().map(|(_, head)| head.name.to_owned());
    let options = SETTINGS.iter().chain(CORPUS_OPTIONS).map(|row| row.name.to_owned());
    let calls = functions.chain(aggregates);
    let mut all: Vec<String> =
        stages.chain(statements).chain(calls).chain(methods).chain(options).collect();
    all.sort();
    all.dedup();
    all
}

fn stage_text(stage: &StageRow) -> String {
    let mut text = format!("{}\n    {}\n", stage.syntax, stage.help);
    text.push_str(&format!("    takes    {}\n", stage.takes));
    text.push_str(&format!("    gives    {}\n", stage.gives));
    match stage.with {
        With::Nothing => {}
        With::Parameters(rows) => text.push_str(&parameters(rows)),
        With::Methods(_) | With::MethodsOr(..) => {
            if !stage.with.of_saved().is_empty() {
                text.push_str("  BY a lexicon\n");
                text.push_str(&parameters(stage.with.of_saved()));
            }
            for head in stage.with.methods() {
                text.push_str(&format!("  BY {:<13} {}\n", head.name, head.help));
                text.push_str(&parameters(head.parameters));
            }
        }
    }
    text.push_str(&format!("    example  {}\n", stage.example));
    if !stage.paper.is_empty() {
        text.push_str(&format!("    paper    {}\n", stage.paper));
    }
    text
}

fn method_text(stage: &str, head: &MethodHead) -> String {
    let mut text = format!("{stage} BY {}\n    {}\n", head.name, head.help);
    text.push_str(&parameters(head.parameters));
    for (what, value) in [("score", head.score), ("paper", head.paper)] {
        if !value.is_empty() {
            text.push_str(&format!("    {what:<8} {value}\n"));
        }
    }
    text
}

/// The methods of all stages, each with the stage that it belongs to.
fn methods() -> impl Iterator<Item = (&'static str, MethodHead)> {
    STAGES.iter().flat_map(|stage| stage.with.methods().into_iter().map(|head| (stage.name, head)))
}

/// Parameters, one a line, with what they take and are without being told.
fn parameters(rows: &[ParameterRow]) -> String {
    let line = |row: &ParameterRow| {
        let written = match row.default {
            "" => row.name.to_owned(),
            default => format!("{} = {default}", row.name),
        };
        format!("    {written:<24} {}; {}\n", row.kind.describe(), row.help)
    };
    rows.iter().map(line).collect()
}

fn call_text(signature: &str, help: &str, example: &str, result: &str) -> String {
    format!("{signature}\n    {help}\n    example  {example} gives {result}\n")
}

fn list<'r>(rows: impl Iterator<Item = (&'r str, &'r str)>) -> String {
    rows.map(|(name, help)| format!("  {name:<17} {help}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_has_a_text() {
        for name in topics() {
            assert!(topic(&name).is_some(), "{name}");
        }
        assert!(topic(".quit").is_some());
        let words = topic("words").unwrap();
        for part in ["BY minent", "min_pmi = 1", "example  FROM", "takes", "gives"] {
            assert!(words.contains(part), "{words}");
        }
        assert!(topic("minent").unwrap().contains("paper"));
        assert!(topic("timeout").unwrap().contains("a duration"));
        assert!(topic("nothing of that kind").is_none());
    }

    #[test]
    fn the_overview_names_everything() {
        let text = overview();
        for stage in STAGES {
            assert!(text.contains(stage.name));
        }
        for command in COMMANDS {
            assert!(text.contains(command.name));
        }
    }
}
