//! Statements, one production each.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, map, opt};
use nom::sequence::preceded;

use crate::query::grammar::query::query;
use crate::query::grammar::tokens::{
    Parsed, Tokens, clause, keyword, named, quoted, separated, symbol,
};
use crate::query::grammar::value::{constant, with_clause};
use crate::query::node::Name;
use crate::query::tree::{Dropped, IngestInput, Listed, Show, Statement};

/// One statement.
pub(super) fn statement(input: Tokens<'_>) -> Parsed<'_, Statement> {
    input.note("a statement");
    alt((
        clause("CREATE", create),
        clause("INGEST", ingest),
        clause("DROP", drop_saved),
        clause("USE", use_name),
        clause("SHOW", show),
        clause("DESCRIBE", describe),
        clause("EXPLAIN", explain),
        clause("SET", set),
        clause("RESET", reset),
        clause("EXPORT", export),
        clause("IMPORT", import),
        clause("CHECK", check),
        clause("COMPACT", compact),
        map(query, Statement::Query),
    ))
    .parse(input)
}

/// `CREATE CORPUS [IF NOT EXISTS] name [WITH …]`.
pub(super) fn create(input: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, _) = (keyword("CREATE"), cut(keyword("CORPUS"))).parse(input)?;
    let (rest, if_not_exists) = opt(if_not_exists).parse(rest)?;
    let (rest, name) = cut(named("a name")).parse(rest)?;
    let (rest, options) = with_clause(rest)?;
    let if_not_exists = if_not_exists.is_some();
    Ok((rest, Statement::CreateCorpus { name, if_not_exists, options }))
}

