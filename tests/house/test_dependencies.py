"""Every dependency is chosen, locked and accounted for."""

import ast
import importlib
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import checkout

_PROJECT = tomllib.loads((checkout.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_LOCK = (checkout.ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()

# Name: whose objects they are, so that the versions always fit.
BROUGHT_ALONG = {
    "starlette": "fastapi hands out its requests, responses and middleware",
    "pydantic-core": "pydantic raises its errors",
    "click": "typer raises its errors",
}


def test_every_dependency_has_its_line() -> None:
    """docs/dependencies.md has one row for each direct dependency, and for nothing else."""
    page = (checkout.ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    assert _dependencies() == sorted(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))


def test_every_dependency_is_locked() -> None:
    """requirements.lock pins a version of each direct dependency."""
    locked = {line.split("==")[0] for line in _LOCK if "==" in line}
    assert [] == [name for name in _dependencies() if name not in locked]


def test_the_lock_names_versions_and_hashes_only() -> None:
    """No line of the lock names a place: each is a comment, a pinned name or a sha256."""
    allowed = re.compile(
        r"\s*#.*|[a-z0-9-]+==[\w.]+( ; [\w '=!<>.]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?"
    )
    assert [] == [line for line in _LOCK if line and not allowed.fullmatch(line)]
    assert [] == [line for line in _LOCK if "/" in line]


def test_every_import_is_a_dependency_of_its_own() -> None:
    """What the three packages import is declared in pyproject.toml, and not there by chance.

    Each of our dependencies is imported under its own name, with underscores for hyphens.
    """
    declared = {*_names(_PROJECT["dependencies"]), *BROUGHT_ALONG}
    undeclared = {
        f"{checkout.name(path)} imports {module}"
        for path in checkout.source(".py")
        for module in _imports(path)
        if module.replace("_", "-") not in declared
    }
    assert set() == undeclared


@pytest.mark.parametrize("package", checkout.PACKAGES)
def test_the_packages_are_this_checkout(package: str) -> None:
    """Common words name our packages, and none of them is somebody else's."""
    found = importlib.import_module(package).__file__
    assert str(checkout.ROOT / package / "__init__.py") == found


def _dependencies() -> list[str]:
    return _names([*_PROJECT["dependencies"], *_PROJECT["optional-dependencies"]["dev"]])


def _names(requirements: list[str]) -> list[str]:
    return sorted(re.split(r"[\[<>=!~ ;]", requirement)[0] for requirement in requirements)


def _imports(path: Path) -> Iterator[str]:
    """The top-level names of others' packages that a module imports, at its top or further down."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        else:
            continue
        tops = {name.partition(".")[0] for name in names}
        yield from tops - {*checkout.PACKAGES} - sys.stdlib_module_names
