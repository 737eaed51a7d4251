"""The Compose model that is built from the export and the one that runs, from the model that Compose resolved."""

from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from typing import Any

from msgspec import structs

from flawless.app.model_file import (
    MOST_BYTES,
    REVISION_LABEL,
    build_model,
    recorded_files,
    relocated,
    run_model,
)
from flawless.deploy.model_text import to_text
from flawless.model.stack import Attachment, Mount, Role, Service, Stack
from flawless.testing import samples
from flawless.testing.from_files import write_files
from flawless.testing.samples import HERE

ROOT, TREE, LIVE = Path("/sample"), Path("/export/tree"), Path("/sample/.flawless/live")
REVISION = "0123abcd"


def part(name: str, role: Role, *mounts: Mount) -> Service:
    return samples.service(name, role=role, mounts=mounts)


def bind(source: str) -> Mount:
    return Mount("bind", source, "/x", True, HERE)


STACK = samples.stack(
    part("web", Role.BACKEND),
    part("worker", Role.OTHER),
    part("nginx", Role.PROXY),
    part("db", Role.DATABASE),
    part("cache", Role.CACHE),
)
RAW: dict[str, Any] = {
    "name": "sample",
    "services": {
        "web": {"build": {"context": "/sample/web", "labels": {"kept": "1"}}, "image": "sample/web"},
        "worker": {"image": "sample/web"},
        "nginx": {"build": {"context": "/sample"}},
        "db": {"build": {"context": "/elsewhere/db"}, "image": "sample/db"},
        "cache": {"image": "redis:7"},
    },
}


def built() -> dict[str, Any]:
    services: dict[str, Any] = build_model(RAW, STACK, TREE, REVISION, "r2")["services"]
    return services


def test_build_contexts_inside_the_stack_are_those_of_the_export() -> None:
    contexts = {name: service["build"]["context"] for name, service in built().items() if "build" in service}
    assert contexts == {"web": "/export/tree/web", "nginx": "/export/tree", "db": "/elsewhere/db"}


def test_everything_that_a_build_reads_comes_from_the_export() -> None:
    build = {
        "context": "/sample/web",
        "dockerfile": "/sample/web/Dockerfile",
        "additional_contexts": {"lib": "/sample/lib"},
    }
    raw = {"services": {"web": {"build": build}}}
    moved = build_model(raw, STACK, TREE, REVISION, "r2")["services"]["web"]["build"]
    assert moved["dockerfile"] == "/export/tree/web/Dockerfile"
    assert moved["additional_contexts"] == {"lib": "/export/tree/lib"}


def test_built_images_have_names_of_this_release_and_who_shares_one_follows_it() -> None:
    assert {name: service["image"] for name, service in built().items()} == {
        "web": "flawless/sample-web:r2",
        "worker": "flawless/sample-web:r2",
        "nginx": "flawless/sample-nginx:r2",
        "db": "flawless/sample-db:r2",
        "cache": "redis:7",
    }


def test_the_revision_is_a_label_of_what_changes_with_every_commit_only() -> None:
    labels = {name: service["build"].get("labels") for name, service in built().items() if "build" in service}
    assert labels == {"web": {"kept": "1", REVISION_LABEL: REVISION}, "nginx": None, "db": None}


def test_the_resolved_model_itself_is_left_as_it_is() -> None:
    before = copy.deepcopy(RAW)
    built()
    run_model(RAW, ROOT, LIVE, dict.fromkeys(RAW["services"], "x:1"), set())
    assert before == RAW


def test_what_runs_is_pinned_and_never_built_or_pulled() -> None:
    pins = {name: f"flawless/sample-{name}:abc" for name in RAW["services"]}
    services = run_model(RAW, ROOT, LIVE, pins, set())["services"]
    assert {name: service["image"] for name, service in services.items()} == pins
    assert {service["pull_policy"] for service in services.values()} == {"never"}
    assert [name for name, service in services.items() if "build" in service] == []


VOLUMES = [
    {"type": "bind", "source": "/sample/nginx/conf.d", "target": "/etc/nginx/conf.d"},
    {"type": "bind", "source": "/sample/certs", "target": "/certs"},
    {"type": "bind", "source": "/var/run/x", "target": "/x"},
    {"type": "volume", "source": "nginx/conf.d", "target": "/y"},
]


