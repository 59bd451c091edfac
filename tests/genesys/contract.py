"""The vendor's OpenAPI contract, and whether a request or an answer keeps it: what that file uses of JSON Schema."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

Json = Mapping[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "boolean": (bool,),
}  # fmt: skip


@cache
def spec() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((Path(__file__).parent / "openapi.json").read_text(encoding="utf-8"))
    return loaded


def resolve(node: Json) -> Json:
    while "$ref" in node:
        found: Any = spec()
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def operation(method: str, path: str) -> tuple[str, Json] | None:
    """The path template and the operation; a path without parameters goes first."""
    found = [t for t in spec()["paths"] if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", t), path)]
    for template in sorted(found, key=lambda t: t.count("{")):
        operations = resolve(spec()["paths"][template])
        if method.lower() in operations:
            return template, operations[method.lower()]
    return None


def wrong(value: Any, schema: Json, at: str = "$") -> Iterator[str]:
    """Every way in which ``value`` breaks ``schema``."""
    schema = resolve(schema)
    for part in schema.get("allOf", ()):
        yield from wrong(value, part, at)
    kind = schema.get("type")
    if kind and (not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool))):
        yield f"{at}: {value!r} is no {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        yield from (f"{at}: {name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, inner in value.items():
            if name in properties:
                yield from wrong(inner, properties[name], f"{at}.{name}")
            elif isinstance(schema.get("additionalProperties"), dict):
                yield from wrong(inner, schema["additionalProperties"], f"{at}.{name}")
            elif properties:
                yield f"{at}: {name} is not in the contract"
    elif isinstance(value, list) and "items" in schema:
        for n, inner in enumerate(value):
            yield from wrong(inner, schema["items"], f"{at}[{n}]")


def bad_request(method: str, path: str, query: Mapping[str, str], body: Any, content_type: str) -> list[str]:
    """What is wrong with a request; an operation that does not exist is, too."""
    found = operation(method, path)
    if found is None:
        return [f"{method} {path} is not in the contract"]
    problems = []
    known = {p["name"]: p for p in map(resolve, found[1].get("parameters", ())) if p["in"] == "query"}
    for name, text in query.items():
        if name not in known:
            problems.append(f"query {name} is not in the contract")
            continue
        schema = resolve(known[name]["schema"])
        value: Any = text
        if schema.get("type") == "integer":
            value = int(text) if re.fullmatch(r"-?[0-9]+", text) else text
        elif schema.get("type") == "boolean":
            value = {"true": True, "false": False}.get(text, text)
        elif schema.get("type") == "array":
            value = text.split(",")
        problems += wrong(value, schema, f"query {name}")
    wanted = resolve(found[1].get("requestBody", {}))
    if wanted.get("required") and body is None:
        problems.append("the body is missing")
    if body is not None:
        if not wanted:
            problems.append("a body is not in the contract")
        elif content_type not in wanted["content"]:
            problems.append(f"{content_type} is not in the contract")
        else:
            problems += wrong(body, wanted["content"][content_type]["schema"], "body")
    return problems


def bad_answer(method: str, path: str, status: int, body: Any) -> list[str]:
    found = operation(method, path)
    if found is None:
        return []
    answer = found[1]["responses"].get(str(status))
    if answer is None:
        return [f"{method} {path}: status {status} is not in the contract"]
    content = resolve(answer).get("content")
    if not content:
        return [] if body is None else [f"{method} {path}: {status} has no body in the contract"]
    return list(wrong(body, content["application/json"]["schema"], f"answer {status}"))
