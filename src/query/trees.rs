//! Segmented sentences as trees, in batches that several threads share.

use std::ops::Range;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::control::{Control, on_threads};
use crate::error::Result;
use crate::mine::templates::{ParserWorker, Slice, Spelled, Spelling, TemplateParser, Token, Tree};
use crate::query::batches::{Batches, share};
use crate::query::context::Context;
use crate::query::rows::{Datum, Row, RowStream};
use crate::text::TextOptions;
use crate::word::{Segmenter, Worker};

/// What makes trees of sentences.
pub struct Trees {
    /// The parser.
    pub parser: TemplateParser,
    /// How their text is cut into units.
    pub text: TextOptions,
    /// Whether each clause is parsed by itself.
    pub by_clause: bool,
}

impl Trees {
    /// The rows of the trees of sentences whose tokens are in a column: the sentence, its tree, its
    /// score.
    pub fn of_rows<'a>(
        self,
        rows: RowStream<'a>,
        column: usize,
        context: &'a Context<'a>,
    ) -> RowStream<'a> {
        let control = &context.control;
        in_batches(rows, self.text, context, move |rows, reader| {
            reader.parse(&self, rows, control, |row, sentence| sentence.join(row.get(column)))
        })
    }

    /// The same of lines that are cut as it goes.
    pub fn of_lines<'a>(
        self,
        lines: impl Iterator<Item = Result<(u64, String)>> + 'a,
        segmenter: Segmenter,
        context: &'a Context<'a>,
    ) -> RowStream<'a> {
        let control = &context.control;
        in_batches(lines, self.text, context, move |lines, reader| {
            let mut worker = segmenter.worker();
            reader.parse(&self, lines, control, |(_, line), sentence| {
                sentence.cut(line, &mut worker);
            })
        })
    }
}

/// What `each` makes of things, in batches that several threads share.
fn in_batches<'a, T: Send + Sync + 'a>(
    things: impl Iterator<Item = Result<T>> + 'a,
    text: TextOptions,
    context: &'a Context<'a>,
    each: impl Fn(&[T], &mut Reader) -> Vec<Result<Row>> + Sync + 'a,
) -> RowStream<'a> {
    let threads = context.cost.threads.max(1);
    let mut readers: Vec<Reader> = (0..threads).map(|_| Reader::new(&text)).collect();
    let trees = Batches::new(things, threads).flat_map(move |(things, error)| {
        let work = things.chunks(share(things.len(), threads)).zip(&mut readers).collect();
        let parts = on_threads(work, |(things, reader): (&[T], &mut Reader)| each(things, reader));
        let error = error.map(|error| vec![Err(error)]);
        parts.into_iter().chain(error).flatten().collect::<Vec<_>>()
    });
    Box::new(trees)
}

/// What one thread knows and reuses.
struct Reader {
    spelling: Spelling,
    /// Tokens that are no word, or one that is spelled otherwise.
    others: FxHashMap<Box<str>, Token>,
    sentence: Sentence,
    clause: Words,
}

/// A sentence and where its tokens are.
#[derive(Default)]
struct Sentence {
    text: Arc<str>,
    tokens: Vec<Range<usize>>,
}

/// Words in a row, by number, and where each stands among the tokens.
#[derive(Default)]
struct Words {
    numbers: Vec<u32>,
    places: Vec<usize>,
}

impl Reader {
    fn new(text: &TextOptions) -> Self {
        Reader {
            spelling: Spelling::new(text),
            others: FxHashMap::default(),
            sentence: Sentence::default(),
            clause: Words::default(),
        }
    }

    /// The rows of some things, up to the first error; `read` makes a sentence of one.
    fn parse<T>(
        &mut self,
        trees: &Trees,
        things: &[T],
        control: &Control,
        mut read: impl FnMut(&T, &mut Sentence),
    ) -> Vec<Result<Row>> {
        let mut worker = trees.parser.worker();
        let mut parsed = Vec::with_capacity(things.len());
        for thing in things {
            read(thing, &mut self.sentence);
            let row = control.check().and_then(|()| self.row(trees, &mut worker));
            let failed = row.is_err();
            parsed.push(row);
            if failed {
                break;
            }
        }
        parsed
    }

