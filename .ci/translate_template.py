#!/usr/bin/env python3
"""Expands a SAM template into CloudFormation with AWS's own translator, offline.

Prints the expanded template as JSON. What an invalid template is rejected for goes to stderr, with exit code 1.
`sam validate --lint` looks at a template before SAM's transform, where a dependency cycle between generated resources does
not show: the output of this script can be linted for real.

As in the service's macro, the only pseudo parameters with values are AWS::Region and AWS::Partition. Conditions stay in the
output, because CloudFormation evaluates them.

Usage: translate_template.py [--live] TEMPLATE [PARAMETER=VALUE ...]

`--live` turns gradual deployments on: it keeps the lines that begin with `#live` and removes those that end in `#latest`.
"""

import argparse
import json
import logging
import os
import re
import sys
from pathlib import Path

os.environ["AWS_DEFAULT_REGION"] = REGION = "us-east-1"
logging.disable()

from boto3 import Session
from samcli.yamlhelper import yaml_parse
from samtranslator.model.exceptions import ExceptionWithMessage
from samtranslator.parser.parser import Parser
from samtranslator.plugins.application.serverless_app_plugin import ServerlessAppPlugin
from samtranslator.sdk.parameter import SamParameterValues
from samtranslator.translator.translator import Translator

# The properties that `sam package` uploads, by section of Globals or type of resource.
UPLOADS = {"Function": "CodeUri", "LayerVersion": "ContentUri"}
UPLOADS |= dict.fromkeys(["Api", "HttpApi", "StateMachine"], "DefinitionUri")


class OfflineRepository:
    """Stands in for the Serverless Application Repository: every application exists."""

    def create_cloud_formation_template(self, ApplicationId, SemanticVersion):
        url = f"https://sar.invalid/{ApplicationId.split('/')[-1]}/{SemanticVersion}"
        return {"ApplicationId": ApplicationId, "TemplateId": "0", "Status": "ACTIVE", "TemplateUrl": url}


def as_map(value):
    return value if isinstance(value, dict) else {}


def package(template: dict) -> None:
    """Replaces local paths by S3 URIs, as `sam package` does: src/chat/ becomes s3://bucket/src/chat."""
    resources = map(as_map, as_map(template.get("Resources")).values())
    parts = [(str(each.get("Type")).removeprefix("AWS::Serverless::"), each.get("Properties")) for each in resources]
    for kind, properties in parts + list(as_map(template.get("Globals")).items()):
        path = as_map(properties).get(UPLOADS.get(kind))
        if isinstance(path, str) and "://" not in path and "{{" not in path:
            properties[UPLOADS[kind]] = "s3://bucket/" + (path.removeprefix("./").strip("/") or "value")


def translate(template: dict, overrides: dict[str, str]) -> dict:
    """Expands a template. Raises an `ExceptionWithMessage` where SAM rejects it."""
    package(template)
    session, parameters = Session(region_name=REGION), SamParameterValues(overrides)
    parameters.add_default_parameter_values(template)
    parameters.add_pseudo_parameter_values(session)
    values = parameters.parameter_values
    applications = ServerlessAppPlugin(sar_client=OfflineRepository(), parameters=values)
    return Translator({}, Parser(), [applications], session).translate(template, values)


def reasons(error: ExceptionWithMessage) -> list[str]:
    """Returns why SAM rejects a template, one reason a line."""
    return [error.message] + [cause.message for cause in getattr(error, "causes", [])]


def with_aliases(text: str) -> str:
    """Does what the `sed` command of docs/operations.md does."""
    return re.sub(r"#live ", "", re.sub(r".* #latest\n", "", text))


def with_defaults(template: dict, values: dict[str, str]) -> dict:
    """Makes each value the default of its parameter, so that a linter sees it, too."""
    declared = template.get("Parameters", {})
    if unknown := values.keys() - declared.keys():
        sys.exit(f"not a parameter of the template: {', '.join(sorted(unknown))}")
    for name, value in values.items():
        declared[name]["Default"] = int(value) if declared[name]["Type"] == "Number" else value
    return template


def secrets(template: dict) -> dict[str, str]:
    """Returns values for the parameters without a default, which a deployment has to name."""
    declared = template.get("Parameters", {})
    return {name: name for name, declaration in declared.items() if "Default" not in declaration}


def main() -> None:
    arguments = argparse.ArgumentParser(description="Expands a SAM template.")
    arguments.add_argument("--live", action="store_true", help="turn gradual deployments on")
    arguments.add_argument("template", type=Path)
    arguments.add_argument("values", nargs="*", metavar="PARAMETER=VALUE")
    options = arguments.parse_args()
    text = options.template.read_text("utf-8")
    template = with_defaults(
        yaml_parse(with_aliases(text) if options.live else text), dict(value.split("=", 1) for value in options.values)
    )
    try:
        json.dump(translate(template, secrets(template)), sys.stdout, indent=2)
    except ExceptionWithMessage as error:
        sys.exit("\n".join(reasons(error)))


if __name__ == "__main__":
    main()
