use serde_json::json;

use super::*;

fn resolve(value: &Value) -> Result<Option<Value>, Problem> {
    let mappings = json!({"Sizes": {"dev": {"small": 1, "list": ["a", "b"]}}});
    let parameters = [
        ("Stage", Parameter::Text("dev".into())),
        ("Zones", Parameter::List(vec!["x".into(), "y".into()])),
        ("Image", Parameter::InParameterStore),
        ("Zone", Parameter::Missing),
    ];
    struct Function;
    impl Resources for Function {
        fn value(&self, path: &str, _resolver: &Resolver<'_>) -> Result<String, Problem> {
            match path {
                "Fn" => Ok("fn".to_owned()),
                "Fn.Arn" => Ok("arn:fn".to_owned()),
                _ => Err(Problem::new(format!("`{}` is unknown", path.replace('.', "`.`")), "write `Fn`")),
            }
        }
    }
    let resolver = Resolver {
        stack_name: "local".to_owned(),
        secrets: &Secrets::default(),
        depth: Cell::new(0),
        parameters: Parameters {
            values: parameters.map(|(name, value)| (name.to_owned(), value)).into(),
            ..Parameters::default()
        },
        imports: &[("network-Vpc".to_owned(), "vpc-1".to_owned())].into(),
        mappings: mappings.as_object().unwrap(),
        conditions: [("Yes".to_owned(), Ok(true)), ("No".to_owned(), Ok(false))].into(),
        resources: &Function,
    };
    resolver.deep(value)
}

#[test]
fn every_intrinsic_gives_its_value() {
    let table = [
        (json!({"Ref": "Stage"}), json!("dev")),
        (json!({"Ref": "Zones"}), json!(["x", "y"])),
        (json!({"Ref": "AWS::Region"}), json!("us-east-1")),
        (json!({"Ref": "AWS::StackName"}), json!("local")),
        (json!({"Ref": "Fn"}), json!("fn")),
        (json!({"Fn::GetAtt": ["Fn", "Arn"]}), json!("arn:fn")),
        (json!({"Fn::GetAtt": "Fn.Arn"}), json!("arn:fn")),
        (json!({"Fn::Sub": "${Stage}-${Fn.Arn}-${!Literal}"}), json!("dev-arn:fn-${Literal}")),
        (json!({"Fn::Sub": ["${A}-${Stage}", {"A": {"Ref": "Fn"}}]}), json!("fn-dev")),
        (json!({"Fn::Join": ["/", ["a", {"Ref": "Stage"}, 3]]}), json!("a/dev/3")),
        (json!({"Fn::Join": [",", {"Ref": "Zones"}]}), json!("x,y")),
        (json!({"Fn::If": ["Yes", "a", {"Ref": "Unknown"}]}), json!("a")),
        (json!({"Fn::If": ["No", {"Ref": "Unknown"}, {"Ref": "Stage"}]}), json!("dev")),
        (json!(["a", {"Ref": "AWS::NoValue"}, "b"]), json!(["a", "b"])),
        (json!({"a": 1, "b": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}}), json!({"a": 1})),
        (json!({"Fn::Select": [1, {"Fn::Split": [":", "a:b:c"]}]}), json!("b")),
        (json!({"Fn::Select": ["0", {"Ref": "Zones"}]}), json!("x")),
        (json!({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "small"]}), json!(1)),
        (json!({"Fn::FindInMap": ["Sizes", "dev", "list"]}), json!(["a", "b"])),
        (json!({"Fn::FindInMap": ["Sizes", "prod", "small", {"DefaultValue": 9}]}), json!(9)),
        (json!({"Fn::Base64": "hello"}), json!("aGVsbG8=")),
        (json!({"Fn::GetAZs": ""}), json!(["us-east-1a", "us-east-1b", "us-east-1c"])),
        (json!({"Fn::ToJsonString": {"a": {"Ref": "Stage"}}}), json!("{\"a\":\"dev\"}")),
        (json!({"Fn::ImportValue": {"Fn::Sub": "network-Vpc"}}), json!("vpc-1")),
        (json!({"Fn::Length": {"Ref": "Zones"}}), json!(2)),
    ];
    for (value, expected) in table {
        assert_eq!(resolve(&value), Ok(Some(expected)), "{value}");
    }
    assert_eq!(resolve(&json!({"Ref": "AWS::NoValue"})), Ok(None));
}

#[test]
fn what_has_no_value_here_says_why() {
    let table = [
        (json!({"Ref": "Nobody"}), "`Nobody`"),
        (json!({"Ref": "Image"}), "Systems Manager"),
        (json!({"Ref": "Zone"}), "`Zone` has no value"),
        (json!({"Ref": {"a": 1}}), "not text"),
        (json!({"Ref": "Fn.Arn"}), "is an attribute and not a resource"),
        (json!({"Fn::GetAtt": ["Fn", "Url"]}), "`Url`"),
        (json!({"Fn::GetAtt": ["Fn"]}), "2 arguments"),
        (json!({"Fn::Sub": "${Nobody}"}), "`Nobody`"),
        (json!({"Fn::Sub": "${Open"}), "not closed"),
        (json!({"Fn::Sub": {"a": 1}}), "`Fn::Sub`"),
        (json!({"Fn::Join": [1]}), "2 arguments"),
        (json!({"Fn::Join": ["", [{"a": 1}]]}), "not text"),
        (json!({"Fn::Select": [7, ["a"]]}), "no item 7"),
        (json!({"Fn::Split": ["", "a"]}), "empty"),
        (json!({"Fn::If": ["Maybe", 1, 2]}), "`Maybe`"),
        (json!({"Fn::FindInMap": ["Sizes", "prod", "small"]}), "`Sizes.prod.small`"),
        (json!({"Fn::ImportValue": "x"}), "another stack"),
        (json!({"Fn::Transform": {}}), "`Fn::Transform`"),
        (json!({"Fn::Cidr": []}), "`Fn::Cidr`"),
    ];
    for (value, words) in table {
        let problem = resolve(&value).unwrap_err();
        assert!(problem.message().contains(words), "{value}: {}", problem.message());
    }
}

#[test]
fn texts_that_double_at_every_level_are_refused() {
    let double = |mut value: Value| {
        for _ in 0..40 {
            value = json!({"Fn::Sub": ["${a}${a}", {"a": value}]});
        }
        resolve(&value)
    };
    assert!(double(json!("0123456789abcdef")).unwrap_err().message().contains("more than 1 MB"));
    assert_eq!(double(json!("")), Ok(Some(json!(""))));
}