def test_recorded_mounts_come_from_the_live_folder_and_the_others_stay() -> None:
    raw = {"services": {"nginx": {"volumes": copy.deepcopy(VOLUMES)}}}
    found = run_model(raw, ROOT, LIVE, {"nginx": "x:1"}, {"nginx/conf.d"})["services"]["nginx"]["volumes"]
    assert [volume["source"] for volume in found] == [
        "/sample/.flawless/live/nginx/conf.d",
        "/sample/certs",
        "/var/run/x",
        "nginx/conf.d",
    ]


def test_the_stack_of_the_release_has_the_same_mounts_as_its_model() -> None:
    mounts = (bind("/sample/nginx/conf.d"), bind("/sample/certs"), Mount("volume", "nginx/conf.d", "/y", False, HERE))
    found = relocated(samples.stack(part("nginx", Role.PROXY, *mounts)), LIVE, {"nginx/conf.d"})
    assert [mount.source for mount in found.services[0].mounts] == [
        "/sample/.flawless/live/nginx/conf.d",
        "/sample/certs",
        "nginx/conf.d",
    ]


def test_a_dollar_is_doubled_everywhere_so_that_compose_reads_back_the_same() -> None:
    model = {"a": "$HOME ${X} $$", "b": ["c$", 1, None, True], "d": {"key$": {"e": "$"}}}
    text = to_text(model)
    assert json.loads(text) == {"a": "$$HOME $${X} $$$$", "b": ["c$$", 1, None, True], "d": {"key$": {"e": "$$"}}}


def test_the_same_model_is_the_same_text_whatever_its_order() -> None:
    assert to_text({"a": "1", "b": {"x": "1", "y": "2"}}) == to_text({"b": {"y": "2", "x": "1"}, "a": "1"})


def mounting(root: Path, *sources: str) -> Stack:
    binds = [bind(str(root / source) if not source.startswith("/") else source) for source in sources]
    return structs.replace(samples.stack(part("nginx", Role.PROXY, *binds)), root=str(root))


def test_mounted_configuration_is_recorded_from_the_export_with_its_content(tmp_path: Path) -> None:
    write_files(tmp_path / "tree", {"nginx.conf": "one", "conf.d/b": "two", "conf.d/a/c": "three", "unmounted": "x"})
    stack = mounting(tmp_path / "stack", "nginx.conf", "conf.d", "/etc/hosts", "data", ".")
    files, notes = recorded_files(stack, tmp_path / "tree")
    texts = {mount: [(file.path, base64.b64decode(file.content)) for file in group] for mount, group in files.items()}
    assert texts == {"nginx.conf": [("nginx.conf", b"one")], "conf.d": [("conf.d/a/c", b"three"), ("conf.d/b", b"two")]}
    assert notes == ()


def test_what_is_too_large_for_configuration_stays_and_a_note_says_so(tmp_path: Path) -> None:
    write_files(tmp_path / "tree", {"site/a": "x" * (MOST_BYTES // 2), "site/b": "x" * (MOST_BYTES // 2 + 1), "ok": ""})
    files, notes = recorded_files(mounting(tmp_path / "stack", "site", "ok"), tmp_path / "tree")
    assert list(files) == ["ok"]
    assert notes == ("site is mounted from the checkout: it is too large to be kept with the release",)


def test_a_name_that_is_handed_over_is_an_alias_of_the_model_that_runs() -> None:
    raw: dict[str, Any] = {
        "services": {
            "web": {
                "image": "x",
                "container_name": "shop-web",
                "networks": {"app": None, "data": {"aliases": ["store", "shop-web"], "priority": 1}},
            },
            "db": {"image": "y", "container_name": "shop-db", "networks": {"app": None}},
        }
    }
    pins = {"web": "pinned/web", "db": "pinned/db"}
    found = run_model(raw, ROOT, LIVE, pins, set(), handed={"web": "shop-web"})["services"]
    assert "container_name" not in found["web"]
    assert found["web"]["networks"] == {
        "app": {"aliases": ["shop-web"]},
        "data": {"aliases": ["store", "shop-web"], "priority": 1},
    }
    assert (found["db"]["container_name"], found["db"]["networks"]) == ("shop-db", {"app": None})
    assert raw["services"]["web"]["networks"]["app"] is None, "what Compose resolved stays as it is"


def test_the_stack_of_the_release_knows_which_name_is_handed_over() -> None:
    named = samples.service("web", container_name="shop-web", networks=(Attachment("app", ("a",)),))
    (found,) = relocated(samples.stack(named), LIVE, set(), {"web": "shop-web"}).services
    assert (found.container_name, found.handed_name) == ("", "shop-web")
    assert found.names("app") == named.names("app") | {"a"}
    assert relocated(samples.stack(named), LIVE, set(), {}).services == (named,)
