"""Expands a SAM template as the deployment does, and prints CloudFormation.

`sam validate --lint` looks at the template before SAM's transform, where a dependency cycle between generated resources
does not show. What this prints can be linted for real.

Usage: expand_template.py TEMPLATE
"""

import json
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        template = yaml_parse(file.read())
    # A deployment replaces local code by the place it was uploaded to.
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    template.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
    # A parameter without a default is a secret, which a deployment has to name.
    parameters = {name: value.get("Default", name) for name, value in template.get("Parameters", {}).items()}
    expanded = Translator(managed_policy_map={}, sam_parser=Parser()).translate(template, parameters)
    json.dump(expanded, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
