//! The configuration file of `sam` beside a template.

use std::path::{Path, PathBuf};

use local_sam::samconfig::{Choice, Configuration, read};

use crate::harness::texts;

const TOML: &str = r#"
version = 0.1

[default.global.parameters]
stack_name = "app"
parameter_overrides = "Stage=global"

[default.deploy.parameters]
parameter_overrides = ["Stage=dev", "Size=8 Name='two words'"]

[prod.deploy.parameters]
parameter_overrides = "Stage=\"prod\" Size=16"

[local.deploy.parameters]
parameter_overrides = "Stage=dev"
[local.local_start_api.parameters]
parameter_overrides = { Stage = "here", Size = 1, Zones = ["a", "b"], Strict = true }

[shared.global.parameters]
parameter_overrides = "Stage=shared"
[shared.deploy.parameters]
stack_name = "shared"
"#;

fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

fn environment(name: &str) -> Choice {
    Choice { file: None, environment: Some(name.to_owned()) }
}

fn template(directory: &tempfile::TempDir) -> PathBuf {
    directory.path().join("template.yaml")
}

#[test]
fn every_environment_has_its_parameters() {
    let directory = directory(&[("samconfig.toml", TOML)]);
    let read = |choice: &Choice| read(&template(&directory), choice).unwrap().parameters;
    assert_eq!(read(&Choice::default()), texts(&[("Stage", "dev"), ("Size", "8"), ("Name", "two words")]));
    assert_eq!(read(&environment("prod")), texts(&[("Stage", "prod"), ("Size", "16")]));
    let own = texts(&[("Stage", "here"), ("Size", "1"), ("Zones", "a,b"), ("Strict", "true")]);
    assert_eq!(read(&environment("local")), own);
    assert_eq!(read(&environment("shared")), texts(&[("Stage", "shared")]));
}

#[test]
fn without_a_file_there_is_nothing_to_say() {
    let directory = directory(&[]);
    assert_eq!(read(&template(&directory), &Choice::default()).unwrap(), Configuration::default());
    assert_eq!(read(Path::new("nowhere.yaml"), &Choice::default()).unwrap(), Configuration::default());
    let failure = read(&template(&directory), &environment("prod")).unwrap_err().to_string();
    assert!(
        failure.contains("the environment `prod` does not exist") && failure.contains("`--config-file FILE`"),
        "{failure}"
    );
}

#[test]
fn the_yaml_form_and_another_name_are_read_too() {
    let yaml = "version: 0.1\ndefault: {deploy: {parameters: {parameter_overrides: [Stage=yaml, {Size: 3}]}}}";
    let other = "[default.deploy.parameters]\nparameter_overrides = 'Stage=other'";
    let directory = directory(&[("samconfig.yaml", yaml), ("other.toml", other)]);
    let parameters = read(&template(&directory), &Choice::default()).unwrap().parameters;
    assert_eq!(parameters, texts(&[("Stage", "yaml"), ("Size", "3")]));
    let choice = Choice { file: Some("other.toml".into()), environment: None };
    assert_eq!(read(&template(&directory), &choice).unwrap().parameters, texts(&[("Stage", "other")]));
}

#[test]
fn what_cannot_be_read_is_named_and_no_secret_is_shown() {
    let wrong = |overrides: &str| format!("[default.deploy.parameters]\nparameter_overrides = {overrides}");
    let table = [
        (wrong("'secret'"), "`parameter_overrides` of `default.deploy` in"),
        (wrong("7"), "neither text nor a list nor a table"),
        (wrong("'file://more.yaml'"), "in another file"),
        (wrong("{ '$include' = 'more.yaml' }"), "in another file"),
        (wrong("{ Stage = { secret = 1 } }"), "the value of `Stage` is a table"),
        (wrong("'secret"), "in line 2"),
    ];
    for (text, words) in table {
        let directory = directory(&[("samconfig.toml", &text)]);
        let failure = read(&template(&directory), &Choice::default()).unwrap_err().to_string();
        assert!(failure.contains(words), "{text}: {failure}");
        assert!(!failure.contains("secret"), "{text}: {failure}");
    }
    let directory = directory(&[("samconfig.toml", TOML)]);
    let failure = read(&template(&directory), &environment("Prod")).unwrap_err().to_string();
    assert!(failure.contains("no environment `Prod`") && failure.contains("`default`, `local`, `prod`"), "{failure}");
    let choice = Choice { file: Some("missing.toml".into()), environment: None };
    let failure = read(&template(&directory), &choice).unwrap_err().to_string();
    assert!(failure.contains("cannot read the configuration"), "{failure}");
}