    fn row(&mut self, trees: &Trees, worker: &mut ParserWorker<'_>) -> Result<Row> {
        let (tree, score) = match trees.by_clause {
            true => self.by_clauses(trees, worker)?,
            false => self.whole(trees, worker)?,
        };
        let sentence = Datum::Text(Arc::clone(&self.sentence.text));
        Ok(vec![sentence, Datum::Tree(Arc::new(tree)), Datum::real(score)])
    }

    /// Parses all tokens of the sentence as words.
    fn whole(&mut self, trees: &Trees, worker: &mut ParserWorker<'_>) -> Result<(Tree, f64)> {
        self.clause.clear();
        for (place, token) in self.sentence.tokens.iter().enumerate() {
            let token = &self.sentence.text[token.clone()];
            self.clause.push(trees.parser.word(token), place);
        }
        self.clause.parse(&self.sentence, worker)
    }

    /// Parses each clause by itself: a sentence of one clause has its tree, one of several has
    /// theirs as children, and their scores add up.
    fn by_clauses(&mut self, trees: &Trees, worker: &mut ParserWorker<'_>) -> Result<(Tree, f64)> {
        let Reader { spelling, others, sentence, clause, .. } = self;
        let (mut children, mut sum) = (Vec::new(), 0.0);
        let mut end = |clause: &mut Words| -> Result<()> {
            if !clause.numbers.is_empty() {
                let (tree, score) = clause.parse(sentence, worker)?;
                children.push(tree);
                sum += score;
                clause.clear();
            }
            Ok(())
        };
        clause.clear();
        for (place, token) in sentence.tokens.iter().enumerate() {
            let token = token_of(&sentence.text[token.clone()], &trees.parser, spelling, others);
            match token {
                Token::Word(number) => clause.push(number, place),
                Token::Boundary => end(clause)?,
                Token::Blank => {}
            }
        }
        end(clause)?;
        let only = if children.len() == 1 { children.pop() } else { None };
        let text = Slice::of(&sentence.text, 0..sentence.text.len());
        Ok((only.unwrap_or(Tree { template: None, text, children }), sum))
    }
}

/// What a token is, its word by the number that the templates know it by.
fn token_of(
    text: &str,
    parser: &TemplateParser,
    spelling: &Spelling,
    others: &mut FxHashMap<Box<str>, Token>,
) -> Token {
    if spelling.keeps(text) {
        return Token::Word(parser.word(text));
    }
    if let Some(token) = others.get(text) {
        return *token;
    }
    let token = match spelling.of(text) {
        Spelled::Word(word) => Token::Word(parser.word(&word)),
        Spelled::Blank => Token::Blank,
        Spelled::Boundary => Token::Boundary,
    };
    others.insert(text.into(), token);
    token
}

impl Sentence {
    /// Takes up the tokens of a row.
    fn join(&mut self, tokens: Option<&Datum>) {
        self.tokens.clear();
        let mut text = String::new();
        if let Some(Datum::List(list)) = tokens {
            for token in list {
                let Datum::Text(token) = token else { continue };
                self.tokens.push(text.len()..text.len() + token.len());
                text.push_str(token);
            }
        }
        self.text = text.into();
    }

    /// Takes up a line and cuts it.
    fn cut(&mut self, line: &str, worker: &mut Worker<'_>) {
        worker.segment(line, &mut self.tokens);
        self.text = line.into();
    }

    /// The text of the tokens from one to another.
    fn between(&self, first: usize, last: usize) -> Slice {
        Slice::of(&self.text, self.tokens[first].start..self.tokens[last].end)
    }
}

impl Words {
    fn clear(&mut self) {
        self.numbers.clear();
        self.places.clear();
    }

    fn push(&mut self, number: u32, place: usize) {
        self.numbers.push(number);
        self.places.push(place);
    }

    fn parse(&self, sentence: &Sentence, worker: &mut ParserWorker<'_>) -> Result<(Tree, f64)> {
        worker.parse(&self.numbers, &|span| match self.places.get(span.clone()) {
            Some([first, .., last]) => sentence.between(*first, *last),
            Some([only]) => sentence.between(*only, *only),
            _ => "".into(),
        })
    }
}
