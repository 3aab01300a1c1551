//! What the parser makes of a text: statements, sources and stages, each with its place.
//!
//! Syntax only: whether a name exists and a stage fits is the planner's to say. Everything here
//! prints as text that parses back to an equal tree.

use std::fmt;
use std::sync::Arc;

use crate::error::Span;
pub use crate::query::constant::{Constant, Number, write_list};
pub use crate::query::node::{Name, Place, Quoted, Spanned};
pub use crate::query::parameters::{Parameter, Parameters};
use crate::query::stage::Stage;

/// One statement of a script.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// `CREATE CORPUS [IF NOT EXISTS] name [WITH …]`.
    CreateCorpus {
        /// The new corpus.
        name: Name,
        /// Whether an existing corpus of that name is no error.
        if_not_exists: bool,
        /// `unit = char, order = 6, …`.
        options: Parameters,
    },
    /// `INGEST … [FORMAT name] INTO name [WITH …]`.
    Ingest {
        /// What is read.
        input: IngestInput,
        /// How it is laid out; guessed from the ending where not given.
        format: Option<Name>,
        /// The corpus it is counted into.
        corpus: Name,
        /// Options of this ingest.
        options: Parameters,
    },
    /// `DROP CORPUS|LEXICON|TEMPLATES|ITEMSETS|TABLE [IF EXISTS] name`.
    Drop {
        /// What kind of thing is meant.
        what: Dropped,
        /// Which one.
        name: Name,
        /// Whether its absence is no error.
        if_exists: bool,
    },
    /// `USE name`.
    Use(Name),
    /// `SHOW …`.
    Show(Show),
    /// `DESCRIBE name`.
    Describe(Name),
    /// `EXPLAIN [ANALYZE] query`.
    Explain {
        /// Whether the query is also run and measured.
        analyze: bool,
        /// The query.
        query: Query,
    },
    /// `SET name = value`.
    Set {
        /// The setting.
        name: Name,
        /// Its new value.
        value: Spanned<Constant>,
    },
    /// `RESET name`.
    Reset(Name),
    /// `EXPORT query TO 'file'`.
    Export {
        /// The query whose rows are written.
        query: Query,
        /// Where to; the ending says how.
        file: Quoted,
    },
    /// `IMPORT LEXICON|TEMPLATES name FROM 'file'`.
    Import {
        /// What is in the file.
        what: Listed,
        /// The name it is saved under.
        name: Name,
        /// The list.
        file: Quoted,
    },
    /// `CHECK name`.
    Check(Name),
    /// `COMPACT name`.
    Compact(Name),
    /// A query on its own.
    Query(Query),
}

/// What INGEST reads.
#[derive(Clone, Debug, PartialEq)]
pub enum IngestInput {
    /// Files named by glob patterns.
    Files(Vec<Quoted>),
    /// `STDIN`.
    Stdin,
    /// `TEXT '…', '…'`: the strings themselves.
    Text(Vec<Quoted>),
}

/// What DROP removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// A corpus with its index.
    Corpus,
    /// A saved lexicon.
    Lexicon,
    /// A saved set of templates.
    Templates,
    /// Saved itemsets.
    Itemsets,
    /// Any other saved result.
    Table,
}

/// What IMPORT makes: texts with counts, under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// Words.
    Lexicon,
    /// Templates.
    Templates,
}

/// What REFRESH brings up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// Texts with counts.
    List(Listed),
    /// Itemsets.
    Itemsets,
}

/// What SHOW lists.
#[derive(Clone, Debug, PartialEq)]
pub enum Show {
    /// `CORPORA`.
    Corpora,
    /// `LEXICONS`.
    Lexicons,
    /// `TABLES`.
    Tables,
    /// `TEMPLATES`.
    Templates,
    /// `METHODS`.
    Methods,
    /// `STAGES`.
    Stages,
    /// `FUNCTIONS`.
    Functions,
    /// `SETTINGS`.
    Settings,
    /// `INGESTS IN name`.
    Ingests(Name),
    /// `ITEMS IN name`.
    Items(Name),
}

/// A source and the stages its value flows through.
#[derive(Clone, Debug)]
pub struct Query {
    /// Where the data comes from.
    pub source: Source,
    /// What is done to it, in order.
    pub stages: Vec<Arc<dyn Stage>>,
    /// The whole query in the text.
    pub span: Span,
}

/// Where a query begins.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// No FROM: the corpus of the last USE. The place is that of the first stage.
    Current(Place),
    /// `FROM a, b`: corpora or a saved result.
    Names(Vec<Name>),
    /// `FROM a SINCE n`: what came into a corpus after an ingest.
    Since {
        /// The corpus.
        corpus: Name,
        /// The number of the ingest.
        ingest: Spanned<u64>,
    },
    /// `FROM 'text', 'text'`: the strings themselves.
    Text(Vec<Quoted>),
    /// `FROM FILE 'path', 'path'`.
    Files(Vec<Quoted>),
    /// `FROM STDIN`.
    Stdin(Place),
    /// `FROM _`: the last result.
    Last(Place),
    /// `REFRESH LEXICON|TEMPLATES|ITEMSETS name`: what has changed in a saved result that is
    /// brought up to date.
    Refreshed {
        /// What kind of thing is meant.
        what: Refreshed,
        /// Which one.
        name: Name,
    },
}

