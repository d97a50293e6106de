//! Fills `{{name}}` in pages and mails, as Mustache does: escaped for HTML unless it is `{{{name}}}` or `{{&name}}`,
//! nothing for a name without a value, `{{#name}}...{{/name}}` when there is one, `{{^name}}...{{/name}}` when there
//! is none, `{{! comments}}`. Values are not templates: what a user wrote is filled in once and never read again.

use serde_json::{Map, Value as Json};

/// Sections within sections.
const MAX_DEPTH: usize = 16;

/// What the text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    Html,
    /// Plain text: nothing is markup in it.
    Nothing,
}

/// The template with its placeholders filled in.
pub fn fill(template: &str, values: &Map<String, Json>, escape: Escape) -> String {
    let mut filled = String::with_capacity(template.len());
    fill_into(&mut filled, template, values, escape, MAX_DEPTH);
    filled
}

fn fill_into(
    filled: &mut String,
    template: &str,
    values: &Map<String, Json>,
    escape: Escape,
    depth: usize,
) {
    let mut rest = template;
    while let Some((before, tag, after)) = next_tag(rest) {
        filled.push_str(before);
        rest = after;
        match tag {
            Tag::Comment | Tag::SectionEnd => {}
            Tag::Value(name) => push_value(filled, values, name, escape),
            Tag::Raw(name) => push_value(filled, values, name, Escape::Nothing),
            Tag::Section { name, when_present } => {
                let (inner, after) = section(rest, name);
                rest = after;
                if is_present(lookup(values, name)) == when_present && depth > 0 {
                    fill_into(filled, inner, values, escape, depth - 1);
                }
            }
        }
    }
    filled.push_str(rest);
}

enum Tag<'a> {
    Value(&'a str),
    Raw(&'a str),
    Section { name: &'a str, when_present: bool },
    SectionEnd,
    Comment,
}

/// The text before the next tag, the tag, and the text after it; an unclosed tag is text.
fn next_tag(text: &str) -> Option<(&str, Tag<'_>, &str)> {
    let start = text.find("{{")?;
    let (before, tail) = text.split_at(start);
    if let Some(tail) = tail.strip_prefix("{{{") {
        let (name, after) = tail.split_once("}}}")?;
        return Some((before, Tag::Raw(name.trim()), after));
    }
    let (inner, after) = tail.strip_prefix("{{")?.split_once("}}")?;
    let inner = inner.trim();
    let named = |prefix: char| inner.strip_prefix(prefix).map(str::trim);
    let tag = if inner.starts_with('!') {
        Tag::Comment
    } else if inner.starts_with('/') {
        Tag::SectionEnd
    } else if let Some(name) = named('&') {
        Tag::Raw(name)
    } else if let Some(name) = named('#') {
        Tag::Section {
            name,
            when_present: true,
        }
    } else if let Some(name) = named('^') {
        Tag::Section {
            name,
            when_present: false,
        }
    } else {
        Tag::Value(inner)
    };
    Some((before, tag, after))
}

/// Splits what follows the start of a section at its end; one without an end goes to the end of the text.
fn section<'a>(text: &'a str, name: &str) -> (&'a str, &'a str) {
    let mut from = 0;
    while let Some(start) = text[from..].find("{{").map(|at| at + from) {
        let Some(end) = text[start..].find("}}").map(|at| at + start + 2) else {
            break;
        };
        let inner = text[start + 2..end - 2].trim();
        if inner.strip_prefix('/').map(str::trim) == Some(name) {
            return (&text[..start], &text[end..]);
        }
        from = end;
    }
    (text, "")
}

fn lookup<'a>(values: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    if let Some(value) = values.get(name) {
        return Some(value);
    }
    let (root, path) = name.split_once('.')?;
    path.split('.')
        .try_fold(values.get(root)?, |value, segment| value.get(segment))
}

fn is_present(value: Option<&Json>) -> bool {
    match value {
        None | Some(Json::Null | Json::Bool(false)) => false,
        Some(Json::String(text)) => !text.is_empty(),
        Some(Json::Array(items)) => !items.is_empty(),
        Some(_) => true,
    }
}

fn push_value(filled: &mut String, values: &Map<String, Json>, name: &str, escape: Escape) {
    match lookup(values, name) {
        None | Some(Json::Null) => {}
        Some(Json::String(text)) => push_text(filled, text, escape),
        Some(other) => push_text(filled, &other.to_string(), escape),
    }
}

fn push_text(filled: &mut String, text: &str, escape: Escape) {
    if escape == Escape::Nothing {
        filled.push_str(text);
        return;
    }
    for character in text.chars() {
        match character {
            '&' => filled.push_str("&amp;"),
            '<' => filled.push_str("&lt;"),
            '>' => filled.push_str("&gt;"),
            '"' => filled.push_str("&quot;"),
            '\'' => filled.push_str("&#39;"),
            '/' => filled.push_str("&#x2F;"),
            '`' => filled.push_str("&#x60;"),
            '=' => filled.push_str("&#x3D;"),
            other => filled.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn html(template: &str) -> String {
        let values = json!({"name": "<b>'t'", "again": "{{name}}", "empty": "", "n": 3, "at": {"home": "x"}});
        fill(template, values.as_object().unwrap(), Escape::Html)
    }

    #[test]
    fn values_are_escaped_and_filled_in_once() {
        assert_eq!(html("a {{name}} b"), "a &lt;b&gt;&#39;t&#39; b");
        assert_eq!(html("{{{name}}} {{&name}}"), "<b>'t' <b>'t'");
        assert_eq!(html("{{again}}"), "{{name}}");
        assert_eq!(html("[{{nothing}}] {{n}} {{ at.home }}"), "[] 3 x");
    }

    #[test]
    fn sections_show_what_there_is() {
        assert_eq!(html("{{#n}}n={{n}}{{/n}}{{#empty}}no{{/empty}}"), "n=3");
        assert_eq!(
            html("{{^empty}}none{{/empty}}{{^n}}no{{/n}}{{! x }}"),
            "none"
        );
        assert_eq!(html("{{#n}}{{#name}}both{{/name}}{{/n}}."), "both.");
    }

    #[test]
    fn what_is_not_closed_stays_text() {
        assert_eq!(html("a {{name"), "a {{name");
        assert_eq!(html("{{#n}}open"), "open");
        assert_eq!(html(&"{{#n}}".repeat(1_000)), "");
    }
}
