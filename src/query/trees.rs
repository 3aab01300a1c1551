//! Segmented sentences as trees, in batches that several threads share.

use std::sync::Arc;

use crate::control::{Control, on_threads};
use crate::error::Result;
use crate::mine::templates::{ParserWorker, TemplateParser, Token, Tree, Vocabulary};
use crate::query::batches::{Batches, share};
use crate::query::context::Context;
use crate::query::rows::{Datum, Row, RowStream};
use crate::text::TextOptions;

/// What makes trees of sentences.
pub struct Trees {
    /// The parser.
    pub parser: TemplateParser,
    /// How their text is cut into units.
    pub text: TextOptions,
    /// Whether each clause is parsed by itself.
    pub by_clause: bool,
    /// Where the tokens of a row are.
    pub column: usize,
}

impl Trees {
    /// The rows of the trees of sentences: the sentence, its tree, its score.
    pub fn rows<'a>(self, rows: RowStream<'a>, context: &'a Context<'a>) -> RowStream<'a> {
        let threads = context.cost.threads.max(1);
        let mut readers: Vec<Reader> = (0..threads).map(|_| Reader::new(&self)).collect();
        let trees = Batches::new(rows, threads).flat_map(move |(rows, error)| {
            let work = rows.chunks(share(rows.len(), threads)).zip(&mut readers).collect();
            let parts = on_threads(work, |(rows, reader): (&[Row], &mut Reader)| {
                reader.parse(&self, rows, &context.control)
            });
            let error = error.map(|error| vec![Err(error)]);
            parts.into_iter().chain(error).flatten().collect::<Vec<_>>()
        });
        Box::new(trees)
    }
}

/// What one thread knows and reuses.
struct Reader {
    vocabulary: Vocabulary,
    /// By word of the vocabulary, its number among the words of the templates.
    numbers: Vec<u32>,
    sentence: Sentence,
    clause: Words,
}

/// A sentence and its tokens.
#[derive(Default)]
struct Sentence {
    tokens: Vec<Arc<str>>,
    /// The bytes before each token, and all of them.
    starts: Vec<usize>,
    text: Arc<str>,
}

/// Words in a row, by number, and where each stands among the tokens.
#[derive(Default)]
struct Words {
    numbers: Vec<u32>,
    places: Vec<usize>,
}

impl Reader {
    fn new(trees: &Trees) -> Self {
        Reader {
            vocabulary: Vocabulary::new(&trees.text),
            numbers: Vec::new(),
            sentence: Sentence::default(),
            clause: Words::default(),
        }
    }

    fn parse(&mut self, trees: &Trees, rows: &[Row], control: &Control) -> Vec<Result<Row>> {
        let mut worker = trees.parser.worker();
        let mut parsed = Vec::with_capacity(rows.len());
        for row in rows {
            let row = control.check().and_then(|()| self.row(trees, row, &mut worker));
            let failed = row.is_err();
            parsed.push(row);
            if failed {
                break;
            }
        }
        parsed
    }

    fn row(&mut self, trees: &Trees, row: &Row, worker: &mut ParserWorker<'_>) -> Result<Row> {
        self.sentence.read(row.get(trees.column));
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
            self.clause.push(trees.parser.word(token), place);
        }
        self.clause.parse(&self.sentence, worker)
    }

    /// Parses each clause by itself: a sentence of one clause has its tree, one of several has
    /// theirs as children, and their scores add up.
    fn by_clauses(&mut self, trees: &Trees, worker: &mut ParserWorker<'_>) -> Result<(Tree, f64)> {
        let (mut children, mut sum) = (Vec::new(), 0.0);
        let mut end = |clause: &mut Words, sentence: &Sentence| -> Result<()> {
            if !clause.numbers.is_empty() {
                let (tree, score) = clause.parse(sentence, worker)?;
                children.push(tree);
                sum += score;
                clause.clear();
            }
            Ok(())
        };
        self.clause.clear();
        for (place, token) in self.sentence.tokens.iter().enumerate() {
            match self.vocabulary.token(token) {
                Token::Word(word) => {
                    let words = self.vocabulary.words().iter().skip(self.numbers.len());
                    self.numbers.extend(words.map(|word| trees.parser.word(word)));
                    self.clause.push(self.numbers[word as usize], place);
                }
                Token::Boundary => end(&mut self.clause, &self.sentence)?,
                Token::Blank => {}
            }
        }
        end(&mut self.clause, &self.sentence)?;
        let only = if children.len() == 1 { children.pop() } else { None };
        let text = Arc::clone(&self.sentence.text);
        Ok((only.unwrap_or(Tree { template: None, text, children }), sum))
    }
}

impl Sentence {
    /// Takes up the tokens of a row.
    fn read(&mut self, tokens: Option<&Datum>) {
        self.tokens.clear();
        self.starts.clear();
        let mut text = String::new();
        if let Some(Datum::List(list)) = tokens {
            for token in list {
                let Datum::Text(token) = token else { continue };
                self.starts.push(text.len());
                text.push_str(token);
                self.tokens.push(Arc::clone(token));
            }
        }
        self.starts.push(text.len());
        self.text = text.into();
    }

    /// The text of the tokens from one to another.
    fn between(&self, first: usize, last: usize) -> Arc<str> {
        if first == last {
            return Arc::clone(&self.tokens[first]);
        }
        let (start, end) = (self.starts[first], self.starts[last + 1]);
        if end - start == self.text.len() {
            return Arc::clone(&self.text);
        }
        self.text[start..end].into()
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
