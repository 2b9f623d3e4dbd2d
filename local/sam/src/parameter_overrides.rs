//! Values of parameters in the words of `sam`: `Key=Value`, or `ParameterKey=Key,ParameterValue=Value`.

use std::collections::BTreeMap;

use local_core::failure::Failure;

/// What begins the long form.
const LONG_KEY: &str = "ParameterKey=";
/// What separates key and value in it.
const LONG_VALUE: &str = ",ParameterValue=";

/// The values in `words`, each of which may hold several pairs with spaces between. A later value wins.
///
/// A value with spaces has quotes of its own, single or double; a backslash takes a quote, a space or itself
/// literally.
///
/// # Errors
/// A word that is not of this form. Values may be secrets: no message shows one.
pub fn parse<'w>(words: impl IntoIterator<Item = &'w String>) -> Result<BTreeMap<String, String>, Failure> {
    let mut values = BTreeMap::new();
    for word in words {
        let mut rest = word.trim_start();
        while !rest.is_empty() {
            let (key, after) = key(rest).ok_or_else(|| malformed(values.keys().next_back()))?;
            let (value, after) = value(after).ok_or_else(|| open_quote(key))?;
            values.insert(key.to_owned(), value);
            rest = after.trim_start();
        }
    }
    Ok(values)
}

/// The key at the beginning of `text`, and what follows its `=`.
fn key(text: &str) -> Option<(&str, &str)> {
    let (key, after) = match text.strip_prefix(LONG_KEY) {
        Some(long) => long.split_once(LONG_VALUE)?,
        None => text.split_once('=')?,
    };
    let key = key.trim_matches(['"', '\'']);
    (!key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some((key, after))
}

/// The value at the beginning of `text`, and what follows it; `None` if its quote is not closed.
fn value(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|first| ['"', '\''].contains(first));
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(quote.is_some())).peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => match characters.next_if(|(_, next)| [' ', '"', '\'', '\\'].contains(next)) {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            _ if Some(character) == quote => return Some((value, &text[at + 1..])),
            _ if quote.is_none() && character.is_whitespace() => return Some((value, &text[at..])),
            _ => value.push(character),
        }
    }
    quote.is_none().then_some((value, ""))
}

fn malformed(last: Option<&String>) -> Failure {
    let place = last.map_or(String::new(), |last| format!(" (the last that could be read is `{last}`)"));
    Failure::new(
        format!("a parameter override is not `Key=Value`{place}"),
        "keys are letters and digits; write a value with spaces as `Key='one two'`, within quotes of the shell",
    )
}

fn open_quote(key: &str) -> Failure {
    Failure::new(format!("the quote in the value of the parameter `{key}` is not closed"), "close it, or write `\\'`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_sam_is_read() {
        let table: [(&[&str], &str); 15] = [
            (&[], ""),
            (&["", "  "], ""),
            (&["Stage=dev"], "Stage→dev"),
            (&["Stage=dev", "Size=8"], "Size→8 | Stage→dev"),
            (&["Stage=dev  Size=8"], "Size→8 | Stage→dev"),
            (&["Stage=dev", "Stage=prod"], "Stage→prod"),
            (&["ParameterKey=Stage,ParameterValue=dev"], "Stage→dev"),
            (&["ParameterKey=Stage,ParameterValue=dev ParameterKey=Size,ParameterValue='8 9'"], "Size→8 9 | Stage→dev"),
            (&[r#"Stage="de v" Size=8"#], "Size→8 | Stage→de v"),
            (&[r#""Stage"='it\'s'"#], "Stage→it's"),
            (&[r"Stage=de\ v"], "Stage→de v"),
            (&[r"Pattern=\d+\\"], r"Pattern→\d+\"),
            (&["Stage="], "Stage→"),
            (&["Stage=''"], "Stage→"),
            (&["Subnets=a,b=c", r#"Json={"a":1}"#], r#"Json→{"a":1} | Subnets→a,b=c"#),
        ];
        for (words, expected) in table {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let values: Vec<_> = parse(&words).unwrap().iter().map(|(key, value)| format!("{key}→{value}")).collect();
            assert_eq!(values.join(" | "), expected, "{words:?}");
        }
    }

    #[test]
    fn what_is_no_pair_is_refused_without_its_value() {
        for word in [
            "secret",
            "=secret",
            "A B=secret",
            "Stage=dev secret",
            "Stage='secret",
            "a-b=secret",
            "ParameterKey=A,secret",
        ] {
            let failure = parse(&[word.to_owned()]).unwrap_err().to_string();
            assert!(!failure.contains("secret"), "{word}: {failure}");
        }
        let failure = parse(&["Stage=dev secret".to_owned()]).unwrap_err().to_string();
        assert!(failure.contains("the last that could be read is `Stage`"), "{failure}");
    }
}
