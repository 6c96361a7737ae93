"""The OpenAPI document. It knows nothing but the routes: what they declare is what is told."""

import sys
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

import msgspec

from parley.web.description.operation import (
    SECOND_FACTOR,
    answer_name,
    is_struct,
    operation_of,
    sentences,
    struct_name,
    templated,
)
from parley.web.description.responses import HEADERS, RESPONSES, SCHEMAS
from parley.web.description.sample import curl
from parley.web.description.structs import Schema, references, schemas_of, slice_of
from parley.web.route import Route

_SECURITY = {
    "authToken": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
    "userId": {"type": "apiKey", "in": "header", "name": "X-User-Id"},
}


def describe(routes: Iterable[Route], version: str = "") -> dict[str, Any]:
    """The document as plain data. ValueError for what cannot be told apart or has no answer."""
    routes = list(routes)
    schemas = _schemas(routes)
    paths = _paths(routes, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Parley",
            "version": version,
            "license": {"name": "MIT", "identifier": "MIT"},
            "description": files(__package__).joinpath("introduction.txt").read_text().strip(),
        },
        "servers": [{"url": "/"}],
        "tags": _tags(routes),
        "paths": paths,
        "components": {
            "schemas": _reached(paths, schemas),
            "responses": RESPONSES,
            "parameters": SECOND_FACTOR,
            "headers": HEADERS,
            "securitySchemes": _SECURITY,
        },
    }


def encoded(document: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document), indent=1)


def _paths(routes: Sequence[Route], schemas: dict[str, Schema]) -> dict[str, dict[str, Any]]:
    paths: dict[str, dict[str, Any]] = {}
    ids: set[str] = set()
    for route in routes:
        operation = operation_of(route, schemas)
        sample = curl(route, operation, schemas)
        operation["x-codeSamples"] = [{"lang": "Shell", "label": "curl", "source": sample}]
        if operation["operationId"] in ids:
            raise ValueError(f"two operations are called {operation['operationId']}")
        ids.add(operation["operationId"])
        paths.setdefault(templated(route.path), {})[route.method.lower()] = operation
    return paths


def _tags(routes: Sequence[Route]) -> list[dict[str, str]]:
    """The slices, described by the first line of their package."""
    tags: dict[str, str] = {}
    for route in routes:
        module = route.handler.__module__
        tags[slice_of(module)] = sentences(sys.modules.get(module.rpartition(".")[0]))[0]
    return [{"name": name, **({"description": t} if t else {})} for name, t in tags.items()]


def _schemas(routes: Sequence[Route]) -> dict[str, Schema]:
    """All that routes name, and for each answer the whole of it, `success` included."""
    kinds = [kind for r in routes for kind in (r.query, r.body, r.reads, r.answer)]
    kinds += [kind for r in routes for kind in (r.lasts or {}).values()]
    _, schemas = schemas_of(kind for kind in kinds if kind is not None)
    for answer in (route.answer for route in routes):
        if is_struct(answer):
            schemas[answer_name(answer)] = _whole(schemas[struct_name(answer)])
    return schemas | SCHEMAS


def _whole(answer: Schema) -> Schema:
    """With `success`, which the envelope adds to every object."""
    return answer | {
        "properties": {**answer["properties"], "success": {"const": True}},
        "required": [*answer.get("required", []), "success"],
    }


def _reached(paths: dict[str, Any], schemas: dict[str, Schema]) -> dict[str, Schema]:
    """The schemas that an operation leads to, by name: a query's own is its parameters."""
    reached: set[str] = set()
    waiting = references([paths, RESPONSES])
    while waiting:
        reached |= waiting
        waiting = references([schemas[name] for name in waiting]) - reached
    return {name: schemas[name] for name in sorted(reached)}
