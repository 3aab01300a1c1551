//! The tree of a sentence: which template covers it, and what fills the slots of that template.

use std::sync::Arc;

use crate::mine::templates::slice::Slice;
use crate::mine::templates::template::SLOT;

/// A stretch of a sentence with its structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The template that covers it, as it is written. `None` where no template does: the stretch is
    /// then a leaf, or a whole sentence whose clauses are the children.
    pub template: Option<Arc<str>>,
    /// The text of the stretch.
    pub text: Slice,
    /// What fills the slots of the template, in order.
    pub children: Vec<Tree>,
}

impl Tree {
    /// The template with the text of each slot in brackets: `(鸡蛋)可以(吃)吗`; the text alone
    /// where no template covers it.
    ///
    /// ```
    /// use erya::mine::templates::Tree;
    /// let leaf = |text: &str| Tree { template: None, text: text.into(), children: vec![] };
    /// let tree = Tree {
    ///     template: Some("[X]可以[X]吗".into()),
    ///     text: "鸡蛋可以吃吗".into(),
    ///     children: vec![leaf("鸡蛋"), leaf("吃")],
    /// };
    /// assert_eq!(tree.line(), "(鸡蛋)可以(吃)吗");
    /// ```
    pub fn line(&self) -> String {
        self.filled(|child| child.text.to_string())
    }

    /// The whole tree in one line: what fills a slot is in brackets, and its slots in turn.
    pub fn nested(&self) -> String {
        match self.template {
            Some(_) => self.filled(Tree::nested),
            None if self.children.is_empty() => self.text.to_string(),
            None => {
                let clauses = self.children.iter().map(|child| format!("({})", child.nested()));
                clauses.collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// How many levels it has; 1 for a leaf.
    pub fn depth(&self) -> usize {
        1 + self.children.iter().map(Tree::depth).max().unwrap_or(0)
    }

    fn filled(&self, shown: impl Fn(&Tree) -> String) -> String {
        let Some(template) = &self.template else { return self.text.to_string() };
        let mut line = String::new();
        let mut children = self.children.iter();
        let mut rest: &str = template;
        while let Some(next) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix(SLOT) {
                let filler = children.next().map(&shown).unwrap_or_default();
                line.extend(["(", &filler, ")"]);
                rest = after;
                continue;
            }
            rest = &rest[next.len_utf8()..];
            let escaped = if next == '\\' { rest.chars().next() } else { None };
            line.push(escaped.unwrap_or(next));
            rest = &rest[escaped.map_or(0, char::len_utf8)..];
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_nest() {
        let tree = |template: Option<&str>, text: &str, children: Vec<Tree>| Tree {
            template: template.map(Into::into),
            text: text.into(),
            children,
        };
        let leaf = |text: &str| tree(None, text, vec![]);
        let inner = tree(Some("a\\[X] [X]"), "a[X] b", vec![leaf("b")]);
        let outer = tree(Some("[X] c"), "a[X] b c", vec![inner.clone()]);
        assert_eq!(inner.line(), "a[X] (b)");
        assert_eq!(outer.line(), "(a[X] b) c");
        assert_eq!(outer.nested(), "(a[X] (b)) c");
        assert_eq!(outer.depth(), 3);
        let sentence = tree(None, "x, y", vec![leaf("x"), leaf("y")]);
        assert_eq!((sentence.line(), sentence.nested()), ("x, y".into(), "(x) (y)".into()));
    }
}
