"""The API does what its OpenAPI document says: schemathesis over all of it, with all checks."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from stack.tests.harness import Site, run

pytestmark = pytest.mark.engine

PROGRAM = Path(sys.executable).with_name("st")
SETTINGS = Path(__file__).with_name("schemathesis.toml")
HOOKS = Path(__file__).with_name("described_hooks.py")
LONGER = 10 if os.environ.get("FLAWLESS_FULL") else 1
ACCOUNTS = 8
SECONDS = {"admin": 45 * LONGER, "operator": 20 * LONGER, "": 10 * LONGER}


def try_all_of_it(site: Site, folder: Path, role: str) -> str:
    """What schemathesis prints; RuntimeError with its findings when there are any."""
    logins = [site.new_account(role) for _ in range(ACCOUNTS)] if role else []
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": str(HOOKS),
        "VIWORKS_BASE": site.backend,
        "VIWORKS_ACCOUNTS": json.dumps([(login.user["username"], login.password) for login in logins]),
        "VIWORKS_VICTIM": str(site.new_account("viewer").user["id"]),
        "VIWORKS_PROTECTED": site.psql("select string_agg(id::text, ',') from accounts"),
    }
    options = ("--checks", "all", "--max-time", str(SECONDS[role]), "--no-color", "--request-timeout", "20")
    stored = ("--generation-database", ":memory:", "--continue-on-failure")
    program = (str(PROGRAM), "--config-file", str(SETTINGS), "run")
    return run((*program, f"{site.backend}/openapi.json", *options, *stored), cwd=folder, env=environment)


@pytest.mark.parametrize("role", SECONDS, ids=lambda role: role or "nobody")
def test_everything_described_is_so(site: Site, tmp_path: Path, role: str) -> None:
    said = try_all_of_it(site, tmp_path, role)
    found = re.search(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", said)
    assert found and found[1] == found[2] == found[3], said
    assert int(found[1]) >= 17, said


def resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """The part itself, where only a reference to it is given."""
    if reference := part.get("$ref"):
        _, kind, name = reference.removeprefix("#/").split("/")
        found: dict[str, Any] = document["components"][kind][name]
        return found
    return part


def test_the_document_is_complete(site: Site) -> None:
    """Every operation names its errors as problem+json, and has an example of what it takes."""
    document = site.request("GET", "/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method.upper()} {path}"
            errors = {code: answer for code, answer in operation["responses"].items() if code >= "400"}
            for code, answer in errors.items():
                assert resolved(document, answer)["content"].keys() == {"application/problem+json"}, f"{where} {code}"
            if path.startswith("/api/"):
                assert {"401", "429", "503"} <= set(errors), where
