"""--only: what is recorded is whole, the named services new and all others as they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from flawless.app.partial import left_behind, merged, mixed, refuse_unknown
from flawless.errors import UsageError
from flawless.model.release import ConfigFile, Release, ReleaseService
from flawless.model.stack import Mount, Network, Stack
from flawless.testing import samples

LIVE = Path("/sample/.flawless/live")


def mounting(name: str) -> Any:
    return samples.service(name, mounts=(Mount("bind", str(LIVE / name), "/etc/x", True, samples.HERE),))


def release(mark: str, *names: str, **model: Any) -> Release:
    """A release whose every part names its mark."""
    stack = structs.replace(
        samples.stack(*(structs.replace(mounting(name), image=f"{name}:{mark}") for name in names)),
        networks=(Network("app", f"sample_{mark}", False, False, samples.HERE),),
    )
    config = {
        "name": "sample",
        "services": {name: {"image": f"{name}:{mark}"} for name in names},
        "networks": {"app": {"name": f"sample_{mark}"}},
        **model,
    }
    return Release(
        id=mark, stack="sample", revision=f"commit-{mark}", created=1.0, stack_digest="", env_digest="",
        services=tuple(ReleaseService(name, f"sha256:{name}-{mark}", f"{name}:{mark}", mark, mark) for name in names),
        config=json.dumps(config), model=stack,
        files=tuple(ConfigFile(f"{name}/a.conf", mark) for name in names),
    )  # fmt: skip


OLD, NEW = release("old", "web", "api"), release("new", "web", "api")


def test_each_part_of_a_service_is_from_the_release_that_it_is_taken_from() -> None:
    found = mixed(NEW, OLD, ["api"], LIVE)
    assert {each.name: each.image_id for each in found.services} == {
        "web": "sha256:web-old", "api": "sha256:api-new"
    }  # fmt: skip
    assert {each.name: each.revision for each in found.services} == {"web": "commit-old", "api": ""}
    assert json.loads(found.config)["services"] == {"web": {"image": "web:old"}, "api": {"image": "api:new"}}
    assert found.model is not None
    assert [each.image for each in found.model.services] == ["web:old", "api:new"]
    assert {file.path: file.content for file in found.files} == {"web/a.conf": "old", "api/a.conf": "new"}
    assert (found.id, found.revision) == ("new", "commit-new")


def test_what_both_define_besides_services_stays_as_it_is() -> None:
    found = mixed(release("new", "web", "api", volumes={"more": {}}), OLD, ["api"], LIVE)
    config = json.loads(found.config)
    assert config["networks"] == {"app": {"name": "sample_old"}}
    assert config["volumes"] == {"more": {}}
    assert found.model is not None
    assert [network.full_name for network in found.model.networks] == ["sample_old"]


def test_a_service_that_was_left_out_before_keeps_the_commit_that_it_is_from() -> None:
    second = mixed(release("third", "web", "api"), mixed(NEW, OLD, ["api"], LIVE), ["api"], LIVE)
    assert second.services[0].revision == "commit-old"


def test_a_service_that_is_gone_from_the_files_is_kept_and_a_new_one_is_not_started() -> None:
    found = merged(release("new", "api", "extra").model or samples.stack(), OLD.model or samples.stack(), ["api"])
    assert [each.image for each in found.services] == ["api:new", "web:old"]


def test_a_service_that_needs_one_that_is_left_out_is_refused() -> None:
    services = {"api": {"image": "x", "depends_on": {"extra": {}}}, "extra": {}, "web": {}}
    with pytest.raises(UsageError, match="api depends on extra, which the last good release does not have") as caught:
        mixed(release("new", "web", "api", services=services), OLD, ["api"], LIVE)
    assert caught.value.remedy == "add --only extra"


def test_what_the_commit_changes_too_is_said() -> None:
    same = structs.replace(NEW, services=OLD.services)
    assert left_behind(same, OLD, ["api"]) == ()
    assert left_behind(NEW, OLD, ["api"]) == (
        "web changed in this commit too and stays as it was: --only leaves it out",
    )
    assert left_behind(release("new", "extra"), OLD, ["api"])[0].startswith("extra is new in this commit")


@pytest.mark.parametrize(
    ("only", "parent", "what"),
    [
        (("weeb",), OLD, "the stack has no service weeb"),
        (("web",), None, "--only needs a good release"),
    ],
)
def test_what_cannot_be_done_is_refused_before_it_begins(only: tuple[str, ...], parent: Release, what: str) -> None:
    stack: Stack = samples.stack(samples.service("web"))
    with pytest.raises(UsageError, match=what):
        refuse_unknown(stack, only, parent)


def test_without_the_option_nothing_is_refused() -> None:
    refuse_unknown(samples.stack(), (), None)
