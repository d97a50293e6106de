//! Turns the tokens of a filter into a [`Filter`].
//!
//! `AND` and `OR` bind alike, so that mixing them needs parentheses, as on Google.

use super::Filter;
use super::scanner::{Token, scan};

/// Parses a filter whose nesting is at most `depth`.
pub(super) fn parse(text: &str, depth: usize) -> Result<Filter, String> {
    let tokens = scan(text)?;
    let mut parser = Parser { tokens: &tokens };
    let filter = parser.expression(depth)?;
    match parser.tokens.first() {
        None => Ok(filter),
        Some(token) => Err(format!("{token:?} is not expected after the end")),
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
}

impl<'t> Parser<'t> {
    fn expression(&mut self, depth: usize) -> Result<Filter, String> {
        let mut terms = vec![self.term(depth)?];
        let mut joined_by = None;
        while let Some(word @ ("AND" | "OR")) = self.peek_word() {
            if *joined_by.get_or_insert(word) != word {
                return Err("AND and OR can be mixed only with parentheses".to_owned());
            }
            self.tokens = &self.tokens[1..];
            terms.push(self.term(depth)?);
        }
        Ok(match joined_by {
            Some("OR") => Filter::Any(terms),
            Some(_) => Filter::All(terms),
            None => terms.swap_remove(0),
        })
    }

    fn term(&mut self, depth: usize) -> Result<Filter, String> {
        let depth = depth.checked_sub(1).ok_or("it is nested too deeply")?;
        match self.next() {
            Some(Token::Sign("-")) => Ok(Filter::Not(Box::new(self.term(depth)?))),
            Some(Token::Sign("(")) => {
                let inner = self.expression(depth)?;
                self.expect(")")?;
                Ok(inner)
            }
            Some(Token::Word(word)) => match word.as_str() {
                "NOT" => Ok(Filter::Not(Box::new(self.term(depth)?))),
                "hasPrefix" => self.has_prefix(),
                "attributes" => self.comparison(),
                other => Err(format!(
                    "{other:?} is not expected; write attributes, hasPrefix or NOT"
                )),
            },
            Some(token) => Err(format!("{token:?} is not expected")),
            None => Err("it ends too early".to_owned()),
        }
    }

    fn comparison(&mut self) -> Result<Filter, String> {
        match self.next() {
            Some(Token::Sign(":")) => Ok(Filter::Has(self.key()?)),
            Some(Token::Sign(".")) => {
                let key = self.key()?;
                match self.next() {
                    Some(Token::Sign("=")) => Ok(Filter::Equals(key, self.text()?)),
                    Some(Token::Sign("!=")) => {
                        Ok(Filter::Not(Box::new(Filter::Equals(key, self.text()?))))
                    }
                    _ => Err(format!("write = or != after attributes.{key}")),
                }
            }
            _ => Err("write : or . after attributes".to_owned()),
        }
    }

    fn has_prefix(&mut self) -> Result<Filter, String> {
        self.expect("(")?;
        if self.next() != Some(&Token::Word("attributes".to_owned())) {
            return Err("hasPrefix takes an attribute first".to_owned());
        }
        self.expect(".")?;
        let key = self.key()?;
        self.expect(",")?;
        let prefix = self.text()?;
        self.expect(")")?;
        Ok(Filter::HasPrefix(key, prefix))
    }

    fn key(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Word(key) | Token::Text(key)) => Ok(key.clone()),
            _ => Err("the key of an attribute is missing".to_owned()),
        }
    }

    fn text(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(text.clone()),
            _ => Err("a value is a string in double quotes".to_owned()),
        }
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        match self.next() {
            Some(Token::Sign(found)) if *found == sign => Ok(()),
            _ => Err(format!("{sign:?} is missing")),
        }
    }

    fn peek_word(&self) -> Option<&'t str> {
        match self.tokens.first() {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn next(&mut self) -> Option<&'t Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }
}
