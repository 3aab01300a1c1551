//! SHOW and DESCRIBE.

use std::time::{Duration, UNIX_EPOCH};

use crate::database::session::Session;
use crate::database::settings::Setting;
use crate::error::{Error, Result, Span};
use crate::index::{CorpusView, SavedHead};
use crate::mine::{MethodHead, ParameterRow};
use crate::query::functions::FUNCTIONS;
use crate::query::node::Name;
use crate::query::rows::{Answer, Column, ColumnKind, Datum, Row};
use crate::query::stages::STAGES;
use crate::query::tree::Show;
use crate::query::vocabulary::SETTINGS;
use crate::text::Unit;

use ColumnKind::{Integer, Real, Text};

impl Session<'_> {
    pub(super) fn show(&mut self, show: &Show) -> Result<Answer<'static>> {
        match show {
            Show::Corpora => self.show_corpora(),
            Show::Lexicons => self.show_saved(|head| head.kind == "lexicon"),
            Show::Tables => {
                self.show_saved(|head| head.kind != "lexicon" && head.kind != "templates")
            }
            Show::Templates => self.show_saved(|head| head.kind == "templates"),
            Show::Ingests(name) => self.show_ingests(name),
            Show::Items(name) => self.show_items(name),
            Show::Methods => Ok(methods()),
            Show::Stages => Ok(stages()),
            Show::Functions => Ok(functions()),
            Show::Settings => {
                let columns = [("name", Text), ("value", Text), ("help", Text)];
                let rows = SETTINGS.iter().map(|row| {
                    let setting = Setting::named(&Name::new(row.name, Span::default()))?;
                    let value = setting.value(&self.settings, self.database.options());
                    let help = match row.kind.words() {
                        [] => row.help.to_owned(),
                        words => format!("{}: {}", row.help, words.join(", ")),
                    };
                    Ok(vec![Datum::text(row.name), Datum::text(value), Datum::text(help)])
                });
                Ok(table(&columns, rows.collect::<Result<_>>()?))
            }
        }
    }

    fn show_corpora(&self) -> Result<Answer<'static>> {
        let columns = [
            ("name", Text),
            ("unit", Text),
            ("order", Integer),
            ("documents", Integer),
            ("sentences", Integer),
            ("units", Integer),
            ("symbols", Integer),
            ("ingests", Integer),
            ("bytes", Integer),
        ];
        let index = self.database.index();
        let views = index.names().into_iter().filter_map(|name| index.view(&name));
        let rows = views.map(|view| {
            let (record, manifest) = (view.record(), view.manifest());
            let (counts, text) = view.size();
            vec![
                Datum::text(&record.name),
                Datum::text(record.text.unit.as_str()),
                Datum::Integer(record.order.into()),
                Datum::count(manifest.totals.documents),
                Datum::count(manifest.totals.sentences),
                Datum::count(manifest.totals.units()),
                Datum::count(view.dictionary().len() as u64),
                Datum::Integer(manifest.ingests.into()),
                Datum::count(counts + text),
            ]
        });
        Ok(table(&columns, rows.collect()))
    }

    fn show_saved(&self, wanted: impl Fn(&SavedHead) -> bool) -> Result<Answer<'static>> {
        let columns = [("name", Text), ("kind", Text), ("rows", Integer), ("query", Text)];
        let heads = self.database.index().saved()?.into_iter().filter(wanted);
        let rows = heads.map(|head| {
            let rows = Datum::count(head.rows);
            vec![Datum::text(head.name), Datum::text(head.kind), rows, Datum::text(head.query)]
        });
        Ok(table(&columns, rows.collect()))
    }

    fn show_ingests(&self, name: &Name) -> Result<Answer<'static>> {
        let columns = [
            ("ingest", Integer),
            ("time", Text),
            ("files", Integer),
            ("documents", Integer),
            ("sentences", Integer),
            ("units", Integer),
            ("sources", Text),
        ];
        let index = self.database.index();
        let corpus = index.corpus(&name.text).ok_or_else(|| self.unknown("corpus", name))?;
        let rows = index.ingests(&corpus)?.into_iter().map(|ingest| {
            vec![
                Datum::Integer(ingest.ingest.into()),
                Datum::text(utc(ingest.time)),
                Datum::count(ingest.files),
                Datum::count(ingest.totals.documents),
                Datum::count(ingest.totals.sentences),
                Datum::count(ingest.totals.units()),
                Datum::text(ingest.sources),
            ]
        });
        Ok(table(&columns, rows.collect()))
    }

    fn show_items(&self, name: &Name) -> Result<Answer<'static>> {
        let columns = [("item", Text), ("count", Integer), ("support", Real)];
        let index = self.database.index();
        let view = index.view(&name.text).ok_or_else(|| self.unknown("corpus", name))?;
        let (unit, all) = (view.record().text.unit, view.manifest().totals.sentences);
        if unit != Unit::Item {
            let message = format!("{name} is a corpus of {unit}s, and only one of items has items");
            let hint = format!("FROM {name} | NGRAMS 1 lists its units");
            return Err(Error::query(message).at(name.span).hint(hint));
        }
        let counts = (0u32..).zip(view.item_counts()?);
        let mut items: Vec<(&str, u64)> =
            counts.map(|(item, count)| (view.item(item), count)).collect();
        items.sort_by(|(a, x), (b, y)| y.cmp(x).then_with(|| a.cmp(b)));
        let rows = items.into_iter().map(|(item, count)| {
            vec![Datum::text(item), Datum::count(count), Datum::real(count as f64 / all as f64)]
        });
        Ok(table(&columns, rows.collect()))
    }

    pub(super) fn describe(&mut self, name: &Name) -> Result<Answer<'static>> {
        let index = self.database.index();
        let mut properties = Vec::new();
        let mut add = |name: &str, value: String| {
            properties.push(vec![Datum::text(name), Datum::text(value)]);
        };
        if let Some(view) = index.view(&name.text)
            && view.record().text.unit == Unit::Item
        {
            describe_baskets(&view).into_iter().for_each(|(name, value)| add(name, value));
        } else if let Some(view) = index.view(&name.text) {
            let (record, manifest) = (view.record(), view.manifest());
            let statistics = view.usual_statistics(self.context.cost, &self.context.control)?;
            add("kind", "corpus".into());
            add("unit", record.text.unit.to_string());
            add("order", record.order.to_string());
            add("split", record.text.split.to_string());
            add("normalize", record.text.normalize.to_string());
            add("case", record.text.case.to_string());
            add("latin", record.text.latin.to_string());
            add("digits", record.text.digits.to_string());
            add("keep", record.text.keep.to_string());
            add("keep_text", record.keep_text.to_string());
            add("ingests", manifest.ingests.to_string());
            add("documents", manifest.totals.documents.to_string());
            add("sentences", manifest.totals.sentences.to_string());
            add("units", manifest.totals.units().to_string());
            add("symbols", view.dictionary().len().to_string());
            for (length, types) in (1..=view.order()).zip(statistics.types) {
                let tokens = manifest.totals.grams[length - 1];
                add(&format!("{length}-grams"), format!("{types} distinct of {tokens}"));
            }
            let (counts, text) = view.size();
            add("segments", manifest.segments.len().to_string());
            add("bytes of text", manifest.totals.bytes.to_string());
            add("bytes on disk, counts", counts.to_string());
            add("bytes on disk, kept text", text.to_string());
        } else if let Some(head) = index.saved_head(&name.text)? {
            let columns: Vec<&str> = head.columns.iter().map(|(name, _)| name.as_str()).collect();
            add("kind", head.kind.clone());
            add("rows", head.rows.to_string());
            add("columns", columns.join(", "));
            add("query", head.query.clone());
            for (corpus, ingest) in &head.sources {
                add("made from", format!("{corpus} up to ingest {ingest}"));
            }
        } else {
            return Err(self.unknown("corpus or saved result", name));
        }
        Ok(table(&[("property", Text), ("value", Text)], properties))
    }
}

