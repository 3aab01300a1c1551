//! CHECK and COMPACT.

use crate::database::session::Session;
use crate::error::Result;
use crate::query::node::Name;
use crate::query::rows::{Answer, Column, ColumnKind, Datum};

impl Session<'_> {
    pub(super) fn check(&mut self, name: &Name) -> Result<Answer<'static>> {
        let index = self.database.index();
        let view = index.view(&name.text).ok_or_else(|| self.unknown("corpus", name))?;
        let checked = view.check(&self.context.control)?;
        let columns = vec![
            Column::new("part", ColumnKind::Text),
            Column::new("checked", ColumnKind::Integer),
            Column::new("result", ColumnKind::Text),
        ];
        let rows = checked.into_iter().map(|part| {
            Ok(vec![Datum::text(part.name), Datum::count(part.checked), Datum::text("sound")])
        });
        Ok(Answer::table(columns, Box::new(rows)))
    }

    pub(super) fn compact(&mut self, name: &Name) -> Result<Answer<'static>> {
        let index = self.database.index();
        let corpus = index.corpus(&name.text).ok_or_else(|| self.unknown("corpus", name))?;
        let before = index.compact(&corpus, &self.context.control)?;
        index.reclaim()?;
        let after = corpus.manifest().segments.len();
        Ok(Answer::note(format!("{name}: {before} segments became {after}")))
    }
}
