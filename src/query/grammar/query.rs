//! A query: its source and its stages.

use std::sync::Arc;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, map, peek};
use nom::multi::many0;
use nom::sequence::preceded;

use crate::query::grammar::statement::listed;
use crate::query::grammar::tokens::{
    Parsed, Tokens, clause, keyword, named, operator, quoted, separated, symbol,
};
use crate::query::grammar::value::whole;
use crate::query::lexer::TokenKind;
use crate::query::node::{Place, Spanned};
use crate::query::stage::Stage;
use crate::query::stages::STAGES;
use crate::query::tree::{Query, Refreshed, Source};

/// A source and stages, a REFRESH and stages, or stages alone after USE.
pub(super) fn query(input: Tokens<'_>) -> Parsed<'_, Query> {
    let start = input.span();
    let (rest, (source, stages)) = alt((from_query, refresh_query, bare_query)).parse(input)?;
    Ok((rest, Query { source, stages, span: start.to(input.last_before(rest)) }))
}

/// `FROM source | stage | …`.
pub(super) fn from_query(input: Tokens<'_>) -> Parsed<'_, (Source, Vec<Arc<dyn Stage>>)> {
    let from = clause("FROM", |input| cut(source).parse(input));
    let (rest, source) = preceded(keyword("FROM"), from).parse(input)?;
    let (rest, stages) = many0(preceded(pipe, cut(stage))).parse(rest)?;
    Ok((rest, (source, stages)))
}

/// `REFRESH … | stage | …`: the stages read what has changed.
pub(super) fn refresh_query(input: Tokens<'_>) -> Parsed<'_, (Source, Vec<Arc<dyn Stage>>)> {
    let (rest, source) = clause("REFRESH", refresh)(input)?;
    let (rest, stages) = many0(preceded(pipe, cut(stage))).parse(rest)?;
    Ok((rest, (source, stages)))
}

/// `REFRESH LEXICON|TEMPLATES|ITEMSETS name`.
pub(super) fn refresh(input: Tokens<'_>) -> Parsed<'_, Source> {
    let what = preceded(keyword("REFRESH"), cut(refreshed));
    let (rest, (what, name)) = (what, cut(named("a name"))).parse(input)?;
    Ok((rest, Source::Refreshed { what, name }))
}

/// What REFRESH brings up to date.
pub(super) fn refreshed(input: Tokens<'_>) -> Parsed<'_, Refreshed> {
    alt((map(listed, Refreshed::List), map(keyword("ITEMSETS"), |_| Refreshed::Itemsets)))
        .parse(input)
}

/// `stage | …`: the source is that of the last USE.
pub(super) fn bare_query(input: Tokens<'_>) -> Parsed<'_, (Source, Vec<Arc<dyn Stage>>)> {
    let place = Place(input.span());
    let (rest, stages) = separated(pipe, stage)(input)?;
    Ok((rest, (Source::Current(place), stages)))
}

/// `|`.
pub(super) fn pipe(input: Tokens<'_>) -> Parsed<'_, Place> {
    operator("|", "`|`")(input)
}

/// Where the data comes from.
pub(super) fn source(input: Tokens<'_>) -> Parsed<'_, Source> {
    alt((
        map(keyword("STDIN"), Source::Stdin),
        map(keyword("_"), Source::Last),
        map(file_source, Source::Files),
        map(separated(symbol(","), quoted("a quoted text")), Source::Text),
        since_source,
        map(separated(symbol(","), named("a corpus")), Source::Names),
    ))
    .parse(input)
}

/// `name SINCE n`: what came after that ingest.
pub(super) fn since_source(input: Tokens<'_>) -> Parsed<'_, Source> {
    let (rest, (corpus, _)) = (named("a corpus"), keyword("SINCE")).parse(input)?;
    let span = rest.span();
    let (rest, ingest) = cut(whole).parse(rest)?;
    Ok((rest, Source::Since { corpus, ingest: Spanned::new(ingest, span) }))
}

/// `FILE 'path'`. A corpus may be called `file`, so the path decides.
pub(super) fn file_source(input: Tokens<'_>) -> Parsed<'_, Vec<crate::query::node::Quoted>> {
    let paths = separated(symbol(","), quoted("a quoted file name"));
    let file = peek((keyword("FILE"), quoted("a quoted file name")));
    preceded((file, keyword("FILE")), cut(paths)).parse(input)
}

/// A stage, as its row of the table of stages reads it.
pub(super) fn stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let word = match input.peek().map(|token| &token.kind) {
        Some(TokenKind::Word(word)) => word.as_str(),
        _ => return input.wanted("a stage"),
    };
    match STAGES.iter().find(|row| row.name.eq_ignore_ascii_case(word)) {
        Some(row) => clause(row.name, row.parse)(input),
        None => input.wanted("a stage"),
    }
}
