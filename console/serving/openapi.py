"""The document of all that can be asked (OpenAPI 3.1): written by hand, and held against the server by its tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

Json = dict[str, Any]

VALUE: Final[Json] = {"description": "Any JSON value: each is read as the model's column says; null is missing."}
ROW: Final[Json] = {
    "type": "object", "additionalProperties": VALUE,
    "description": "A value a column. Columns that the model does not read are passed over.",
}
ID: Final[Json] = {"type": ["string", "integer", "number"]}
TOLD: Final[Json] = {
    "type": "object", "required": ["type", "message", "hint"],
    "properties": {
        "type": {"type": "string"}, "message": {"type": "string"}, "hint": {"type": "string"},
        "details": {
            "type": "array",
            "items": {
                "type": "object", "required": ["row", "column", "found", "expected"],
                "properties": {
                    "row": {"type": "integer", "minimum": 0}, "column": {"type": ["string", "null"]},
                    "found": {"type": "string"}, "expected": {"type": "string"},
                },
            },
        },
    },
}
SCHEMAS: Final[Json] = {
    "Error": {"type": "object", "required": ["error"], "properties": {"error": TOLD}},
    "MlflowError": {
        "type": "object", "required": ["error", "error_code", "message"],
        "properties": {"error": TOLD, "error_code": {"type": "string"}, "message": {"type": "string"}},
    },
    "InferenceError": {
        "type": "object", "required": ["error", "details"],
        "properties": {"error": {"type": "string"}, "details": TOLD},
    },
    "Rows": {
        "type": "object", "required": ["rows"],
        "properties": {
            "rows": {"type": "array", "items": ROW},
            "ids": {"type": ["array", "null"], "items": ID, "description": "One a row: labels may name them later."},
        },
    },
    "ServedPrediction": {
        "type": "object", "required": ["model", "version", "predictions", "ids"],
        "properties": {
            "model": {"type": "string"}, "version": {"type": "integer"},
            "predictions": {"type": "array", "items": {"type": ["string", "number", "null"]}},
            "probabilities": {
                "type": "array", "items": {"type": "object", "additionalProperties": {"type": "number"}},
                "description": "By class, one object a row; for classification only.",
            },
            "ids": {"type": "array", "items": {"type": "string"}},
        },
    },
    "Labels": {
        "type": "object", "required": ["rows"],
        "properties": {
            "rows": {
                "type": "array",
                "items": {"type": "object", "required": ["id", "label"], "properties": {"id": ID, "label": VALUE}},
            }
        },
    },
    "Taken": {
        "type": "object", "required": ["model", "taken"],
        "properties": {
            "model": {"type": "string"}, "taken": {"type": "integer"}, "without_label": {"type": "integer"},
        },
    },
    "Model": {
        "type": "object", "required": ["name", "environment", "version", "revision", "inputs"],
        "properties": {
            "name": {"type": "string"}, "environment": {"type": "string"}, "version": {"type": "integer"},
            "revision": {"type": "integer"}, "candidate": {"type": ["integer", "null"]},
            "strategy": {"type": "string"}, "share": {"type": "number"}, "task": {"type": "string"},
            "target": {"type": "string"}, "classes": {"type": "array", "items": {"type": "string"}},
            "id": {"type": ["string", "null"]},
            "inputs": {
                "type": "array",
                "items": {
                    "type": "object", "required": ["name", "kind"],
                    "properties": {"name": {"type": "string"}, "kind": {"type": "string"}},
                },
            },
        },
    },
    "Readiness": {
        "type": "object", "required": ["ready", "models"],
        "properties": {
            "ready": {"type": "boolean"}, "environment": {"type": "string"},
            "registry": {"type": ["string", "null"], "description": "What keeps the server from the registry."},
            "models": {"type": "object", "additionalProperties": {"type": "object"}},
        },
    },
    "Invocations": {
        "type": "object", "description": "Exactly one of the four, as MLflow's clients send them.",
        "properties": {
            "dataframe_split": {
                "type": "object", "required": ["data"],
                "properties": {
                    "columns": {"type": "array", "items": {"type": "string"}}, "index": {"type": "array"},
                    "data": {"type": "array", "items": {"type": "array", "items": VALUE}},
                },
            },
            "dataframe_records": {"type": "array", "items": ROW},
            "instances": {"type": ["array", "object"]}, "inputs": {"type": ["array", "object"]}, "params": VALUE,
        },
    },
    "Invoked": {
        "type": "object", "required": ["predictions"],
        "properties": {
            "predictions": {"type": "array", "items": {"type": ["string", "number", "boolean", "null"]}}
        },
    },
    "Tensor": {
        "type": "object", "required": ["name", "shape", "datatype", "data"],
        "properties": {
            "name": {"type": "string"}, "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
            "datatype": {"type": "string"}, "data": {"type": "array"}, "parameters": {"type": "object"},
        },
    },
    "InferenceRequest": {
        "type": "object", "required": ["inputs"],
        "properties": {
            "id": {"type": ["string", "null"]},
            "inputs": {"type": "array", "items": {"$ref": "#/components/schemas/Tensor"}},
            "outputs": {
                "type": ["array", "null"],
                "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
            },
        },
    },
    "InferenceResponse": {
        "type": "object", "required": ["model_name", "outputs"],
        "properties": {
            "model_name": {"type": "string"}, "model_version": {"type": "string"}, "id": {"type": "string"},
            "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/Tensor"}},
        },
    },
    "Metadata": {
        "type": "object", "required": ["name", "platform", "inputs", "outputs"],
        "properties": {
            "name": {"type": "string"}, "versions": {"type": "array", "items": {"type": "string"}},
            "platform": {"type": "string"}, "inputs": {"type": "array"}, "outputs": {"type": "array"},
        },
    },
    "Any": {"type": "object"},
}
STATUSES: Final[Mapping[int, str]] = {
    200: "done", 400: "no JSON, or no HTTP request", 401: "no token, or a wrong one", 403: "by another host or page",
    404: "no such model or version", 408: "the body did not come", 413: "too many bytes or rows",
    415: "another type of body", 422: "rows or a body that cannot be used", 503: "not ready, or too busy: try again",
}
GUARDED: Final = (400, 401, 403)
MODEL: Final = (404,)
SENT: Final = (408, 413, 415, 422)


_KINDS: Final[Mapping[str, list[str]]] = {
    "number": ["number", "null"], "boolean": ["boolean", "null"], "date": ["string", "null"],
}


def document(version: str, models: Sequence[Mapping[str, Any]] = ()) -> Json:
    """`models`: what serves now (GET /v1/models): their names, versions and columns stand in it."""
    made = _written(version)
    if not models:
        return made
    names: Json = {"type": "string", "enum": [one["name"] for one in models]}
    versions: Json = {"type": "string", "enum": sorted({str(one["version"]) for one in models})}
    for item in made["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = names if parameter["name"] == "name" else versions
    if len(models) == 1:  # of several, GET /v1/models/NAME tells the columns
        made["components"]["schemas"]["Rows"] = _rows_of(models[0])
    return made


def _rows_of(model: Mapping[str, Any]) -> Json:
    columns = model["inputs"]
    row = {
        "type": "object", "required": [one["name"] for one in columns], "additionalProperties": VALUE,
        "properties": {
            one["name"]: {"type": _KINDS.get(one["kind"], ["string", "number", "boolean", "null"])} for one in columns
        },
    }
    rows: Json = {**SCHEMAS["Rows"]["properties"], "rows": {"type": "array", "items": row}}
    return {**SCHEMAS["Rows"], "properties": rows}


def _written(version: str) -> Json:
    paths: Json = {
        "/healthz": _get("Whether the process is up.", "Any"),
        "/readyz": _get("Whether all that should serve does, and what is behind.", "Readiness", 503),
        "/metrics": _get("Counters and histograms for Prometheus.", "", kind="text/plain"),
        "/openapi.json": _get("This document.", "Any"),
        "/v1/models": _get("What serves.", "Any"),
        "/v1/models/{name}": _get("One model that serves.", "Model", *MODEL, names=("name",)),
        "/v1/models/{name}/predict": _post(
            "Answer rows.", "Rows", "ServedPrediction", *MODEL, names=("name",),
        ),
        "/v1/models/{name}/labels": _post(
            "Say what was true of earlier answers; the newest of an id counts.", "Labels", "Taken", *MODEL,
            names=("name",),
        ),
        "/ping": _get("As MLflow: whether /invocations answers.", "", *MODEL, 503, kind="text/plain"),
        "/health": _get("As MLflow: whether /invocations answers.", "", *MODEL, 503, kind="text/plain"),
        "/version": _get("The version of the server.", "", kind="text/plain"),
        "/invocations": _post("Answer rows as MLflow's scoring server does.", "Invocations", "Invoked", *MODEL),
        "/v2": _get("Open Inference: the server.", "Any"),
        "/v2/health/live": _get("Open Inference: whether it is up.", "Any"),
        "/v2/health/ready": _get("Open Inference: whether it is ready.", "Any", 503),
    }
    for base, names in {"/v2/models/{name}": ("name",),
                        "/v2/models/{name}/versions/{version}": ("name", "version")}.items():
        paths[base] = _get("Open Inference: what a model reads and says.", "Metadata", *MODEL, names=names)
        paths[f"{base}/ready"] = _get("Open Inference: whether it answers.", "Any", *MODEL, names=names)
        paths[f"{base}/infer"] = _post(
            "Open Inference: answer tensors.", "InferenceRequest", "InferenceResponse", *MODEL, names=names
        )
    for path, item in paths.items():
        _errors(path, item)
    paths["/invocations"]["post"]["requestBody"]["content"]["text/csv"] = {"schema": {"type": "string"}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Footplate", "version": version,
            "description": "What is deployed answers. Errors are JSON: type, message, hint.",
        },
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}, {}],
    }


def _get(about: str, schema: str, *statuses: int, names: tuple[str, ...] = (), kind: str = "application/json") -> Json:
    return {"get": {"summary": about, **_asked(names), "responses": _responses(schema, kind, *GUARDED, *statuses)}}


def _post(about: str, body: str, schema: str, *statuses: int, names: tuple[str, ...] = ()) -> Json:
    return {
        "post": {
            "summary": about, **_asked(names),
            "requestBody": {
                "required": True, "content": {"application/json": {"schema": _ref(body)}},
            },
            "responses": _responses(schema, "application/json", *GUARDED, *SENT, *statuses, 503),
        }
    }


def _asked(names: tuple[str, ...]) -> Json:
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    return {"parameters": parameters} if parameters else {}


def _responses(schema: str, kind: str, *errors: int) -> Json:
    done: Json = {"description": STATUSES[200], "content": {kind: {"schema": _ref(schema) if schema else {}}}}
    made: Json = {"200": done}
    return made | {
        str(status): {"description": STATUSES[status], "content": {"application/json": {"schema": _ref("Error")}}}
        for status in sorted(set(errors))
    }


def _errors(path: str, item: Json) -> None:
    """Each protocol has its own words for errors."""
    name = "InferenceError" if path.startswith("/v2") else "MlflowError" if path == "/invocations" else ""
    for operation in item.values():
        for status, response in operation["responses"].items():
            if name and status != "200" and not path.endswith("/health/ready"):
                response["content"]["application/json"]["schema"] = _ref(name)
    if path in ("/readyz", "/v2/health/ready"):
        said = "Readiness" if path == "/readyz" else "Any"
        item["get"]["responses"]["503"]["content"]["application/json"]["schema"] = _ref(said)


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
