//! Full-text search (`$text`), as MongoDB means it: words without their endings, their case and their accents; quoted
//! phrases that must be there, words behind a `-` that must not; a score of how much of the text the words are.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::TextSearch;

const ENGLISH_STOP_WORDS: &str = include_str!("text/english_stop_words.txt");
/// What a text that is one searched word, and nothing else, gains.
const WHOLE_TEXT_BONUS: f64 = 1.1;

/// How well the text matches; `None` when it does not.
pub fn score(text: &str, search: &TextSearch) -> Option<f64> {
    let wanted = Wanted::of(search);
    let language = Language::of(search);
    let whole = fold(text, search);
    let is_phrase_in = |phrase: &String| whole.contains(phrase.as_str());
    if !wanted.phrases.iter().all(is_phrase_in) || wanted.unwanted_phrases.iter().any(is_phrase_in)
    {
        return None;
    }
    let words = language.words(&whole);
    let is_in = |word: &str| words.iter().any(|own| own == word);
    let stems = |words: &[String]| -> Vec<String> {
        words.iter().flat_map(|word| language.words(word)).collect()
    };
    if stems(&wanted.unwanted_words).iter().any(|word| is_in(word)) {
        return None;
    }
    let found: Vec<String> = stems(&wanted.words)
        .into_iter()
        .filter(|word| is_in(word))
        .collect();
    (!found.is_empty()).then(|| weigh(&whole, &words, &found))
}

/// MongoDB's formula: repetitions count for half of the one before, and long texts for less.
fn weigh(whole: &str, words: &[String], found: &[String]) -> f64 {
    #[allow(clippy::cast_precision_loss)] // words of a text
    let length = words.len() as f64;
    let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
    for word in words.iter().filter(|word| found.contains(word)) {
        *counts.entry(word).or_default() += 1.0;
    }
    let of_word = |(word, count): (&&str, &f64)| {
        let frequency = 2.0 - 2.0_f64.powf(1.0 - count);
        let share = 0.5 * count / length + 0.5;
        let bonus = if whole.eq_ignore_ascii_case(word) {
            WHOLE_TEXT_BONUS
        } else {
            1.0
        };
        frequency * share * bonus
    };
    counts.iter().map(of_word).sum()
}

/// What a search asks for.
#[derive(Debug, Default)]
struct Wanted {
    words: Vec<String>,
    phrases: Vec<String>,
    unwanted_words: Vec<String>,
    unwanted_phrases: Vec<String>,
}

impl Wanted {
    fn of(search: &TextSearch) -> Self {
        let mut wanted = Self::default();
        let term = fold(&search.term, search);
        for (index, part) in term.split('"').enumerate() {
            if index % 2 == 1 {
                wanted.phrase(part, term.split('"').nth(index - 1).unwrap_or_default());
            } else {
                part.split_whitespace().for_each(|word| wanted.word(word));
            }
        }
        wanted
    }

    fn phrase(&mut self, phrase: &str, before: &str) {
        if phrase.trim().is_empty() {
            return;
        }
        if before.ends_with('-') {
            self.unwanted_phrases.push(phrase.to_owned());
        } else {
            self.words.push(phrase.to_owned());
            self.phrases.push(phrase.to_owned());
        }
    }

    fn word(&mut self, word: &str) {
        match word.strip_prefix('-') {
            Some("") => {}
            Some(unwanted) => self.unwanted_words.push(unwanted.to_owned()),
            None => self.words.push(word.to_owned()),
        }
    }
}

/// Without case and accents, unless they count.
fn fold(text: &str, search: &TextSearch) -> String {
    let text: Cow<'_, str> = if search.diacritic_sensitive {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(
            text.nfd()
                .filter(|letter| !is_combining_mark(*letter))
                .collect(),
        )
    };
    if search.case_sensitive {
        text.into_owned()
    } else {
        text.to_lowercase()
    }
}

/// How the words of a language are told and shortened.
struct Language {
    stemmer: Option<Stemmer>,
    is_english: bool,
}

impl Language {
    fn of(search: &TextSearch) -> Self {
        let algorithm = match search.language.as_deref().unwrap_or("en") {
            "en" | "english" => Some(Algorithm::English),
            "da" | "danish" => Some(Algorithm::Danish),
            "nl" | "dutch" => Some(Algorithm::Dutch),
            "fi" | "finnish" => Some(Algorithm::Finnish),
            "fr" | "french" => Some(Algorithm::French),
            "de" | "german" => Some(Algorithm::German),
            "hu" | "hungarian" => Some(Algorithm::Hungarian),
            "it" | "italian" => Some(Algorithm::Italian),
            "nb" | "norwegian" => Some(Algorithm::Norwegian),
            "pt" | "portuguese" => Some(Algorithm::Portuguese),
            "ro" | "romanian" => Some(Algorithm::Romanian),
            "ru" | "russian" => Some(Algorithm::Russian),
            "es" | "spanish" => Some(Algorithm::Spanish),
            "sv" | "swedish" => Some(Algorithm::Swedish),
            "tr" | "turkish" => Some(Algorithm::Turkish),
            _ => None,
        };
        Self {
            is_english: matches!(algorithm, Some(Algorithm::English)),
            stemmer: algorithm.map(Stemmer::create),
        }
    }

    fn words(&self, text: &str) -> Vec<String> {
        let words = text.split(|letter: char| !letter.is_alphanumeric());
        words
            .filter(|word| !word.is_empty() && !self.says_nothing(word))
            .map(|word| match &self.stemmer {
                Some(stemmer) => stemmer.stem(word).into_owned(),
                None => word.to_owned(),
            })
            .collect()
    }

    fn says_nothing(&self, word: &str) -> bool {
        self.is_english
            && ENGLISH_STOP_WORDS
                .split_whitespace()
                .any(|stop| stop.eq_ignore_ascii_case(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(term: &str) -> TextSearch {
        TextSearch {
            term: term.to_owned(),
            language: None,
            case_sensitive: false,
            diacritic_sensitive: false,
        }
    }

    fn finds(text: &str, term: &str) -> bool {
        score(text, &search(term)).is_some()
    }

    #[test]
    fn words_are_found_whatever_their_ending_case_and_accents() {
        assert!(finds("Running Foxes", "fox run"));
        assert!(finds("CAFÉ au lait", "cafe"));
        assert!(!finds("the fox", "the"));
        assert!(!finds("foxtrot", "fox"));
        let exact = TextSearch {
            case_sensitive: true,
            diacritic_sensitive: true,
            ..search("Café")
        };
        assert!(score("ein Café", &exact).is_some() && score("ein cafe", &exact).is_none());
    }

    #[test]
    fn phrases_must_be_there_and_negated_words_must_not() {
        assert!(finds("a coffee shop", "\"coffee shop\""));
        assert!(!finds("shop for coffee", "\"coffee shop\""));
        assert!(!finds("coffee shop", "coffee -shop"));
        assert!(!finds("tea", "-coffee"));
    }

    #[test]
    #[allow(clippy::float_cmp)] // sums of exact halves
    fn shorter_texts_and_repetitions_score_more() {
        let of = |text: &str| score(text, &search("tuna")).unwrap();
        assert_eq!(of("tuna"), 1.1);
        assert_eq!(of("Tuna Shopping"), 0.75);
        assert_eq!(of("tuna tuna"), 1.5);
    }
}
