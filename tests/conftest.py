"""What all tests share.

Properties are about results: on a busy machine a slow example is no failure. Where torch is not installed, what needs
it is skipped, and says so.
"""

from __future__ import annotations

import atexit
import os
import re
import sys
from collections.abc import Generator
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, settings

# Every day the same examples, so that a change alone turns a test red; `make test-hard` looks for new ones.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile(
    "hard", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=2000, derandomize=False
)
settings.load_profile("steady")

TRAIN = ("torch", "safetensors", "onnx", "onnxscript", "imageio")
"""What the extra `train` of pyproject.toml installs."""
LACKING = find_spec("torch") is None
REASON = "torch is not installed"


_session: pytest.Session | None = None


def pytest_sessionstart(session: pytest.Session) -> None:
    global _session
    _session = session


def _leave_at_once() -> None:
    """Blender as a module ends when Python lets go of it. Where it does not (pytest and torch hold on to everything),
    a thread of Blender's is left that its own clean-up waits for, for ever. By now all is reported and written."""
    if "bpy" in sys.modules and _session is not None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(_session.exitstatus))


atexit.register(_leave_at_once)  # among the first, so that it comes after nearly everybody else's


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A file of tests that cannot be imported without torch."""
    report = yield
    if LACKING and report.failed:
        missing = re.search(r"No module named '(\w+)", str(report.longrepr))
        if missing and missing[1] in TRAIN:
            report.outcome = "skipped"
            report.longrepr = (str(collector.path), 0, f"Skipped: {REASON}")
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Single tests: those marked `torch`, and those of an engine of that name."""
    for item in items if LACKING else ():
        engines = (
            item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
        )
        if item.get_closest_marker("torch") or "torch" in [one for one in engines if isinstance(one, str)]:
            item.add_marker(pytest.mark.skip(reason=REASON))
