//! `SEGMENT [BY name] [IN corpus] [WITH …]`: text cut into words, by a lexicon or a method.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::{cut, opt};
use nom::sequence::preceded;

use crate::control::on_threads;
use crate::error::{Error, Result, Span};
use crate::index::{CorpusView, Index};
use crate::mine::words::{METHODS, Method, Request};
use crate::mine::{Argument, MethodHead, ParameterKind, ParameterRow};
use crate::query::batches::{Batches, share};
use crate::query::context::{Catalog, Context, known_corpus};
use crate::query::grammar::{Parsed, Tokens, keyword, named, with_clause};
use crate::query::kept;
use crate::query::nearest::did_you_mean;
use crate::query::node::{Name, Place};
use crate::query::parameters::Parameters;
use crate::query::rows::{ColumnKind, Datum, Row};
use crate::query::saved;
use crate::query::source::Corpus;
use crate::query::stage::{ColumnSet, Kind, Reads, Shape, Stage, StageRow, Takes, Value, With};
use crate::store::encode;
use crate::text::TextOptions;
use crate::word::{Lexicon, Segmenter, Token};

/// Counts up when the same lexicon begins to cut the same text otherwise: tables of what it cut are
/// then made anew.
const SEGMENTATION: u8 = 2;

/// The row of SEGMENT.
pub(super) static ROW: StageRow = StageRow {
    name: "SEGMENT",
    syntax: "SEGMENT [BY lexicon or method] [IN corpus] [WITH parameter = value, …]",
    takes: Takes::Only(&[Kind::Corpus, Kind::Text]),
    makes: Some(Kind::Sentences),
    gives: "sentence, tokens",
    help: "sentences cut into words by a lexicon, or by a method with the statistics of the source \
           or of the corpus of IN; for a lexicon IN says what a unit is",
    with: With::MethodsOr(heads, PARAMETERS),
    example: "FROM '鸡蛋可以吃吗' | SEGMENT BY lex WITH words = ('可以', '吃吗')",
    paper: "",
    parse: segment_stage,
};

/// What may follow WITH where a lexicon cuts.
const PARAMETERS: &[ParameterRow] = &[
    ParameterRow::new(
        OWN_WORDS,
        ParameterKind::Words,
        "",
        "words of one's own beside those of the lexicon: each is at least as probable as what the \
         lexicon would cut it into, and so stays whole unless a word that overlaps it is more \
         probable",
    ),
    ParameterRow::new(
        JOIN,
        ParameterKind::Boolean,
        "false",
        "Latin letters and digits that were cut apart are put together again, as the tokenizer of \
         nlp-zero does; for corpora WITH latin = char or digits = char",
    ),
];

/// The parameter that gives words of one's own.
const OWN_WORDS: &str = "words";
/// The parameter that puts letters and digits together.
const JOIN: &str = "join";

/// SEGMENT, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// The lexicon or method.
    pub by: Option<Name>,
    /// The corpus whose statistics a method uses.
    pub corpus: Option<Name>,
    /// Parameters of the method.
    pub parameters: Parameters,
    /// Whether each sentence is given with the number of its document.
    pub documents: bool,
    /// Whether it goes by the counts of what it cuts.
    pub counts: bool,
    /// Where it stands.
    pub place: Place,
}

fn segment_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("SEGMENT")(input)?;
    let by = preceded(keyword("BY"), cut(named("a lexicon or a method")));
    let (rest, by) = opt(by).parse(rest)?;
    let (rest, corpus) = opt(preceded(keyword("IN"), cut(named("a corpus")))).parse(rest)?;
    let (rest, parameters) = with_clause(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    let (documents, counts) = (false, false);
    Ok((rest, Arc::new(Segment { by, corpus, parameters, documents, counts, place })))
}

/// What help and completion know of the methods that cut text.
fn heads() -> Vec<MethodHead> {
    methods().map(Method::head).collect()
}

/// The methods that cut text, the default first.
fn methods() -> impl Iterator<Item = &'static Method> {
    METHODS.iter().filter(|method| method.model.is_some())
}

