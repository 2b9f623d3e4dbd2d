#!/usr/bin/env python3
"""Expand a SAM template into CloudFormation with AWS's own translator, offline.

Prints the expanded template as JSON (sorted keys, indent 1). An invalid template's errors go to
stderr, one a line, with exit code 1; a crash of the translator itself is exit code 2.
Needs only `pip install aws-sam-cli` (it brings aws-sam-translator): no network, no credentials.
Parameters are the template's defaults, then --parameter. As in the service's macro, the only
pseudo parameters with values are AWS::Region and AWS::Partition; the account and the stack's name
stay symbolic. Names of managed policies come from the translator's own map.
"""

import argparse, json, logging, os, sys, traceback
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
from samtranslator.utils.py27hash_fix import to_py27_compatible_template

# The properties that `sam package` would upload, by section of Globals or type of resource.
UPLOADS = {"Function": "CodeUri", "LayerVersion": "ContentUri"}
UPLOADS |= dict.fromkeys(["Api", "HttpApi", "StateMachine"], "DefinitionUri")


class OfflineRepository:
    """Stands in for the Serverless Application Repository: every application exists."""

    def create_cloud_formation_template(self, ApplicationId, SemanticVersion):
        url = f"https://sar.invalid/{ApplicationId.split('/')[-1]}/{SemanticVersion}"
        return {"ApplicationId": ApplicationId, "TemplateId": "0", "Status": "ACTIVE", "TemplateUrl": url}


def as_map(value):
    return value if isinstance(value, dict) else {}


def package(template):
    """Replace local paths by S3 URIs, as `sam package` does: src/chat/ becomes s3://bucket/src/chat."""
    resources = map(as_map, as_map(template.get("Resources")).values())
    parts = [(str(each.get("Type")).removeprefix("AWS::Serverless::"), each.get("Properties")) for each in resources]
    for kind, properties in parts + list(as_map(template.get("Globals")).items()):
        path = as_map(properties).get(UPLOADS.get(kind))
        if isinstance(path, str) and "://" not in path and "{{" not in path:
            properties[UPLOADS[kind]] = "s3://bucket/" + (path.removeprefix("./").strip("/") or "value")


def translate(template, overrides, hosted=False):
    package(template)
    session, parameters = Session(region_name=REGION), SamParameterValues(overrides)
    parameters.add_default_parameter_values(template)
    parameters.add_pseudo_parameter_values(session)
    values = parameters.parameter_values
    if hosted:  # The service's macro first gives maps the order of keys of Python 2.
        to_py27_compatible_template(template, values)
    applications = ServerlessAppPlugin(sar_client=OfflineRepository(), parameters=values)
    return Translator({}, Parser(), [applications], session).translate(template, values)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("file", type=Path)
    options.add_argument("--parameter", action="append", default=[], metavar="K=V", type=lambda kv: kv.split("=", 1))
    options.add_argument("--hosted", action="store_true", help="order keys as the service's macro does")
    options = options.parse_args()
    try:
        template = yaml_parse(options.file.read_text("utf-8"))
        print(json.dumps(translate(template, dict(options.parameter), options.hosted), sort_keys=True, indent=1))
    except ExceptionWithMessage as error:
        sys.exit("\n".join([error.message] + [cause.message for cause in getattr(error, "causes", [])]))
    except Exception:  # a bug of the translator
        traceback.print_exc()
        sys.exit(2)
