//! The tables keep their promises: examples parse, results are right, and the grammar is complete.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;

use crate::mine::ParameterKind;
use crate::query::aggregates::AGGREGATES;
use crate::query::evaluate::Compiled;
use crate::query::expression::Expression;
use crate::query::functions::FUNCTIONS;
use crate::query::parse;
use crate::query::rows::{Column, ColumnKind, Datum};
use crate::query::stage::{Kind, Shape, Value};
use crate::query::stages::{Eval, STAGES};
use crate::query::tree::Statement;
use crate::query::value::real;

/// The expression of `EVAL x = …`.
pub(super) fn expression(text: &str) -> Expression {
    let query = format!("EVAL x = {text}");
    let mut statements = parse(&query).unwrap();
    let Some(Statement::Query(query)) = statements.pop().map(|s| s.node) else { panic!("{text}") };
    let stage: &dyn std::any::Any = query.stages[0].as_ref();
    stage.downcast_ref::<Eval>().unwrap().assignments[0].expression.clone()
}

fn value(text: &str) -> Datum {
    Compiled::new(&expression(text), &[]).unwrap().evaluate(&[])
}

#[test]
fn examples_of_stages_parse_and_use_them() {
    for row in STAGES {
        let statements = parse(row.example).unwrap();
        let [statement] = statements.as_slice() else { panic!("{}", row.example) };
        let Statement::Query(query) = &statement.node else { panic!("{}", row.example) };
        assert!(query.stages.iter().any(|stage| stage.row().name == row.name), "{}", row.example);
    }
}

#[test]
fn examples_of_functions_give_their_results() {
    for row in FUNCTIONS {
        assert_eq!(value(row.example), value(row.result), "{}", row.example);
        assert!(row.signature.starts_with(row.name));
    }
}

#[test]
fn examples_of_aggregates_give_their_results() {
    let shape = Shape::new(Kind::Table, vec![Column::new("x", ColumnKind::Integer)]);
    for row in AGGREGATES {
        let rows = (1..=4).map(|x| Ok(vec![Datum::Integer(x)]));
        let input = Value::Table(shape.clone(), Box::new(rows));
        let rows = super::runs::run_on(input, &format!("STATS {}", row.example));
        let (found, wanted) = (&rows[0][0], value(row.result));
        match (real(found), real(&wanted)) {
            // Entropies of stored statistics are sums of fixed-point numbers.
            (Some(found), Some(wanted)) => {
                assert!((found - wanted).abs() < 1e-9, "{}", row.example)
            }
            _ => assert_eq!(*found, wanted, "{}", row.example),
        }
    }
}

#[test]
fn grammar_and_functions_agree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let grammar = std::fs::read_to_string(root.join("grammar/erya.ebnf")).unwrap();
    let left = Regex::new(r"(?m)^([a-z_]+)\s*::=").unwrap();
    let written: BTreeSet<&str> =
        left.captures_iter(&grammar).map(|found| found.get(1).unwrap().as_str()).collect();

    let source = root.join("src/query");
    let folders = [source.join("grammar"), source.join("stages")];
    let mut files: Vec<_> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    files.push(source.join("lexer.rs"));
    let production =
        Regex::new(r"fn ([a-z_]+)\(input: (?:Tokens<'_>|&str)\) -> (?:Parsed|Lexed)<").unwrap();
    let mut coded = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        coded.extend(production.captures_iter(&text).map(|found| found[1].to_owned()));
    }
    let coded: BTreeSet<&str> = coded.iter().map(String::as_str).collect();
    assert_eq!(written, coded);
}

#[test]
fn every_name_in_the_grammar_is_a_production_or_a_token() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let grammar = std::fs::read_to_string(root.join("grammar/erya.ebnf")).unwrap();
    let noise = Regex::new(r#"(?s)/\*.*?\*/|'[^'\n]*'|"[^"\n]*"|\[[^\]\n]*\]"#).unwrap();
    let bare = noise.replace_all(&grammar, " ");
    let left = Regex::new(r"(?m)^([a-z_]+)\s*::=").unwrap();
    let known: BTreeSet<&str> =
        left.captures_iter(&bare).map(|found| found.get(1).unwrap().as_str()).collect();
    for name in Regex::new(r"[a-z_]{2,}").unwrap().find_iter(&bare) {
        assert!(known.contains(name.as_str()), "{} has no production", name.as_str());
    }
}

#[test]
fn defaults_are_within_their_bounds() {
    for stage in STAGES {
        let methods = stage.with.methods();
        let of_methods = methods.iter().flat_map(|method| method.parameters);
        for row in of_methods.chain(stage.with.of_saved()).chain(stage.with.parameters(None)) {
            if let ParameterKind::Real(bounds) | ParameterKind::Count(bounds) = row.kind {
                let default: Option<f64> = row.default.parse().ok();
                assert!(default.is_none_or(|own| bounds.have(own)), "{} {}", stage.name, row.name);
            }
        }
    }
}
