//! A session: what one user has set, uses and last saw; and where each statement is sent.

use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use crate::control::Remembered;
use crate::database::database::Database;
use crate::database::settings::{Settings, threads};
use crate::error::{Error, Result};
use crate::index::{Cost, Index};
use crate::query::context::Context;
use crate::query::node::Spanned;
use crate::query::planner::Plan;
use crate::query::rows::{Answer, Row};
use crate::query::stage::Shape;
use crate::query::tree::Statement;

/// Input that a statement may read, once.
pub(super) type Input = Box<dyn Read + Send>;

/// The result of the last query, as far as it was read.
#[derive(Default)]
pub(super) struct LastResult {
    pub shape: Option<Shape>,
    pub rows: Vec<Row>,
    /// Whether all rows are in it.
    pub complete: bool,
}

/// One user's conversation with a database.
pub struct Session<'d> {
    pub(super) database: &'d Database,
    pub(super) settings: Settings,
    /// The corpus or saved result of the last USE.
    pub(super) current: Option<String>,
    pub(super) last: Arc<Mutex<LastResult>>,
    /// The plan and the context of the query whose rows are being read.
    pub(super) plan: Option<Plan>,
    /// Kept text counted again for that query, where the counts that are there would not do.
    pub(super) scratch: Option<Index>,
    pub(super) context: Context<'d>,
}

impl<'d> Session<'d> {
    pub(super) fn new(database: &'d Database) -> Self {
        Session {
            database,
            settings: Settings::default(),
            current: None,
            last: Arc::default(),
            plan: None,
            scratch: None,
            context: Context::default(),
        }
    }

    /// Runs one statement. Rows are made while they are read.
    ///
    /// # Errors
    /// Whatever is wrong with the statement, its input or the database.
    pub fn execute<'s>(
        &'s mut self,
        statement: &Spanned<Statement>,
        input: Option<Input>,
    ) -> Result<Answer<'s>> {
        self.prepare();
        match &statement.node {
            Statement::CreateCorpus { name, if_not_exists, options } => {
                self.create_corpus(name, *if_not_exists, options)
            }
            Statement::Ingest { input: from, format, corpus, options } => {
                self.ingest(from, format.as_ref(), corpus, options, input)
            }
            Statement::Drop { what, name, if_exists } => self.drop_named(*what, name, *if_exists),
            Statement::Use(name) => self.use_name(name),
            Statement::Show(show) => self.show(show),
            Statement::Describe(name) => self.describe(name),
            Statement::Explain { analyze, query } => self.explain(*analyze, query, input),
            Statement::Set { name, value } => {
                self.settings.set(name, value)?;
                Ok(Answer::note(format!("{name} = {value}")))
            }
            Statement::Reset(name) => {
                self.settings.reset(name)?;
                Ok(Answer::note(format!("{name} is as it was")))
            }
            Statement::Export { query, file } => self.export(query, file, input),
            Statement::Import { what, name, file } => self.import(*what, name, file),
            Statement::Check(name) => self.check(name),
            Statement::Compact(name) => self.compact(name),
            Statement::Query(query) => self.answer(query, input),
        }
    }

    /// Runs a script and throws its rows away.
    ///
    /// # Errors
    /// The first of its statements.
    pub fn run(&mut self, script: &str) -> Result<()> {
        for statement in crate::query::parse(script)? {
            self.execute(&statement, None)?.rows.try_for_each(|row| row.map(drop))?;
        }
        Ok(())
    }

    /// Runs a single statement.
    ///
    /// # Errors
    /// Those of [`Session::execute`], and [`Error::Query`] when there is not exactly one.
    pub fn query<'s>(&'s mut self, statement: &str) -> Result<Answer<'s>> {
        let statements = crate::query::parse(statement)?;
        match statements.as_slice() {
            [statement] => self.execute(statement, None),
            others => Err(Error::query(format!("{} statements where one is wanted", others.len()))),
        }
    }

    /// What was set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The names of corpora and saved results, with what they are.
    pub fn names(&self) -> Vec<(String, &'static str)> {
        let index = self.database.index();
        let corpora = index.names().into_iter().map(|name| (name, "corpus"));
        let saved = index.saved().unwrap_or_default().into_iter().map(|head| {
            let kind = match head.kind.as_str() {
                "lexicon" => "lexicon",
                "templates" => "templates",
                "itemsets" => "itemsets",
                _ => "table",
            };
            (head.name, kind)
        });
        corpora.chain(saved).collect()
    }

    /// A new context for the next statement, with its deadline.
    pub(super) fn prepare(&mut self) {
        let options = self.database.options();
        let mut control = options.control.clone();
        control.progress = Arc::new(Remembered::new(control.progress));
        control.deadline = self.settings.timeout.map(|timeout| Instant::now() + timeout);
        let cost = Cost {
            memory: self.settings.memory.unwrap_or(options.memory),
            threads: threads(&self.settings, options),
        };
        self.plan = None;
        self.scratch = None;
        // What only a reader that is gone by now has kept; if that fails it goes at the next start.
        drop(self.database.index().reclaim());
        let index = Some(self.database.index());
        self.context = Context { index, control, cost, ..Context::default() };
    }
}