impl Stage for Segment {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, input: &Shape, catalog: &dyn Catalog) -> Result<Shape> {
        if let Some(corpus) = &self.corpus {
            known_corpus(corpus, catalog)?;
        }
        let documents = self.documents && input.kind == Kind::Corpus;
        if self.is_lexicon(catalog)? {
            self.parameters.check("SEGMENT BY a lexicon", PARAMETERS)?;
            self.check_own_words(catalog)?;
            return Ok(shape(documents));
        }
        let method = self.method(catalog)?;
        self.parameters.check(&format!("SEGMENT BY {}", method.name), method.parameters)?;
        if input.kind == Kind::Text && self.corpus.is_none() {
            return Err(self.no_statistics(catalog));
        }
        Ok(shape(documents))
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::none()
    }

    fn with_documents(&self) -> Option<Arc<dyn Stage>> {
        Some(Arc::new(Segment { documents: true, ..self.clone() }))
    }

    fn with_input(&self, input: &Shape, catalog: &dyn Catalog) -> Result<Option<Arc<dyn Stage>>> {
        if input.kind != Kind::Corpus || self.corpus.is_some() || self.is_lexicon(catalog)? {
            return Ok(None);
        }
        Ok(Some(Arc::new(Segment { counts: true, ..self.clone() })))
    }

    fn reads(&self) -> Reads {
        if self.counts { Reads::Counts } else { Reads::Text }
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let Cut { text, segmenter, lines } = self.open(input, context)?;
        let threads = context.cost.threads.max(1);
        let rows = Batches::new(lines, threads).flat_map(move |(lines, error)| {
            let rows = segmented(&segmenter, &lines, self.documents, threads);
            let rows = rows.into_iter().map(Ok);
            rows.chain(error.map(Err))
        });
        let shape = Shape { text: Some(text), ..shape(self.documents) };
        Ok(Value::Table(shape, context.watch(Box::new(rows))))
    }
}

/// Lines to be cut, each with the number of its document, and what cuts them.
pub struct Cut<'a> {
    /// How the text is cut into units.
    pub text: TextOptions,
    /// What cuts it into words.
    pub segmenter: Segmenter,
    /// The lines.
    pub lines: NumberedLines<'a>,
}

/// Lines, each with the number of its document.
pub(super) type NumberedLines<'a> = Box<dyn Iterator<Item = Result<(u64, String)>> + 'a>;

/// The rows of some lines, in order, made on several threads.
fn segmented(
    segmenter: &Segmenter,
    lines: &[(u64, String)],
    documents: bool,
    threads: usize,
) -> Vec<Row> {
    let rows = |lines: &[(u64, String)]| -> Vec<Row> {
        let mut worker = segmenter.worker();
        let mut tokens: Vec<Token> = Vec::new();
        let row = |(document, line): &(u64, String)| {
            worker.segment(line, &mut tokens);
            let list = tokens.iter().map(|token| Datum::text(&line[token.clone()])).collect();
            let mut row = vec![Datum::text(line), Datum::List(list)];
            row.extend(documents.then(|| Datum::count(*document)));
            row
        };
        lines.iter().map(row).collect()
    };
    on_threads(lines.chunks(share(lines.len(), threads)).collect(), rows)
        .into_iter()
        .flatten()
        .collect()
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SEGMENT")?;
        self.by.iter().try_for_each(|by| write!(f, " BY {by}"))?;
        self.corpus.iter().try_for_each(|corpus| write!(f, " IN {corpus}"))?;
        write!(f, "{}", self.parameters)
    }
}

fn shape(documents: bool) -> Shape {
    let mut columns = vec![("sentence", ColumnKind::Text), ("tokens", ColumnKind::List)];
    columns.extend(documents.then_some(("document", ColumnKind::Integer)));
    Shape::of(Kind::Sentences, &columns)
}

impl Segment {
    /// The stage itself, if it is this one.
    pub fn of(stage: &Arc<dyn Stage>) -> Option<&Segment> {
        let stage: &dyn Any = stage.as_ref();
        stage.downcast_ref()
    }

    /// Whether BY names a saved lexicon; a method has to stand back behind one of its name.
    fn is_lexicon(&self, catalog: &dyn Catalog) -> Result<bool> {
        let Some(by) = &self.by else { return Ok(false) };
        match catalog.saved(&by.text)? {
            Some(shape) if shape.kind == Kind::Words => Ok(true),
            Some(shape) if methods().all(|method| method.name != by.text) => {
                let message = format!("`{}` is {}, not a lexicon", by.text, shape.kind);
                Err(Error::query(message).at(by.span))
            }
            _ => Ok(false),
        }
    }

    /// Refuses words of one's own by the name of something that is no lexicon.
    fn check_own_words(&self, catalog: &dyn Catalog) -> Result<()> {
        let Some(Argument::Lexicon(name)) = self.parameters.words(OWN_WORDS)? else {
            return Ok(());
        };
        let span = self.parameters.get(OWN_WORDS).map(|own| own.value.span).unwrap_or_default();
        let message = match catalog.saved(&name)? {
            Some(shape) if shape.kind == Kind::Words => return Ok(()),
            Some(shape) => format!("`{name}` is {}, not a lexicon", shape.kind),
            None => format!("there is no lexicon `{name}`"),
        };
        let names = catalog.saved_names();
        let near = did_you_mean(&name, names.iter().map(String::as_str));
        let hint = near.unwrap_or_else(|| format!("words stand in brackets: ('{name}')"));
        Err(Error::query(message).at(span).hint(hint))
    }

