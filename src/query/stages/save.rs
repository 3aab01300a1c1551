//! `SAVE AS name`: the result is kept in the database.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Result, Span};
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, named};
use crate::query::node::{Name, Place};
use crate::query::rows::Row;
use crate::query::saved;
use crate::query::sets::Sets;
use crate::query::stage::{ColumnSet, Kind, Shape, Stage, StageRow, Takes, Value, With};

/// The row of SAVE.
pub(super) static ROW: StageRow = StageRow {
    name: "SAVE",
    syntax: "SAVE AS name",
    takes: Takes::AnyTable,
    makes: None,
    gives: "the rows that came in",
    help: "keeps the result in the database under a name, with its query",
    with: With::Nothing,
    example: "FROM hlm | WORDS BY minent | SAVE AS lex",
    paper: "",
    parse: save_stage,
};

/// SAVE, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Save {
    /// The name it is kept under.
    pub name: Name,
    /// Where it stands.
    pub place: Place,
}

fn save_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("SAVE")(input)?;
    let (rest, (_, name)) = (cut(keyword("AS")), cut(named("a name"))).parse(rest)?;
    let place = Place(start.0.to(name.span));
    Ok((rest, Arc::new(Save { name, place })))
}

impl Stage for Save {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, input: &Shape, catalog: &dyn Catalog) -> Result<Shape> {
        saved::check_name(&self.name, input.kind, catalog)?;
        Ok(input.clone())
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::All
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let is_itemsets = match &input {
            Value::Kept(_) | Value::Itemsets(_) | Value::Found(_) => true,
            Value::Table(shape, _) => {
                shape.kind == Kind::Itemsets && shape.columns == Sets::shape().columns
            }
            _ => false,
        };
        if is_itemsets {
            let mut sets = input.sets(context)?;
            saved::save_sets(context, &self.name.text, &mut sets, None)?;
            return Ok(Value::Itemsets(sets));
        }
        let (shape, rows) = input.table()?;
        let rows = context.watch(rows).collect::<Result<Vec<Row>>>()?;
        saved::save(context, &self.name.text, &shape, &rows)?;
        Ok(Value::Table(shape, Box::new(rows.into_iter().map(Ok))))
    }
}

impl fmt::Display for Save {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SAVE AS {}", self.name)
    }
}