/// `IF NOT EXISTS`; a corpus may still be called `if`.
pub(super) fn if_not_exists(input: Tokens<'_>) -> Parsed<'_, ()> {
    map((keyword("IF"), keyword("NOT"), cut(keyword("EXISTS"))), |_| ()).parse(input)
}

/// `IF EXISTS`.
pub(super) fn if_exists(input: Tokens<'_>) -> Parsed<'_, ()> {
    map((keyword("IF"), keyword("EXISTS")), |_| ()).parse(input)
}

/// `INGEST … [FORMAT name] INTO name [WITH …]`.
pub(super) fn ingest(input: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, (_, what)) = (keyword("INGEST"), cut(ingest_input)).parse(input)?;
    let format = preceded(keyword("FORMAT"), cut(named("a format")));
    let (rest, format) = opt(format).parse(rest)?;
    let (rest, (_, corpus)) = (cut(keyword("INTO")), cut(named("a corpus"))).parse(rest)?;
    let (rest, options) = with_clause(rest)?;
    Ok((rest, Statement::Ingest { input: what, format, corpus, options }))
}

/// `'glob', …`, `STDIN` or `TEXT '…', …`.
pub(super) fn ingest_input(input: Tokens<'_>) -> Parsed<'_, IngestInput> {
    let texts = separated(symbol(","), quoted("a quoted text"));
    alt((
        map(separated(symbol(","), quoted("a quoted file name")), IngestInput::Files),
        map(keyword("STDIN"), |_| IngestInput::Stdin),
        map(preceded(keyword("TEXT"), cut(texts)), IngestInput::Text),
    ))
    .parse(input)
}

/// `DROP CORPUS|LEXICON|TEMPLATES|ITEMSETS|TABLE [IF EXISTS] name`. `DROP column` is a stage, so
/// the name decides.
pub(super) fn drop_saved(input: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, (_, what)) = (keyword("DROP"), dropped).parse(input)?;
    let (rest, if_exists) = opt(if_exists).parse(rest)?;
    let (rest, name) = named("a name")(rest)?;
    Ok((rest, Statement::Drop { what, name, if_exists: if_exists.is_some() }))
}

/// `CORPUS`, `LEXICON`, `TEMPLATES` or `TABLE`.
pub(super) fn dropped(input: Tokens<'_>) -> Parsed<'_, Dropped> {
    alt((
        map(keyword("CORPUS"), |_| Dropped::Corpus),
        map(keyword("LEXICON"), |_| Dropped::Lexicon),
        map(keyword("TEMPLATES"), |_| Dropped::Templates),
        map(keyword("ITEMSETS"), |_| Dropped::Itemsets),
        map(keyword("TABLE"), |_| Dropped::Table),
    ))
    .parse(input)
}

/// `USE name`.
pub(super) fn use_name(input: Tokens<'_>) -> Parsed<'_, Statement> {
    map(after("USE", "a corpus"), Statement::Use).parse(input)
}

/// `SHOW CORPORA`, `SHOW INGESTS IN name`, ….
pub(super) fn show(input: Tokens<'_>) -> Parsed<'_, Statement> {
    map(preceded(keyword("SHOW"), cut(shown)), Statement::Show).parse(input)
}

/// What SHOW lists.
pub(super) fn shown(input: Tokens<'_>) -> Parsed<'_, Show> {
    let corpus = || (cut(keyword("IN")), cut(named("a corpus")));
    alt((
        map(keyword("CORPORA"), |_| Show::Corpora),
        map(keyword("LEXICONS"), |_| Show::Lexicons),
        map(keyword("TABLES"), |_| Show::Tables),
        map(keyword("TEMPLATES"), |_| Show::Templates),
        map(keyword("METHODS"), |_| Show::Methods),
        map(keyword("STAGES"), |_| Show::Stages),
        map(keyword("FUNCTIONS"), |_| Show::Functions),
        map(keyword("SETTINGS"), |_| Show::Settings),
        map(preceded(keyword("INGESTS"), corpus()), |(_, name)| Show::Ingests(name)),
        map(preceded(keyword("ITEMS"), corpus()), |(_, name)| Show::Items(name)),
    ))
    .parse(input)
}

/// `DESCRIBE name`.
pub(super) fn describe(input: Tokens<'_>) -> Parsed<'_, Statement> {
    map(after("DESCRIBE", "a name"), Statement::Describe).parse(input)
}

/// `EXPLAIN [ANALYZE] query`.
pub(super) fn explain(input: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, (_, analyze, query)) =
        (keyword("EXPLAIN"), opt(keyword("ANALYZE")), cut(query)).parse(input)?;
    Ok((rest, Statement::Explain { analyze: analyze.is_some(), query }))
}

/// `SET name = value`.
pub(super) fn set(input: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, (name, _, value)) =
        (after("SET", "a setting"), cut(symbol("=")), cut(constant)).parse(input)?;
    Ok((rest, Statement::Set { name, value }))
}

/// `RESET name`.
pub(super) fn reset(input: Tokens<'_>) -> Parsed<'_, Statement> {
    map(after("RESET", "a setting"), Statement::Reset).parse(input)
}

/// `EXPORT query TO 'file'`.
pub(super) fn export(input: Tokens<'_>) -> Parsed<'_, Statement> {
    let file = preceded(keyword("TO"), quoted("a quoted file name"));
    let (rest, (_, query, file)) = (keyword("EXPORT"), cut(query), cut(file)).parse(input)?;
    Ok((rest, Statement::Export { query, file }))
}

/// `IMPORT LEXICON|TEMPLATES name FROM 'file'`.
pub(super) fn import(input: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, (_, what)) = (keyword("IMPORT"), cut(listed)).parse(input)?;
    let (rest, name) = cut(named("a name")).parse(rest)?;
    let file = preceded(keyword("FROM"), quoted("a quoted file name"));
    let (rest, file) = cut(file).parse(rest)?;
    Ok((rest, Statement::Import { what, name, file }))
}

/// `LEXICON` or `TEMPLATES`: what is saved as a list of texts with counts.
pub(super) fn listed(input: Tokens<'_>) -> Parsed<'_, Listed> {
    alt((
        map(keyword("LEXICON"), |_| Listed::Lexicon),
        map(keyword("TEMPLATES"), |_| Listed::Templates),
    ))
    .parse(input)
}

/// `CHECK name`.
pub(super) fn check(input: Tokens<'_>) -> Parsed<'_, Statement> {
    map(after("CHECK", "a corpus"), Statement::Check).parse(input)
}

/// `COMPACT name`.
pub(super) fn compact(input: Tokens<'_>) -> Parsed<'_, Statement> {
    map(after("COMPACT", "a corpus"), Statement::Compact).parse(input)
}

/// A keyword and the name that must follow.
fn after<'t>(
    word: &'static str,
    wanted: &'static str,
) -> impl Parser<Tokens<'t>, Output = Name, Error = crate::query::grammar::tokens::Failure> {
    preceded(keyword(word), cut(named(wanted)))
}
