#!/usr/bin/env python3
"""Compares our expansion of SAM templates with AWS's translator.

- Each template in `valid` of the corpus must expand to the same resources, conditions and outputs, and the local stack must serve
  the same of it as of its translation. So must each template that this repository deploys, or that a test of the command starts.
- Each in `invalid` must be rejected by the translator, with the words in the comment of its first line.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from samcli.yamlhelper import yaml_parse
from samtranslator.model.exceptions import ExceptionWithMessage

from translate_template import reasons, translate

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "local/sam/tests/translator"
EXAMPLES = ROOT / "target/debug/examples"
# Python's YAML reader takes `yes` for true and 010 for 8, ours takes both for text.
DIFFERENT = {"template-yaml-kinds"}


def rejection(file: Path) -> str | None:
    """Returns why the translator rejects a template, or None if it does not."""
    try:
        translate(yaml_parse(file.read_text("utf-8")), {})
    except ExceptionWithMessage as error:
        return "\n".join(reasons(error))
    except Exception as error:  # The translator crashes on some templates that it should reject.
        return f"{type(error).__name__}: {error}"
    return None


def unpackage(template: dict) -> dict:
    """Puts local paths back in place of the S3 locations that `translate` made of them."""
    places = {
        "AWS::Lambda::Function": ("Code", "S3Bucket", "S3Key"),
        "AWS::Lambda::LayerVersion": ("Content", "S3Bucket", "S3Key"),
        "AWS::ApiGateway::RestApi": ("BodyS3Location", "Bucket", "Key"),
        "AWS::ApiGatewayV2::Api": ("BodyS3Location", "Bucket", "Key"),
        "AWS::StepFunctions::StateMachine": ("DefinitionS3Location", "Bucket", "Key"),
    }
    for resource in template["Resources"].values():
        name, bucket, key = places.get(resource.get("Type"), (None, None, None))
        properties = resource.get("Properties") or {}
        location = properties.get(name)
        if isinstance(location, dict) and location.keys() == {bucket, key} and location[bucket] == "bucket":
            properties[name] = location[key]
        elif isinstance(location, str) and "://" not in location:
            properties[name] = location.removeprefix("./").strip("/") or "value"
    return template


def comparable(template: dict) -> dict:
    """Returns the sections that SAM changes. Ids of deployments are digests of Python's own representation of a document."""
    sections = {name: template.get(name, {}) for name in ["Resources", "Conditions", "Outputs"]}
    for resource in sections["Resources"].values():
        # Only a repository knows where its applications are.
        if str((resource.get("Properties") or {}).get("TemplateURL")).startswith("https://sar.invalid/"):
            del resource["Properties"]["TemplateURL"]
    text = json.dumps(unpackage(sections))
    text = re.sub(r"deployment id: [0-9a-f]{40}", "deployment id", text)
    return json.loads(re.sub(r"Deployment[0-9a-f]{10}\b", "Deployment", text))


def differences(ours, theirs, path=""):
    """Yields each place at which two values differ."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in ours | theirs:
            if key not in ours or key not in theirs:
                yield f"{path}.{key} is only in {'the translation' if key in theirs else 'our expansion'}"
            else:
                yield from differences(ours[key], theirs[key], f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, pair in enumerate(zip(ours, theirs)):
            yield from differences(*pair, f"{path}[{index}]")
    elif ours != theirs:
        yield f"{path} is {json.dumps(ours)}, and in the translation {json.dumps(theirs)}"


def run(example: str, file: Path) -> tuple[str | None, str]:
    """Runs an example of `local-sam` with a template. Returns what it prints, or None and why it fails."""
    result = subprocess.run([EXAMPLES / example, file], capture_output=True, text=True)
    return None if result.returncode else result.stdout, result.stderr.strip()


def check(file: Path):
    """Yields what is wrong with our expansion of a template, and with what is served of it."""
    name = file.relative_to(ROOT)
    if reason := rejection(file):
        yield f"{name} is rejected: {reason}"
        return
    # The translator has dictionaries of its own.
    translation = json.loads(json.dumps(translate(yaml_parse(file.read_text("utf-8")), {})))
    expansion, failure = run("expand", file)
    if expansion is None:
        yield f"{name}: {failure}"
        return
    yield from (f"{name}: {each}" for each in differences(comparable(json.loads(expansion)), comparable(translation)))
    # Both are read from one directory, because paths of code and of nested stacks start there.
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        for sibling in file.parent.iterdir():
            (work / sibling.name).symlink_to(sibling)
        (work / "translation.json").write_text(json.dumps(unpackage(translation)))
        # Some routes end at functions of other stacks: then neither is served.
        if run("model", work / file.name)[0] != run("model", work / "translation.json")[0]:
            yield f"{name}: the local stack does not serve the same of its translation"


def templates() -> list[Path]:
    """Returns the templates that this repository deploys, and those that tests of the command start."""
    patterns = ["template.yaml", "*/template.yaml", "tests/stories/templates/*.yaml", "local/cli/tests/commands/*.yaml"]
    files = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in files.stdout.splitlines()]


def main() -> None:
    subprocess.run(["cargo", "build", "--locked", "--package", "local-sam", "--examples"], cwd=ROOT, check=True)
    problems = []
    files = [file for file in sorted(CORPUS.glob("valid/*.yaml")) + templates() if file.stem not in DIFFERENT]
    for file in files:
        problems += check(file)
    invalid = sorted(CORPUS.glob("invalid/*.yaml"))
    for file in invalid:
        words = file.read_text("utf-8").splitlines()[0].removeprefix("#").strip()
        reason = rejection(file)
        if reason is None or words not in reason:
            problems.append(f"{file.name} should be rejected with `{words}`, and the translator says: {reason}")
    print(f"{len(files)} templates, {len(invalid)} invalid, {len(problems)} problems", *problems, sep="\n")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