impl Source {
    /// Where it stands, without FROM.
    pub fn span(&self) -> Span {
        let ends = match self {
            Source::Current(place) | Source::Stdin(place) | Source::Last(place) => return place.0,
            Source::Names(names) => names.first().map(|n| n.span).zip(names.last().map(|n| n.span)),
            Source::Since { corpus, ingest } => Some((corpus.span, ingest.span)),
            Source::Refreshed { name, .. } => return name.span,
            Source::Text(texts) | Source::Files(texts) => {
                texts.first().map(|t| t.span).zip(texts.last().map(|t| t.span))
            }
        };
        ends.map_or_else(Span::default, |(first, last)| first.to(last))
    }
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
            && self.stages.len() == other.stages.len()
            && self.stages.iter().zip(&other.stages).all(|(one, two)| one.same_as(two.as_ref()))
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source)?;
        for (index, stage) in self.stages.iter().enumerate() {
            let first = index == 0 && matches!(self.source, Source::Current(_));
            write!(f, "{}{stage}", if first { "" } else { " | " })?;
        }
        Ok(())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Current(_) => Ok(()),
            Source::Names(names) => {
                f.write_str("FROM ")?;
                write_list(f, names)
            }
            Source::Since { corpus, ingest } => write!(f, "FROM {corpus} SINCE {ingest}"),
            Source::Text(texts) => {
                f.write_str("FROM ")?;
                write_list(f, texts)
            }
            Source::Files(files) => {
                f.write_str("FROM FILE ")?;
                write_list(f, files)
            }
            Source::Stdin(_) => f.write_str("FROM STDIN"),
            Source::Last(_) => f.write_str("FROM _"),
            Source::Refreshed { what, name } => write!(f, "REFRESH {what} {name}"),
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Statement::CreateCorpus { name, if_not_exists, options } => {
                let exists = if *if_not_exists { "IF NOT EXISTS " } else { "" };
                write!(f, "CREATE CORPUS {exists}{name}{options}")
            }
            Statement::Ingest { input, format, corpus, options } => {
                write!(f, "INGEST {input}")?;
                if let Some(format) = format {
                    write!(f, " FORMAT {format}")?;
                }
                write!(f, " INTO {corpus}{options}")
            }
            Statement::Drop { what, name, if_exists } => {
                write!(f, "DROP {what} {}{name}", if *if_exists { "IF EXISTS " } else { "" })
            }
            Statement::Use(name) => write!(f, "USE {name}"),
            Statement::Show(show) => write!(f, "SHOW {show}"),
            Statement::Describe(name) => write!(f, "DESCRIBE {name}"),
            Statement::Explain { analyze, query } => {
                write!(f, "EXPLAIN {}{query}", if *analyze { "ANALYZE " } else { "" })
            }
            Statement::Set { name, value } => write!(f, "SET {name} = {value}"),
            Statement::Reset(name) => write!(f, "RESET {name}"),
            Statement::Export { query, file } => write!(f, "EXPORT {query} TO {file}"),
            Statement::Import { what, name, file } => {
                write!(f, "IMPORT {what} {name} FROM {file}")
            }
            Statement::Check(name) => write!(f, "CHECK {name}"),
            Statement::Compact(name) => write!(f, "COMPACT {name}"),
            Statement::Query(query) => write!(f, "{query}"),
        }
    }
}

impl fmt::Display for IngestInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IngestInput::Files(files) => write_list(f, files),
            IngestInput::Stdin => f.write_str("STDIN"),
            IngestInput::Text(texts) => {
                f.write_str("TEXT ")?;
                write_list(f, texts)
            }
        }
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Dropped::Corpus => "CORPUS",
            Dropped::Lexicon => "LEXICON",
            Dropped::Templates => "TEMPLATES",
            Dropped::Itemsets => "ITEMSETS",
            Dropped::Table => "TABLE",
        })
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Listed::Lexicon => "LEXICON",
            Listed::Templates => "TEMPLATES",
        })
    }
}

impl fmt::Display for Refreshed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refreshed::List(listed) => listed.fmt(f),
            Refreshed::Itemsets => f.write_str("ITEMSETS"),
        }
    }
}

impl fmt::Display for Show {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Show::Corpora => "CORPORA",
            Show::Lexicons => "LEXICONS",
            Show::Tables => "TABLES",
            Show::Templates => "TEMPLATES",
            Show::Methods => "METHODS",
            Show::Stages => "STAGES",
            Show::Functions => "FUNCTIONS",
            Show::Settings => "SETTINGS",
            Show::Ingests(name) => return write!(f, "INGESTS IN {name}"),
            Show::Items(name) => return write!(f, "ITEMS IN {name}"),
        })
    }
}