    /// The words of one's own with their counts; what could never be found is refused where it was
    /// typed.
    fn own_words(&self, index: &Index, options: &TextOptions) -> Result<Vec<(String, u64)>> {
        match self.parameters.words(OWN_WORDS)? {
            Some(Argument::Lexicon(name)) => Ok(saved::words(index, &name)?.1),
            Some(Argument::Words(words)) => {
                if let Some(word) = words.iter().find(|word| !Lexicon::can_have(word, options)) {
                    let message = format!("`{word}` can be no word: something in it is no text");
                    let own = self.parameters.get(OWN_WORDS);
                    let error =
                        Error::query(message).at(own.map_or(self.place.0, |own| own.value.span));
                    return Err(error.hint("what is no text is a token by itself, sign by sign"));
                }
                Ok(words.into_iter().map(|word| (word, 1)).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The method of BY, the default without one.
    fn method(&self, catalog: &dyn Catalog) -> Result<&'static Method> {
        let mut methods = methods();
        let Some(by) = &self.by else {
            return methods.next().ok_or_else(|| Error::internal("no method cuts text"));
        };
        methods.find(|method| method.name == by.text).ok_or_else(|| {
            let mut names = catalog.saved_names();
            let near = did_you_mean(
                &by.text,
                names.iter().map(String::as_str).chain(self::methods().map(|method| method.name)),
            );
            names.extend(self::methods().map(|method| method.name.to_owned()));
            let message = if METHODS.iter().any(|method| method.name == by.text) {
                format!("{} finds words and cuts no text by itself", by.text)
            } else {
                format!("there is no lexicon `{}`", by.text)
            };
            let error = Error::query(message).at(by.span).expected(names);
            error.hint(
                near.unwrap_or_else(|| {
                    format!("make one: FROM corpus | WORDS | SAVE AS {}", by.text)
                }),
            )
        })
    }

    /// Text alone has no statistics.
    fn no_statistics(&self, catalog: &dyn Catalog) -> Error {
        let corpora = catalog.corpora();
        let by = self.by.as_ref().map_or("nvbe", |by| by.text.as_str());
        let error = match &self.by {
            Some(by) => {
                Error::query(format!("{by} cuts by the statistics of a corpus")).at(by.span)
            }
            None => Error::query("SEGMENT wants a lexicon, or a corpus for its statistics"),
        };
        error.at(self.place.0).expected(["IN"]).hint(match corpora.first() {
            Some(name) => format!("SEGMENT BY {by} IN {name}"),
            None => "there is no corpus yet: CREATE CORPUS name".into(),
        })
    }

    /// The lines of corpora or of text, and what cuts them.
    ///
    /// # Errors
    /// When the lexicon or the corpus is not there, and for anything else than text.
    pub fn open<'a>(&self, input: Value<'a>, context: &'a Context<'a>) -> Result<Cut<'a>> {
        let source = match &input {
            Value::Corpus(Corpus(view)) => Some(view.record().text),
            _ => None,
        };
        let text = self.text_options(source, context.index()?)?;
        let view = match (&self.corpus, &input) {
            (Some(corpus), _) => context.index()?.view(&corpus.text).map(Arc::new),
            (None, Value::Corpus(Corpus(view))) => Some(Arc::clone(view)),
            _ => None,
        };
        let segmenter = self.segmenter(view, context)?;
        let lines: NumberedLines<'a> = match input {
            Value::Corpus(corpus) => corpus_lines(vec![corpus], context)?,
            Value::Corpora(corpora) => corpus_lines(corpora, context)?,
            Value::Text(lines) => Box::new(lines.0.map(|line| line.map(|line| (0, line)))),
            Value::Kept(_) | Value::Itemsets(_) | Value::Found(_) | Value::Table(..) => {
                return Err(Error::internal("SEGMENT was given a table"));
            }
        };
        Ok(Cut { text, segmenter, lines })
    }

    /// What cuts. A lexicon cuts text into units as the corpus of IN does, else as the corpus that
    /// it was made from; an imported one was made from none.
    ///
    /// # Errors
    /// When there is no such lexicon, or a method has no corpus or fails.
    pub fn segmenter(
        &self,
        view: Option<Arc<CorpusView<'_>>>,
        context: &Context<'_>,
    ) -> Result<Segmenter> {
        self.segmenter_with(Vec::new(), view, context)
    }