/// The properties of a corpus of items.
fn describe_baskets(view: &CorpusView<'_>) -> [(&'static str, String); 14] {
    let (record, manifest) = (view.record(), view.manifest());
    let (postings, text) = view.size();
    [
        ("kind", "corpus".into()),
        ("unit", record.text.unit.to_string()),
        ("normalize", record.text.normalize.to_string()),
        ("case", record.text.case.to_string()),
        ("keep_text", record.keep_text.to_string()),
        ("ingests", manifest.ingests.to_string()),
        ("documents", manifest.totals.documents.to_string()),
        ("transactions", manifest.totals.sentences.to_string()),
        ("items", view.dictionary().len().to_string()),
        ("postings", manifest.totals.units().to_string()),
        ("chunks", manifest.segments.len().to_string()),
        ("bytes of text", manifest.totals.bytes.to_string()),
        ("bytes on disk, postings", postings.to_string()),
        ("bytes on disk, kept text", text.to_string()),
    ]
}

fn table(columns: &[(&str, ColumnKind)], rows: Vec<Row>) -> Answer<'static> {
    let columns = columns.iter().map(|(name, kind)| Column::new(*name, *kind)).collect();
    Answer::table(columns, Box::new(rows.into_iter().map(Ok)))
}

/// Each method, then its parameters.
fn methods() -> Answer<'static> {
    let columns = [
        ("stage", Text),
        ("method", Text),
        ("parameter", Text),
        ("default", Text),
        ("help", Text),
        ("score", Text),
        ("paper", Text),
    ];
    let mut rows = Vec::new();
    // WHY takes whatever WORDS does, and SEGMENT the parameters that it has there.
    for stage in STAGES.iter().filter(|stage| stage.name != "WHY") {
        for method in stage.with.methods() {
            let MethodHead { name, help, score, paper, parameters } = method;
            rows.push(method_row([stage.name, name, "", "", help, score, paper]));
            if stage.name == "SEGMENT" {
                continue;
            }
            for parameter in parameters {
                let ParameterRow { name: own, default, help, .. } = parameter;
                rows.push(method_row([stage.name, name, own, default, help, "", ""]));
            }
        }
    }
    table(&columns, rows)
}

/// A row of SHOW METHODS, null where there is nothing to say.
fn method_row(texts: [&str; 7]) -> Row {
    texts.map(|text| if text.is_empty() { Datum::Null } else { Datum::text(text) }).into()
}

fn stages() -> Answer<'static> {
    let columns = [("stage", Text), ("takes", Text), ("gives", Text), ("help", Text)];
    let rows = STAGES.iter().map(|row| {
        let takes = row.takes.to_string();
        [row.syntax, takes.as_str(), row.gives, row.help].map(Datum::text).to_vec()
    });
    table(&columns, rows.collect())
}

fn functions() -> Answer<'static> {
    let columns = [("function", Text), ("help", Text), ("example", Text)];
    let rows = FUNCTIONS
        .iter()
        .map(|row| [row.signature, row.help, row.example].map(Datum::text).to_vec());
    table(&columns, rows.collect())
}

/// Seconds since 1970 as a date and a time.
fn utc(seconds: u64) -> String {
    let time = UNIX_EPOCH + Duration::from_secs(seconds);
    humantime::format_rfc3339_seconds(time).to_string()
}
