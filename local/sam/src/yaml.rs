//! YAML with CloudFormation's short tags, or JSON, as a tree in which every intrinsic has its long form.

use serde_json::{Map, Value};
use serde_yaml_ng::Value as Yaml;
use serde_yaml_ng::value::TaggedValue;

use super::problem::Problem;

/// Tags that stand for `Fn::` and their own name. Some are for `Rules` only.
const FUNCTION_TAGS: [&str; 25] = [
    "And",
    "Base64",
    "Cidr",
    "Contains",
    "EachMemberEquals",
    "EachMemberIn",
    "Equals",
    "FindInMap",
    "ForEach",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "RefAll",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
    "ValueOf",
    "ValueOfAll",
];

/// Tags that stand for their own name.
const PLAIN_TAGS: [&str; 2] = ["Condition", "Ref"];

/// How deep brackets may be nested, also within texts: the parsers themselves accept 128 levels outside of texts.
const DEEPEST: usize = 1_000;

/// Parses a template's text.
///
/// Nesting is limited by both parsers to 128 levels, and aliases by the YAML parser's repetition limit.
pub(super) fn parse(text: &str) -> Result<Value, Problem> {
    check_depth(text)?;
    // Some editors begin a file with a byte order mark.
    let text = text.trim_start_matches('\u{feff}');
    let mut document = match json(text) {
        Some(document) => document,
        None => serde_yaml_ng::from_str(text).map_err(|error| not_yaml(&error))?,
    };
    document.apply_merge().map_err(|error| not_yaml(&error))?;
    long_form(document)
}

/// Rejects brackets that are nested far deeper than the parsers accept, for which they take very long.
fn check_depth(text: &str) -> Result<(), Problem> {
    let mut depth = 0_usize;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(Problem::new(
                format!("brackets are nested deeper than {DEEPEST} levels"),
                "correct the template",
            ));
        }
    }
    Ok(())
}

/// JSON is read as such where it is JSON: YAML knows neither its surrogate pairs nor its tabs everywhere.
fn json(text: &str) -> Option<Yaml> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    serde_json::from_str(text).ok()
}

fn not_yaml(error: &serde_yaml_ng::Error) -> Problem {
    let mut message = format!("not YAML: {error}");
    // Some of the parser's messages say where they are, some leave it to us.
    if let Some(location) = error.location()
        && !message.contains(" at line ")
    {
        message = format!("{message} at line {} column {}", location.line(), location.column());
    }
    Problem::new(message, "correct the template, or name another one with `--template FILE`")
}

fn long_form(value: Yaml) -> Result<Value, Problem> {
    Ok(match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(boolean) => Value::Bool(boolean),
        Yaml::String(text) => Value::String(text),
        Yaml::Number(number) => scalar(&number),
        Yaml::Sequence(items) => items.into_iter().map(long_form).collect::<Result<_, _>>()?,
        Yaml::Mapping(mapping) => {
            let mut object = Map::new();
            for (key, value) in mapping {
                let key = key_text(key)?;
                let value = long_form(value)?;
                if object.contains_key(&key) {
                    return Err(Problem::new(
                        format!("the key `{key}` is there twice in a mapping"),
                        "remove one of them",
                    ));
                }
                object.insert(key, value);
            }
            Value::Object(object)
        }
        Yaml::Tagged(tagged) => untag(*tagged)?,
    })
}

fn scalar(number: &serde_yaml_ng::Number) -> Value {
    match serde_json::to_value(number) {
        Ok(value @ Value::Number(_)) => value,
        // JSON has no infinity.
        _ => Value::String(number.to_string()),
    }
}

fn key_text(key: Yaml) -> Result<String, Problem> {
    match key {
        Yaml::String(text) => Ok(text),
        Yaml::Number(number) => Ok(number.to_string()),
        Yaml::Bool(boolean) => Ok(boolean.to_string()),
        _ => Err(Problem::new("a key of a mapping is not text", "write every key as a plain word")),
    }
}