    /// The same with more words of one's own, which only a lexicon takes.
    ///
    /// # Errors
    /// Those of [`Self::segmenter`], and where a method is given words.
    pub fn segmenter_with(
        &self,
        more: Vec<(String, u64)>,
        view: Option<Arc<CorpusView<'_>>>,
        context: &Context<'_>,
    ) -> Result<Segmenter> {
        let index = context.index()?;
        if let Some(by) = &self.by
            && let Some(head) = index.saved_head(&by.text)?
            && saved::shape(&head).kind == Kind::Words
        {
            let corpus = self.corpus.as_ref().and_then(|corpus| index.corpus(&corpus.text));
            let options = corpus.map_or(saved::options(&head), |corpus| corpus.record.text);
            let mut own = self.own_words(index, &options)?;
            own.extend(more);
            let lexicon = saved::lexicon_with(index, &by.text, &options, own)?;
            let joins = self.parameters.arguments(PARAMETERS)?.boolean(JOIN);
            return Ok(Segmenter::by_lexicon(lexicon, &options).joining(joins));
        }
        if !more.is_empty() {
            return Err(Error::query("only a lexicon takes words of one's own beside its own")
                .at(self.place.0)
                .hint("make a lexicon: FROM corpus | WORDS | SAVE AS lex"));
        }
        let name = self.by.as_ref().map(|by| by.text.as_str());
        let mut methods = methods();
        let found = methods.find(|method| name.is_none_or(|name| method.name == name));
        let (Some(method), Some(view)) = (found, view) else {
            return Err(Error::query("SEGMENT BY a method wants one corpus for its statistics")
                .at(self.place.0)
                .hint("name it: SEGMENT BY nvbe IN corpus"));
        };
        let model = method.model.ok_or_else(|| Error::internal("a method without a model"))?;
        let arguments = self.parameters.arguments(method.parameters)?;
        let request = Request {
            view: &view,
            arguments: &arguments,
            cost: context.cost,
            control: &context.control,
            lexicon: &|name| saved::list(context.index()?, name),
            tell: &|note| context.notes.add(note),
        };
        let model = model(&request)?;
        Ok(Segmenter::by_model(model, view.shared_dictionary(), &view.record().text))
    }
}

impl Segment {
    /// How the text is cut into units: as the corpus of IN does, else as the corpus that the
    /// lexicon was made from, else as the source does.
    pub(super) fn text_options(
        &self,
        source: Option<TextOptions>,
        index: &Index,
    ) -> Result<TextOptions> {
        if let Some(corpus) = &self.corpus {
            return Ok(index
                .corpus(&corpus.text)
                .map(|corpus| corpus.record.text)
                .unwrap_or_default());
        }
        let by = self.by.as_ref().map_or("", |by| by.text.as_str());
        let lexicon = index.saved_head(by)?.filter(|head| saved::shape(head).kind == Kind::Words);
        Ok(lexicon.map_or(source, |head| head.text).unwrap_or_default())
    }

    /// The lexicon it cuts by and a hash of all that its tokens depend on besides the text; `None`
    /// where it goes by the statistics of a corpus, which change with each ingest.
    pub(super) fn fingerprint(&self, index: &Index) -> Result<Option<(&str, [u8; 32])>> {
        let Some(by) = &self.by else { return Ok(None) };
        let head = index.saved_head(&by.text)?;
        if head.is_none_or(|head| saved::shape(&head).kind != Kind::Words) {
            return Ok(None);
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(&encode(SEGMENTATION, &self.text_options(None, index)?)?);
        hasher.update(&saved::digest(index, &by.text)?);
        if let Some(Argument::Lexicon(own)) = self.parameters.words(OWN_WORDS)? {
            hasher.update(&saved::digest(index, &own)?);
        }
        if !self.parameters.0.is_empty() {
            hasher.update(self.parameters.to_string().as_bytes());
        }
        Ok(Some((&by.text, *hasher.finalize().as_bytes())))
    }
}

/// The lines of the kept text of some corpora that have something in them. Documents are numbered
/// through, so that those of two corpora differ.
fn corpus_lines<'a>(
    corpora: Vec<Corpus<'a>>,
    context: &'a Context<'a>,
) -> Result<NumberedLines<'a>> {
    let mut last: Option<(u64, String)> = None;
    let mut number = 0;
    let lines = kept::blocks(corpora, context)?.flat_map(move |read| {
        let lines: Vec<Result<(u64, String)>> = match read {
            Ok((head, text)) => {
                let document = (head.document, head.name);
                if last.as_ref() != Some(&document) {
                    number += 1;
                    last = Some(document);
                }
                text.lines().map(|line| Ok((number, line.to_owned()))).collect()
            }
            Err(error) => vec![Err(error)],
        };
        lines.into_iter().filter(|line| line.as_ref().map_or(true, |(_, line)| !line.is_empty()))
    });
    Ok(Box::new(lines))
}
