"""Every row of docs/security.md names tests that exist."""

from __future__ import annotations

import ast
import re

from tests.test_docs import ROOT, read


def named() -> list[tuple[str, str]]:
    return re.findall(r"`([\w/]+\.py)::(\w+)`", read("docs/security.md"))


def test_every_test_that_is_named_exists() -> None:
    assert len(named()) > 35
    for file, name in named():
        tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in functions, f"{file}::{name}"


def test_every_row_has_a_test() -> None:
    tables = (
        read("docs/security.md").partition("<!-- [[[cog")[0] + read("docs/security.md").partition("[[[end]]] -->")[2]
    )
    rows = [line for line in tables.splitlines() if line.startswith("| ") and "---" not in line][1:]
    assert len(rows) >= 18
    assert not [row for row in rows if "::test_" not in row]
