"""Expands a SAM template as the deployment does, and prints CloudFormation.

`sam validate --lint` looks at the template before SAM's transform, where a dependency cycle between generated resources
does not show. The output of this script can be linted for real.

Usage: expand_template.py [--live] TEMPLATE [PARAMETER=VALUE ...]

`--live` turns gradual deployments on: it keeps the lines that begin with `#live` and removes those that end in `#latest`.
Conditions stay in the output, because CloudFormation evaluates them. A parameter's value matters where SAM needs it.
"""

import argparse
import json
import re
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator


def with_aliases(text: str) -> str:
    """Does what the `sed` command of docs/operations.md does."""
    return re.sub(r"#live ", "", re.sub(r".* #latest\n", "", text))


def expand(text: str, values: dict[str, str]) -> dict:
    template = yaml_parse(text)
    # A deployment replaces local code by the place it was uploaded to.
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    template.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
    declared = template.get("Parameters", {})
    if unknown := values.keys() - declared.keys():
        sys.exit(f"not a parameter of the template: {', '.join(sorted(unknown))}")
    # The default becomes the value, so that a linter sees it, too.
    for name, value in values.items():
        declared[name]["Default"] = int(value) if declared[name]["Type"] == "Number" else value
    # A parameter without a default is a secret, which a deployment has to name.
    parameters = {name: declaration.get("Default", name) for name, declaration in declared.items()}
    return Translator(managed_policy_map={}, sam_parser=Parser()).translate(template, parameters)


def main() -> None:
    arguments = argparse.ArgumentParser(description="Expands a SAM template.")
    arguments.add_argument("--live", action="store_true", help="turn gradual deployments on")
    arguments.add_argument("template")
    arguments.add_argument("values", nargs="*", metavar="PARAMETER=VALUE")
    options = arguments.parse_args()
    with open(options.template, encoding="utf-8") as file:
        text = file.read()
    if options.live:
        text = with_aliases(text)
    values = dict(value.split("=", 1) for value in options.values)
    json.dump(expand(text, values), sys.stdout, indent=2)


if __name__ == "__main__":
    main()
