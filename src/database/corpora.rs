//! CREATE CORPUS, DROP, USE.

use std::str::FromStr;

use crate::database::session::Session;
use crate::error::{Error, Result};
use crate::index::{CorpusOption, CorpusRecord};
use crate::query::constant::Constant;
use crate::query::nearest::{did_you_mean, it_is, there_is_no};
use crate::query::node::Name;
use crate::query::parameters::Parameters;
use crate::query::rows::Answer;
use crate::query::tree::Dropped;
use crate::query::vocabulary::CORPUS_OPTIONS;
use crate::text::{TextOptions, Unit};

/// The options that say something about a corpus of items.
const ITEM_OPTIONS: &[&str] = &["unit", "normalize", "case", "keep_text"];

impl Session<'_> {
    pub(super) fn create_corpus(
        &mut self,
        name: &Name,
        if_not_exists: bool,
        options: &Parameters,
    ) -> Result<Answer<'static>> {
        let index = self.database.index();
        options.check("CREATE CORPUS", CORPUS_OPTIONS)?;
        let text = text_options(options)?;
        let keep = options.boolean("keep_text")?.unwrap_or(true);
        let order = match text.unit {
            Unit::Item => {
                refuse_text_options(options)?;
                1
            }
            Unit::Word => options.count("order")?.unwrap_or(5),
            Unit::Char => options.count("order")?.unwrap_or(6),
        };
        if let Some(corpus) = index.corpus(&name.text)
            && if_not_exists
        {
            let order = u8::try_from(order).unwrap_or(u8::MAX);
            let record = corpus.record.clone();
            let wanted = CorpusRecord { text, order, keep_text: keep, ..record }.options();
            refuse_others(name, options, &wanted, &corpus.record.options())?;
            return Ok(Answer::note(format!("there is a corpus {name} already")));
        }
        if index.saved_head(&name.text)?.is_some() {
            let message = format!("there is a saved result {name} already");
            return Err(Error::query(message).at(name.span).hint("choose another name"));
        }
        let order = usize::try_from(order).unwrap_or(usize::MAX);
        let span = options.get("order").map_or(name.span, |order| order.value.span);
        index.create(&name.text, text, order, keep).map_err(|error| error.at(span))?;
        Ok(Answer::note(format!("created the corpus {name}")))
    }

    pub(super) fn drop_named(
        &mut self,
        what: Dropped,
        name: &Name,
        if_exists: bool,
    ) -> Result<Answer<'static>> {
        let index = self.database.index();
        let word = match what {
            Dropped::Corpus => "corpus",
            Dropped::Lexicon => "lexicon",
            Dropped::Templates => "templates",
            Dropped::Itemsets => "itemsets",
            Dropped::Table => "table",
        };
        let there = match what {
            Dropped::Corpus => index.drop_corpus(&name.text)?,
            Dropped::Lexicon | Dropped::Templates | Dropped::Itemsets | Dropped::Table => {
                let head = index.saved_head(&name.text)?;
                let fits = |kind: &str| match kind {
                    "lexicon" | "templates" => kind == word,
                    "itemsets" => kind == word || what == Dropped::Table,
                    _ => what == Dropped::Table,
                };
                let there = head.is_some_and(|head| fits(&head.kind));
                if there {
                    index.drop_lasting(&name.text)?;
                }
                there && index.drop_saved(&name.text)?
            }
        };
        if there {
            if self.current.as_deref() == Some(name.text.as_str()) {
                self.current = None;
            }
            return Ok(Answer::note(format!("dropped the {word} {name}")));
        }
        if if_exists {
            return Ok(Answer::note(format!("{} {name}", there_is_no(word))));
        }
        Err(self.unknown(word, name))
    }

    pub(super) fn use_name(&mut self, name: &Name) -> Result<Answer<'static>> {
        if self.names().iter().all(|(own, _)| *own != name.text) {
            return Err(self.unknown("corpus or saved result", name));
        }
        self.current = Some(name.text.clone());
        Ok(Answer::note(format!("queries begin with FROM {name} unless they say otherwise")))
    }

    /// The error for a name that nothing of that kind has.
    pub(super) fn unknown(&self, what: &str, name: &Name) -> Error {
        let names: Vec<String> = self
            .names()
            .into_iter()
            .filter(|(_, kind)| what.contains(kind) || what.contains("saved"))
            .map(|(name, _)| name)
            .collect();
        let message = format!("{} `{}`", there_is_no(what), name.text);
        let error = Error::query(message).at(name.span);
        let near = did_you_mean(&name.text, names.iter().map(String::as_str));
        let error = error.expected(names);
        let other = self.names().into_iter().find(|(own, _)| *own == name.text);
        let other = other.map(|(_, kind)| it_is(&name.text, kind));
        near.or(other).into_iter().fold(error, Error::hint)
    }
}

/// Refuses options that a corpus was asked for with and that it does not have.
fn refuse_others(
    name: &Name,
    given: &Parameters,
    wanted: &[CorpusOption],
    there: &[CorpusOption],
) -> Result<()> {
    for ((option, wanted), (_, there)) in wanted.iter().zip(there) {
        if let Some(own) = given.get(option)
            && wanted != there
        {
            let message = format!("there is a corpus {name} already, and its {option} is {there}");
            let error = Error::query(message).at(own.value.span);
            return Err(error.hint("leave that option out, or choose another name"));
        }
    }
    Ok(())
}

/// Refuses what says how text is cut, for a corpus that has none.
fn refuse_text_options(options: &Parameters) -> Result<()> {
    match options.0.iter().find(|option| !ITEM_OPTIONS.contains(&option.name.text.as_str())) {
        None => Ok(()),
        Some(option) => {
            let message = format!("a corpus of items has no option `{}`", option.name.text);
            Err(Error::query(message).at(option.name.span).expected(ITEM_OPTIONS.iter().copied()))
        }
    }
}

fn text_options(options: &Parameters) -> Result<TextOptions> {
    let mut text = TextOptions::default();
    read(options, "unit", &mut text.unit)?;
    read(options, "split", &mut text.split)?;
    read(options, "normalize", &mut text.normalize)?;
    read(options, "case", &mut text.case)?;
    read(options, "latin", &mut text.latin)?;
    read(options, "digits", &mut text.digits)?;
    read(options, "keep", &mut text.keep)?;
    Ok(text)
}

/// Reads an option that is one of some words, and leaves its default where it is not given.
fn read<T: FromStr<Err = Error>>(options: &Parameters, name: &str, value: &mut T) -> Result<()> {
    let Some(parameter) = options.get(name) else { return Ok(()) };
    let word = match &parameter.value.node {
        Constant::Word(word) | Constant::Text(word) => word.clone(),
        other => other.to_string(),
    };
    // The hint of the error lists the values, and so does what was expected.
    *value = word.parse().map_err(|error: Error| {
        let report = error.report();
        let wanted = report.expected.clone();
        Error::query(report.message.clone()).at(parameter.value.span).expected(wanted)
    })?;
    Ok(())
}
