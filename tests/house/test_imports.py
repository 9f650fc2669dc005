"""Arrows between modules go one way; in the add-on also those drawn inside functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def imported(path: Path, package: str, inside: bool) -> Iterator[str]:
    """The modules of a package that a file imports, but for type checkers alone; `inside` of functions, too."""
    folder = ROOT / package
    parts = path.relative_to(ROOT).with_suffix("").parts
    here = list(parts[:-1])  # the package that relative imports start from; __init__ is its package's own
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if (isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING")
        or (isinstance(node, ast.FunctionDef) and not inside)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom):
            base = here[: len(here) + 1 - node.level] if node.level else []
            base = [*base, *(node.module.split(".") if node.module else [])]
            for alias in node.names:
                yield from _module(folder, [*base, alias.name]) or _module(folder, base)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module(folder, alias.name.split("."))


def _module(folder: Path, parts: list[str]) -> list[str]:
    """The module of that name, where it is one of the package."""
    path = folder.parent.joinpath(*parts)
    if parts[:1] != [folder.name]:
        return []
    return [".".join(parts)] if path.with_suffix(".py").exists() or (path / "__init__.py").exists() else []


def arrows(package: str, inside: bool = True) -> dict[str, set[str]]:
    """Which modules each module of a package imports."""
    found = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = set(imported(path, package, inside)) - {name}
    return found


# The library's model opens, inside a function, the kinds of models that are made of it.
@pytest.mark.parametrize(("package", "inside"), [("blender_addon", True), ("doodle_core", False)])
def test_no_module_needs_itself_in_the_end(package: str, inside: bool) -> None:
    found = arrows(package, inside)
    assert sum(map(len, found.values())) > 40
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_session_knows_of_nothing_above_it() -> None:
    # How texts in the .blend are read, and what the model answers: they know of nobody.
    below = {f"blender_addon.{name}" for name in ("certainty", "key_hints", "key_texts", "layer_keys")}
    found = arrows("blender_addon")
    assert found["blender_addon.session"] <= below
    assert not any(found[one] for one in below)


def test_the_library_knows_neither_blender_nor_training() -> None:
    for path in (ROOT / "doodle_core").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.split(".")[0] for name in names} & {"bpy", "training", "blender_addon"}, path
