"""Every setting is documented, and nothing is documented that is no setting."""

import ast
import re
from collections.abc import Iterator

from tests.house import checkout

REFERENCE = checkout.ROOT / "docs/reference/settings.md"
_VARIABLE = re.compile(r"\bLEDGER_[A-Z][A-Z0-9_]*\b")
_PREFIX = "LEDGER_"


def test_every_setting_is_documented() -> None:
    """Each LEDGER_ variable that the code reads has its place in docs/reference/settings.md."""
    assert set() == set(_variables_in_code()) - _variables_documented()


def test_every_documented_setting_exists() -> None:
    """Each LEDGER_ variable in docs/reference/settings.md is read by the code."""
    assert set() == _variables_documented() - set(_variables_in_code())


def _variables_documented() -> set[str]:
    return set(_VARIABLE.findall(REFERENCE.read_text(encoding="utf-8")))


def _variables_in_code() -> Iterator[str]:
    for path in checkout.source(".py"):
        text = path.read_text(encoding="utf-8")
        yield from _VARIABLE.findall(text)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef) and _reads_the_environment(node):
                yield from (f"{_PREFIX}{field.upper()}" for field in _fields(node))


def _reads_the_environment(settings: ast.ClassDef) -> bool:
    """Whether the class is a settings model whose variables are named by prefix and field."""
    return any(
        isinstance(node, ast.keyword)
        and node.arg == "env_prefix"
        and isinstance(node.value, ast.Constant)
        and node.value.value == _PREFIX
        for node in ast.walk(settings)
    )


def _fields(settings: ast.ClassDef) -> Iterator[str]:
    declared = (node.target for node in settings.body if isinstance(node, ast.AnnAssign))
    names = (target.id for target in declared if isinstance(target, ast.Name))
    yield from (name for name in names if name != "model_config" and not name.startswith("_"))
