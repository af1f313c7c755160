//! The text of a path, read into steps.

use super::language::Literal;
use super::path::{Comparison, Filter, Path, Step};

/// A piece of a path.
#[derive(Debug, Clone)]
enum Token {
    Root,
    Current,
    Member(String, bool),
    Descendant(String),
    Item(i64),
    All,
    Slice([Option<i64>; 3]),
    /// What ends the way where it stands: `.*`, `['a','b']`.
    End,
    Where,
    EndWhere,
    Open,
    Close,
    Not,
    And,
    Or,
    Compare(Comparison),
    Literal(Literal),
}

/// How deep groups in a filter may nest.
const DEEPEST: usize = 32;

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// What is wrong with a filter in it.
    pub fn read(text: &str) -> Result<Path, String> {
        let mut lexer = Lexer { text: text.chars().collect(), at: 0, tokens: Vec::new() };
        lexer.read();
        let mut reader = Reader { tokens: &lexer.tokens, at: 0, list: false, depth: 0 };
        let steps = reader.steps()?;
        Ok(Path { text: text.into(), steps, list: reader.list })
    }
}

struct Lexer {
    text: Vec<char>,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn next_is(&self, ahead: usize, c: char) -> bool {
        self.text.get(self.at + ahead) == Some(&c)
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn read(&mut self) {
        while self.at < self.text.len() {
            if !(self.reference() || self.child() || self.filter()) {
                self.at += 1;
            }
        }
    }

    fn reference(&mut self) -> bool {
        let token = match self.peek() {
            Some('$') if !self.text.get(self.at + 1).is_some_and(|c| is_name(*c)) => Token::Root,
            Some('.') if self.at == 0 => Token::Root,
            Some('@') if self.at == 0 => Token::Root,
            Some('@') => Token::Current,
            _ => return false,
        };
        self.tokens.push(token);
        self.at += 1;
        true
    }

    fn child(&mut self) -> bool {
        if self.next_is(0, '.') && self.next_is(1, '*') {
            self.tokens.push(Token::End);
            self.at += 2;
            return true;
        }
        self.member() || self.index() || self.descendant()
    }

    fn member(&mut self) -> bool {
        let from = self.at;
        let exact = self.next_is(0, '+');
        if exact || self.next_is(0, '.') && !self.next_is(1, '.') {
            self.at += 1;
        }
        match self.name() {
            Some(name) => self.tokens.push(Token::Member(name, exact)),
            None => {
                self.at = from;
                return false;
            }
        }
        true
    }

    fn descendant(&mut self) -> bool {
        if !(self.next_is(0, '.') && self.next_is(1, '.')) {
            return false;
        }
        let from = self.at;
        self.at += 2;
        match self.name() {
            Some(name) => self.tokens.push(Token::Descendant(name)),
            None => {
                self.at = from;
                return false;
            }
        }
        true
    }

    /// A name, in quotes or not.
    fn name(&mut self) -> Option<String> {
        if let Some(quoted) = self.quoted() {
            return Some(quoted);
        }
        let from = self.at;
        let mut at = from + usize::from(self.next_is(0, '$'));
        if self.text.get(at) == Some(&'-') {
            return None;
        }
        while self.text.get(at).is_some_and(|c| is_name(*c)) {
            at += 1;
        }
        if at > from && self.text.get(at - 1) == Some(&'-') {
            at -= 1;
        }
        let name: String = self.text.get(from..at)?.iter().collect();
        if name.is_empty() || name == "$" {
            return None;
        }
        self.at = at;
        Some(name)
    }

    fn quoted(&mut self) -> Option<String> {
        let quote = self.peek().filter(|c| matches!(c, '\'' | '"'))?;
        let rest = self.text.get(self.at + 1..)?;
        let length = rest.iter().position(|c| *c == quote).filter(|n| *n > 0)?;
        let text = rest.get(..length)?.iter().collect();
        self.at += length + 2;
        Some(text)
    }

    fn index(&mut self) -> bool {
        if !self.next_is(0, '[') || self.next_is(1, '?') {
            return false;
        }
        let Some(length) = self.text.get(self.at + 1..).and_then(|rest| rest.iter().position(|c| *c == ']')) else {
            return false;
        };
        let inner: String = self.text.get(self.at + 1..self.at + 1 + length).unwrap_or_default().iter().collect();
        let inner = inner.trim();
        let unquoted = |quote: char| inner.strip_prefix(quote)?.strip_suffix(quote).filter(|s| !s.contains(quote));
        let token = if inner == "*" {
            Token::All
        } else if let Some(name) = unquoted('\'').or_else(|| unquoted('"')) {
            Token::Member(name.to_owned(), false)
        } else if inner.contains(':') {
            let mut parts = inner.split(':').map(|p| p.trim().parse().ok());
            let mut part = || parts.next().flatten();
            Token::Slice([part(), part(), part()])
        } else if inner.contains(',') {
            Token::End
        } else if let Ok(i) = inner.parse() {
            Token::Item(i)
        } else {
            return false;
        };
        self.tokens.push(token);
        self.at += length + 2;
        true
    }

    fn filter(&mut self) -> bool {
        if !(self.next_is(0, '[') && self.next_is(1, '?')) {
            return false;
        }
        self.at += 2;
        self.tokens.push(Token::Where);
        self.blanks();
        while let Some(c) = self.peek().filter(|c| *c != ']') {
            match c {
                '(' | ')' => {
                    self.tokens.push(if c == '(' { Token::Open } else { Token::Close });
                    self.at += 1;
                    self.logical();
                }
                _ if self.condition() => {}
                _ => self.at += 1,
            }
            self.blanks();
        }
        self.at += 1;
        self.tokens.push(Token::EndWhere);
        true
    }

    fn condition(&mut self) -> bool {
        let not = self.next_is(0, '!') && !self.next_is(1, '=');
        if not {
            self.tokens.push(Token::Not);
            self.at += 1;
            // A group follows, which is read by itself.
            if self.next_is(0, '(') {
                return true;
            }
            self.reference();
        } else if !(self.reference() || self.descendant() || self.member()) {
            return false;
        }
        let _ = self.descendant() || self.member();
        self.comparison();
        self.literal();
        self.logical();
        true
    }

    fn comparison(&mut self) {
        let from = self.at;
        self.blanks();
        let equals = self.next_is(1, '=');
        let found = match self.peek() {
            Some('=') if equals => Comparison::Equal,
            Some('!') if equals => Comparison::NotEqual,
            Some('~') if equals => Comparison::Matches,
            Some('<') if equals => Comparison::LessOrEqual,
            Some('>') if equals => Comparison::GreaterOrEqual,
            Some('<') => Comparison::Less,
            Some('>') => Comparison::Greater,
            _ => {
                self.at = from;
                return;
            }
        };
        self.at += if equals { 2 } else { 1 };
        self.blanks();
        self.tokens.push(Token::Compare(found));
    }

    fn literal(&mut self) {
        let from = self.at;
        self.blanks();
        if let Some(text) = self.quoted() {
            return self.tokens.push(Token::Literal(Literal::Text(text.into())));
        }
        let rest: String = self.text.get(self.at..).unwrap_or_default().iter().take(20).collect();
        let digits = rest.char_indices().take_while(|(i, c)| c.is_ascii_digit() || *i == 0 && *c == '-').count();
        if let Some(number) = rest.get(..digits).and_then(|n| n.parse().ok()) {
            self.at += digits;
            return self.tokens.push(Token::Literal(Literal::Int(number)));
        }
        for (word, value) in [("true", true), ("false", false)] {
            if rest.get(..word.len()).is_some_and(|r| r.eq_ignore_ascii_case(word)) {
                self.at += word.len();
                return self.tokens.push(Token::Literal(Literal::Bool(value)));
            }
        }
        self.at = from;
    }

    fn logical(&mut self) {
        let from = self.at;
        self.blanks();
        let token = match (self.peek(), self.text.get(self.at + 1)) {
            (Some('|'), Some('|')) => Token::Or,
            (Some('&'), Some('&')) => Token::And,
            _ => {
                self.at = from;
                return;
            }
        };
        self.at += 2;
        self.blanks();
        self.tokens.push(token);
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

/// From tokens to steps, in the engine's order.
struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
    list: bool,
    depth: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn current_is(&self, wanted: fn(&Token) -> bool) -> bool {
        self.at.checked_sub(1).and_then(|i| self.tokens.get(i)).is_some_and(wanted)
    }

    /// The steps up to what is none.
    fn steps(&mut self) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        loop {
            match self.tokens.get(self.at) {
                None | Some(Token::EndWhere | Token::Close) => return Ok(steps),
                Some(_) => {}
            }
            steps.push(match self.next() {
                Some(Token::Root) => Step::Root,
                Some(Token::Current) => continue,
                Some(Token::Member(name, exact)) => Step::Member(name.into(), exact),
                Some(Token::Descendant(name)) => Step::Descendant(name.into()),
                Some(Token::Item(i)) => Step::Item(i),
                Some(Token::All) => {
                    self.list = true;
                    Step::All
                }
                Some(Token::Slice(slice)) => {
                    self.list = true;
                    Step::Slice(slice)
                }
                Some(Token::Where) => {
                    self.list = true;
                    Step::Where(self.conditions(|t| matches!(t, Token::EndWhere))?)
                }
                Some(Token::Literal(v)) => {
                    steps.push(Step::Literal(v));
                    return Ok(steps);
                }
                _ => return Ok(steps),
            });
        }
    }

    /// Conditions up to a token, one of which has to hold.
    fn conditions(&mut self, stop: fn(&Token) -> bool) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("its groups nest more than {DEEPEST} levels deep"));
        }
        let mut all: Vec<Filter> = Vec::new();
        while let Some(token) = self.next().filter(|t| !stop(t)) {
            match token {
                Token::Or => {}
                Token::And => {
                    let left = all.pop().ok_or("`&&` in it follows nothing")?;
                    let right = self.condition(&token)?;
                    all.push(Filter::Both(Box::new(left), Box::new(right)));
                }
                _ => all.push(self.condition(&token)?),
            }
        }
        self.depth -= 1;
        Ok(Filter::Any(all))
    }

    /// One condition, whose first token was taken.
    fn condition(&mut self, first: &Token) -> Result<Filter, String> {
        let close = |t: &Token| matches!(t, Token::Close);
        match first {
            Token::Not if matches!(self.tokens.get(self.at), Some(Token::Open)) => {
                self.at += 1;
                Ok(Filter::Not(Box::new(self.conditions(close)?)))
            }
            Token::Not => Ok(Filter::Not(Box::new(Filter::Exists(self.steps()?)))),
            Token::Open => self.conditions(close),
            _ => {
                let left = self.steps()?;
                let token = self.at.checked_sub(1).and_then(|i| self.tokens.get(i));
                match token {
                    Some(Token::Compare(c)) if self.current_is(|t| matches!(t, Token::Compare(_))) => {
                        let comparison = *c;
                        Ok(Filter::Compare(left, comparison, self.steps()?))
                    }
                    _ => Ok(Filter::Exists(left)),
                }
            }
        }
    }
}
