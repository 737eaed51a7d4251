"""Any compose file: a second run changes nothing, Compose sees only the fixes' keys, and no comment line is lost."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from .made import fixes_of, mended, resolved

KEYS = {"healthcheck", "init", "logging", "security_opt", "ports"}
HEAD = "x-shared: &shared\n  restart: always\n  labels:\n    a: b\n"
IMAGES = st.sampled_from(["postgres:16", "redis:7 # cache", '"nginx:1.27"', "example/app:1", "mysql:8"])
ENTRIES = st.lists(
    st.sampled_from(
        [
            ("<<", ["<<: *shared"]),
            ("ports", ["ports:", "  - '5432:5432'  # outside", "  # a comment", "  - 6379"]),
            ("ports", ["ports: ['1000-1001:2000-2001', \"0.0.0.0:7:7\"]"]),
            ("ports", ["ports:", "- target: 80", "  published: '8080'", "  # below"]),
            ("environment", ["environment:", "  A: b", "", "  # the end", "  POSTGRES_PASSWORD: 'x: #y'"]),
            ("environment", ["environment: {A: b,", "  POSTGRES_PASSWORD: c}"]),
            ("command", ["command: >", "  a", "  b # no comment", ""]),
            ("command", ["command: |-", "  a"]),
            ("command", ["command: [sh, -c,", "  'x; y']"]),
            ("logging", ["logging:", "  driver: json-file # ours"]),
            ("logging", ["logging:", "  options: {max-file: '2'}"]),
            ("logging", ["logging: {driver: json-file}"]),
            ("security_opt", ["security_opt:", "  - label:disable", "  # more"]),
            ("security_opt", ["security_opt: ['label:disable']"]),
            ("entrypoint", ["entrypoint: /bin/sh -c 'a; b'"]),
            ("labels", ["labels:", "- a=b", "- c=d # e"]),
            ("restart", ["restart: unless-stopped"]),
            ("volumes", ["volumes:", "  - type: tmpfs", "    target: /x"]),
        ]
    ),
    max_size=5,
    unique_by=lambda entry: entry[0],
)


@st.composite
def compose_files(draw: st.DrawFn) -> str:
    """Services in one of many styles, with comments and blank lines between."""
    step = draw(st.sampled_from([1, 2, 3, 4, 8]))
    lines = [*HEAD.splitlines(), "# --- services", "services:"]
    for name in draw(st.lists(st.sampled_from(["proxy", "app", "db", "cache"]), min_size=1, max_size=3, unique=True)):
        lines += [f"{' ' * step}# about {name}", f"{' ' * step}{name}:"]
        body = [f"image: {draw(IMAGES)}", *(line for _, entry in draw(ENTRIES) for line in entry)]
        lines += [f"{' ' * step * 2}{line}".rstrip() for line in body]
        lines += draw(st.sampled_from([[], [""], [f"{' ' * step * 2}# init: true", ""], ["# left"]]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return end.join(lines) + draw(st.sampled_from(["", end, end * 3]))


def without(model: dict[str, Any]) -> dict[str, Any]:
    """The model without the keys that fixes write."""
    rest = copy.deepcopy(model)
    for service in rest["services"].values():
        for key in KEYS:
            service.pop(key, None)
    return rest


def ports(model: dict[str, Any]) -> list[Any]:
    """Every port without the address it is bound to."""
    every = [port for service in model["services"].values() for port in service.get("ports", ())]
    return [{key: value for key, value in port.items() if key != "host_ip"} for port in every]


def comments(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip().startswith("#")]


@settings(max_examples=40, deadline=None)
@given(text=compose_files())
def test_only_what_the_fixes_are_for_is_changed_and_only_once(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        path = root / "compose.yaml"
        path.write_bytes(text.encode())
        before = resolved(root)
        done = mended(root, {})
        after = resolved(root)
        changed = path.read_bytes().decode()
        assert without(after) == without(before)
        assert ports(after) == ports(before)
        for name, service in before["services"].items():
            kept = {key: service[key] for key in KEYS - {"ports", "logging", "security_opt"} if key in service}
            assert kept.items() <= after["services"][name].items()
            old = set(service.get("security_opt") or ())
            assert old <= set(after["services"][name].get("security_opt") or ())
        assert comments(changed) == comments(text)
        lines = iter(changed.splitlines())
        untouched = [
            line for line in text.splitlines() if "'5432" not in line and "6379" not in line and "0.0" not in line
        ]
        assert all(line in lines for line in untouched), "a line is lost or moved"
        assert fixes_of(root).changes == () or not done.changes
