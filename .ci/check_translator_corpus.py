#!/usr/bin/env python3
"""Checks the corpus of SAM templates against AWS's translator.

Each template in `valid` must translate. Each in `invalid` must be rejected, with the words in the comment of its first line.
"""

import sys
from pathlib import Path

from samcli.yamlhelper import yaml_parse
from samtranslator.model.exceptions import ExceptionWithMessage

from translate_template import translate

CORPUS = Path(__file__).parent.parent / "local/sam/tests/translator"


def rejection(file: Path) -> str | None:
    """Returns why the translator rejects a template, or None if it does not."""
    try:
        translate(yaml_parse(file.read_text("utf-8")), {})
    except ExceptionWithMessage as error:
        return "\n".join([error.message] + [cause.message for cause in getattr(error, "causes", [])])
    except Exception as error:  # The translator crashes on some templates that it should reject.
        return f"{type(error).__name__}: {error}"
    return None


problems = []
for file in sorted(CORPUS.glob("valid/*.yaml")):
    if reason := rejection(file):
        problems.append(f"{file.name} is rejected: {reason}")
for file in sorted(CORPUS.glob("invalid/*.yaml")):
    words = file.read_text("utf-8").splitlines()[0].removeprefix("#").strip()
    reason = rejection(file)
    if reason is None or words not in reason:
        problems.append(f"{file.name} should be rejected with `{words}`, and the translator says: {reason}")
print(f"{len(list(CORPUS.glob('*/*.yaml')))} templates, {len(problems)} problems", *problems, sep="\n")
sys.exit(bool(problems))
