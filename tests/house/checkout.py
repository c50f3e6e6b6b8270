"""The files of this checkout, as a reader of its history would see them."""

import ast
import os
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ledger", "projections", "api")


@cache
def files(*suffixes: str) -> tuple[Path, ...]:
    """Every file that is or may be in the history, in a stable order; all of them, or by suffix.

    The tree is walked, not asked of git, so that an unpacked archive can be tested as well.
    """
    return tuple(sorted(p for p in _walk() if not suffixes or p.suffix in suffixes))


def source(*suffixes: str, under: tuple[str, ...] = PACKAGES) -> list[Path]:
    """The files with one of these suffixes under these folders, relative to the top."""
    roots = [ROOT / folder for folder in under]
    return [p for p in files(*suffixes) if any(p.is_relative_to(root) for root in roots)]


def name(path: Path) -> str:
    """The path from the top of the checkout, for messages and allow-lists."""
    return path.relative_to(ROOT).as_posix()


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every string in a Python file that is not a docstring.

    An f-string is one text, with `{}` where a value is filled in.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    apart = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings
    apart |= {id(v) for node in nodes if isinstance(node, ast.JoinedStr) for v in node.values}
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(_piece(value) for value in node.values)
        elif isinstance(node, ast.Constant) and _is_text(node) and id(node) not in apart:
            yield node.lineno, str(node.value)


def _is_text(constant: ast.Constant) -> bool:
    return isinstance(constant.value, str)


def _piece(value: ast.expr) -> str:
    return str(value.value) if isinstance(value, ast.Constant) else "{}"


def _walk() -> Iterator[Path]:
    for folder, folders, names in os.walk(ROOT):
        here = Path(folder)
        folders[:] = [f for f in folders if f != ".git" and not _ignored(here / f, folder=True)]
        yield from (here / n for n in names if not _ignored(here / n, folder=False))


def _ignored(path: Path, *, folder: bool) -> bool:
    return any(
        fnmatch(path.name, pattern.strip("/"))
        and (folder or not pattern.endswith("/"))
        and (path.parent == ROOT or not pattern.startswith("/"))
        for pattern in _ignore_patterns()
    )


@cache
def _ignore_patterns() -> tuple[str, ...]:
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))