fn untag(tagged: TaggedValue) -> Result<Value, Problem> {
    let tag = tagged.tag.to_string();
    let name = tag.trim_start_matches('!');
    let key = if PLAIN_TAGS.contains(&name) {
        name.to_owned()
    } else if FUNCTION_TAGS.contains(&name) {
        format!("Fn::{name}")
    } else {
        let known = PLAIN_TAGS.iter().chain(&FUNCTION_TAGS).map(|tag| format!("`!{tag}`")).collect::<Vec<_>>();
        return Err(Problem::new(
            format!("`{tag}` is not a tag of CloudFormation"),
            format!("the tags are {}", known.join(", ")),
        ));
    };
    let value = match (name, long_form(tagged.value)?) {
        ("GetAtt", Value::String(path)) => match path.split_once('.') {
            Some((resource, attribute)) => Value::from(vec![resource, attribute]),
            None => Value::String(path),
        },
        (_, value) => value,
    };
    Ok(Value::Object(Map::from_iter([(key, value)])))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_tags_become_their_long_form() {
        let table = [
            ("!Ref Table", json!({"Ref": "Table"})),
            ("!GetAtt Fn.Arn", json!({"Fn::GetAtt": ["Fn", "Arn"]})),
            ("!GetAtt Nested.Outputs.Arn", json!({"Fn::GetAtt": ["Nested", "Outputs.Arn"]})),
            ("!GetAtt [Fn, Arn]", json!({"Fn::GetAtt": ["Fn", "Arn"]})),
            ("!Sub '${A}-b'", json!({"Fn::Sub": "${A}-b"})),
            ("!Sub ['${A}', {A: 1}]", json!({"Fn::Sub": ["${A}", {"A": 1}]})),
            ("!If [C, !Ref A, !Sub b]", json!({"Fn::If": ["C", {"Ref": "A"}, {"Fn::Sub": "b"}]})),
            ("!Not [!Condition C]", json!({"Fn::Not": [{"Condition": "C"}]})),
            ("!Base64\n  Fn::Sub: x", json!({"Fn::Base64": {"Fn::Sub": "x"}})),
            ("!ImportValue x", json!({"Fn::ImportValue": "x"})),
        ];
        for (yaml, expected) in table {
            assert_eq!(parse(yaml), Ok(expected), "{yaml}");
        }
    }

    #[test]
    fn plain_scalars_stay_what_they_look_like() {
        let yaml = "{a: yes, b: no, c: on, d: $connect, e: 2010-09-09, f: 0123, g: true, h: 7, i: ~}";
        let expected = json!({
            "a": "yes", "b": "no", "c": "on", "d": "$connect", "e": "2010-09-09", "f": "0123", "g": true, "h": 7, "i": null
        });
        assert_eq!(parse(yaml), Ok(expected));
        assert_eq!(parse("\u{feff}a: b"), Ok(json!({"a": "b"})));
        assert_eq!(parse("{on: 1, 2: x, true: y}"), Ok(json!({"on": 1, "2": "x", "true": "y"})));
    }

    #[test]
    fn json_with_tabs_and_surrogate_pairs_is_read() {
        assert_eq!(parse("{\n\t\"a\":\t\"\\ud83d\\ude00\\/\"\n}"), Ok(json!({"a": "😀/"})));
    }

    #[test]
    fn merge_keys_are_applied() {
        assert_eq!(
            parse("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}"),
            Ok(json!({"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}}))
        );
    }

    #[test]
    fn what_is_not_template_language_is_rejected_with_its_place() {
        let table = [
            ("a:\n  b: 1\n  b: 2\n", "line 2 column 3"),
            ("{\"a\": 1, \"a\": 2}", "duplicate entry"),
            ("1: a\n'1': b", "is there twice"),
            ("a: !Nonsense x", "not a tag of CloudFormation"),
            ("a: &x [*x]", "recursion limit"),
            ("? [a]\n: b", "is not text"),
        ];
        for (yaml, words) in table {
            let problem = parse(yaml).unwrap_err();
            assert!(problem.message().contains(words), "{yaml}: {}", problem.message());
        }
    }
}
