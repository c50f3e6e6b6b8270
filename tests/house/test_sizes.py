"""Everything has a limit, modules and functions too: what is long is two subjects."""

import ast

from tests.house import checkout

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 40


def test_no_module_is_longer_than_one_subject() -> None:
    """No Python module of the three packages has more than 400 lines."""
    lengths = {
        checkout.name(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in checkout.source(".py")
    }
    assert {} == {name: n for name, n in lengths.items() if n > MODULE_LINES_MAX}


def test_no_function_is_longer_than_a_screen() -> None:
    """No function body of the three packages has more than 40 lines, its docstring not counted."""
    too_long = [
        f"{checkout.name(path)}:{node.lineno} {node.name}: {_body_lines(node)} lines"
        for path in checkout.source(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and _body_lines(node) > FUNCTION_LINES_MAX
    ]
    assert [] == too_long


def _body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0
