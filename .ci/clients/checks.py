"""Checks: functions whose names are sentences. Each is run, and told in one line."""

import re
import sys
import traceback
from collections.abc import Callable

_checks: list[Callable[[], None]] = []


def check(function: Callable[[], None]) -> Callable[[], None]:
    """Takes a function among the checks."""
    _checks.append(function)
    return function


def run_checks() -> None:
    """Runs all checks in their order, and ends the process: with 1 if one failed."""
    failed = 0
    for function in _checks:
        sentence = function.__name__.replace("_", " ")
        try:
            function()
            print(f"ok      {sentence}", flush=True)
        except Exception:  # whatever it is, the other checks are still worth knowing
            failed += 1
            print(f"FAILED  {sentence}\n{traceback.format_exc()}", flush=True)
    print(f"{len(_checks) - failed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)


def equal(actual: object, expected: object) -> None:
    """Fails if the two differ."""
    assert actual == expected, f"{actual!r} instead of {expected!r}"


def matches(actual: str, pattern: str) -> None:
    """Fails if the pattern is not the whole of the text."""
    assert isinstance(actual, str) and re.fullmatch(pattern, actual), f"{actual!r} does not match {pattern}"
