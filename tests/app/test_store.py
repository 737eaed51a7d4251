"""Releases kept with an engine: sealed, found again, never more and never fewer than are needed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from flawless.app.store import Store, _quoted
from flawless.errors import UsageError
from flawless.model.release import ConfigFile, Release, ReleaseService, ReleaseState, SchemaMark
from flawless.ports.files import RealFiles
from flawless.ports.vault import Vault
from flawless.testing import samples
from flawless.testing.fakes import MemoryEngine

CANARY = "canary-4c0ffee5"
GOOD, BAD, BACK, BUILDING = ReleaseState.GOOD, ReleaseState.BAD, ReleaseState.ROLLED_BACK, ReleaseState.BUILDING


def release(id_: str, created: float = 1.0, **images: str) -> Release:
    """A release whose services have these images, pinned by tags made of them."""
    services = tuple(
        ReleaseService(name, image, f"flawless/shop-{name}:{image[7:]}", "hash") for name, image in images.items()
    )
    return Release(
        id=id_,
        stack="shop",
        revision="0123abcd",
        created=created,
        stack_digest="d",
        env_digest="e",
        services=services,
        config=f'{{"POSTGRES_PASSWORD": "{CANARY}"}}',
        model=samples.stack(),
        files=(ConfigFile("nginx.conf", "eA=="),),
        parent="r0",
    )


def store_on(engine: MemoryEngine, tmp_path: Path, stack: str = "shop") -> Store:
    return Store(engine, stack, Vault(tmp_path / "key", RealFiles()))


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine()


@pytest.fixture
def store(engine: MemoryEngine, tmp_path: Path) -> Store:
    return store_on(engine, tmp_path)


async def pinned(engine: MemoryEngine, store: Store, *releases: Release) -> list[Release]:
    """The releases saved, with an image behind each of their tags; as they were saved."""
    saved = []
    for one in releases:
        services = []
        for service in one.services:
            name, _, tag = service.image_tag.partition(":")
            there = await engine.image(service.image_tag)
            image_id = there["Id"] if there else await engine.import_image(tag.encode(), name, tag)
            services.append(structs.replace(service, image_id=image_id))
        saved.append(structs.replace(one, services=tuple(services)))
        await store.save(saved[-1])
    return saved


async def tags(engine: MemoryEngine) -> list[str]:
    return sorted(tag for image in await engine.images() for tag in image["RepoTags"])


async def test_a_release_comes_back_whole(store: Store) -> None:
    saved = release("r1", web="sha256:a", db="sha256:b")
    await store.save(saved)
    assert await store.load("r1") == saved


async def test_no_secret_is_in_what_the_engine_keeps(engine: MemoryEngine, store: Store) -> None:
    await store.save(release("r1", web="sha256:a"))
    raw = await engine.read_from_image("flawless/release-shop:r1", "/release.json")
    assert CANARY.encode() not in raw
    assert CANARY not in str(await engine.images())
    assert b'"revision":"0123abcd"' in raw


async def test_another_machine_finds_releases_and_cannot_open_them(engine: MemoryEngine, tmp_path: Path) -> None:
    await store_on(engine, tmp_path / "mine").save(release("r1"))
    theirs = store_on(engine, tmp_path / "theirs")
    assert [kept.id for kept in await theirs.kept()] == ["r1"]
    with pytest.raises(UsageError, match="cannot read"):
        await theirs.load("r1")


async def test_a_release_that_is_not_kept_is_a_sentence(store: Store) -> None:
    with pytest.raises(UsageError, match="there is no release r9") as caught:
        await store.load("r9")
    assert caught.value.remedy


async def test_releases_are_listed_newest_first_with_what_they_need(store: Store) -> None:
    for one in (release("r2", 2.0, web="sha256:b"), release("r3", 3.5, web="sha256:c"), release("r1", 1.0)):
        await store.save(one)
    kept = await store.kept()
    assert [(each.id, each.created, each.state) for each in kept] == [
        ("r3", 3.5, BUILDING),
        ("r2", 2.0, BUILDING),
        ("r1", 1.0, BUILDING),
    ]
    assert kept[0].images == (("web", "flawless/shop-web:c", "sha256:c"),)


async def test_each_stack_sees_its_own_releases_only(engine: MemoryEngine, tmp_path: Path) -> None:
    await store_on(engine, tmp_path).save(release("r1"))
    assert await store_on(engine, tmp_path, "forum").kept() == ()


@pytest.mark.parametrize("states", [[GOOD], [BAD], [BACK], [GOOD, BACK], [GOOD, BACK, GOOD], [BAD, BAD]])
async def test_a_state_is_a_tag_and_the_last_one_counts(
    engine: MemoryEngine, store: Store, states: list[ReleaseState]
) -> None:
    await store.save(release("r1"))
    for state in states:
        await store.mark("r1", state)
    (kept,) = await store.kept()
    assert kept.state is states[-1]
    assert await tags(engine) == ["flawless/release-shop:r1", f"flawless/release-shop:r1.{states[-1].value}"]


@pytest.mark.parametrize(
    ("states", "newest"),
    [
        ({"r1": GOOD, "r2": GOOD, "r3": BAD}, "r2"),
        ({"r1": GOOD, "r2": BACK}, "r1"),
        ({"r1": BAD}, None),
        ({}, None),
    ],
)
async def test_the_newest_good_release_is_the_one_to_return_to(
    store: Store, states: dict[str, ReleaseState], newest: str | None
) -> None:
    for at, (name, state) in enumerate(states.items()):
        await store.save(release(name, float(at)))
        await store.mark(name, state)
    found = await store.good()
    assert (found.id if found else None) == newest


async def test_a_release_says_which_of_its_images_are_gone_or_are_others(engine: MemoryEngine, store: Store) -> None:
    (saved,) = await pinned(engine, store, release("r1", web="sha256:a", db="sha256:b", cache="sha256:c"))
    (kept,) = await store.kept()
    assert (await store.facts(kept)).missing == ()
    await engine.remove_image("flawless/shop-web:a")
    await engine.import_image(b"other", "flawless/shop-db", "b")
    facts = await store.facts(kept)
    assert facts.missing == ("image of web (flawless/shop-web:a)", "image of db (flawless/shop-db:b)")
    assert facts.images == {service.name: service.image_id for service in saved.services}


async def test_pruning_keeps_the_newest_good_ones_and_every_image_they_need(engine: MemoryEngine, store: Store) -> None:
    states = {"r1": GOOD, "r2": BAD, "r3": GOOD, "r4": GOOD}
    for (name, state), web in zip(states.items(), "abcd", strict=True):
        await pinned(engine, store, release(name, float(name[1]), web=f"sha256:{web}", db="sha256:x"))
        await store.mark(name, state)
    assert await store.prune(2) == ("r2", "r1")
    assert await tags(engine) == [
        "flawless/release-shop:r3", "flawless/release-shop:r3.good",
        "flawless/release-shop:r4", "flawless/release-shop:r4.good",
        "flawless/shop-db:x", "flawless/shop-web:c", "flawless/shop-web:d",
    ]  # fmt: skip


@pytest.mark.parametrize("keep", [0, -1, 1])
async def test_pruning_never_takes_the_newest_good_one(engine: MemoryEngine, store: Store, keep: int) -> None:
    await pinned(engine, store, release("r1", 1.0, web="sha256:a"), release("r2", 2.0, web="sha256:b"))
    await store.mark("r1", GOOD)
    await store.mark("r2", BAD)
    assert await store.prune(keep) == ("r2",)
    assert await tags(engine) == [
        "flawless/release-shop:r1", "flawless/release-shop:r1.good", "flawless/shop-web:a"
    ]  # fmt: skip


@given(st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=30))
def test_a_label_s_value_is_quoted_so_that_the_engine_reads_the_same(value: str) -> None:
    quoted = _quoted(value)
    inside = quoted[1:-1]
    assert (quoted[0], quoted[-1]) == ('"', '"')
    plain, escaped = [], False
    for char in inside:
        assert escaped or char not in '"$'
        if char != "\\" or escaped:
            plain.append(char)
            escaped = False
        else:
            escaped = True
    assert "".join(plain) == value
    assert not escaped


async def test_a_release_whose_key_is_elsewhere_is_no_way_back(
    engine: MemoryEngine, store: Store, tmp_path: Path
) -> None:
    (ours,) = await pinned(engine, store, release("r1", web="sha256:1"))
    other = store_on(engine, tmp_path / "another-checkout")
    (kept,) = await other.kept()
    assert (store.opens(kept), other.opens(kept)) == (True, False)
    assert (await store.facts(kept)).missing == ()
    assert "the key that opens it" in (await other.facts(kept)).missing[0]
    with pytest.raises(UsageError):
        await other.load(ours.id)


async def test_what_never_came_to_its_end_is_given_up_and_nothing_else(store: Store) -> None:
    for number, state in enumerate((GOOD, BUILDING, BACK)):
        await store.save(release(f"r{number}", created=float(number)))
        if state is not BUILDING:
            await store.mark(f"r{number}", state)
    await store.give_up_unfinished()
    assert [kept.state for kept in await store.kept()] == [BACK, BAD, GOOD]


async def test_the_last_good_release_is_opened_or_there_is_none(
    engine: MemoryEngine, store: Store, tmp_path: Path
) -> None:
    assert await store.last_good() is None
    made = release("r1")
    await store.save(made)
    await store.mark("r1", GOOD)
    assert await store.last_good() == made
    assert await store_on(engine, tmp_path / "elsewhere").last_good() is None


async def test_services_of_another_commit_are_told_without_opening_the_release(store: Store) -> None:
    made = release("r1", web="sha256:web", api="sha256:api")
    services = (structs.replace(made.services[0], revision="beefcafe"), made.services[1])
    await store.save(structs.replace(made, services=services))
    (kept,) = await store.kept()
    assert (await store.facts(kept)).revisions == kept.revisions == {"web": "beefcafe"}


MARKS = [
    SchemaMark("0123456789abcdef"),
    SchemaMark("0123456789abcdef", moved=True),
    SchemaMark("0123456789abcdef", moved=True, proved=True),
]


@pytest.mark.parametrize("mark", MARKS)
async def test_the_schema_that_a_release_left_is_kept_beside_its_state(store: Store, mark: SchemaMark) -> None:
    await store.save(release("r1"))
    await store.mark(release("r1").id, GOOD)
    await store.mark_schema("r1", mark)
    (kept,) = await store.kept()
    assert (kept.schema, kept.state) == (mark, GOOD)
    assert (await store.load("r1")).schema == mark


async def test_a_later_mark_of_the_schema_takes_the_place_of_the_one_before(store: Store) -> None:
    await store.save(release("r1"))
    for mark in MARKS:
        await store.mark_schema("r1", mark)
    assert (await store.kept())[0].schema == MARKS[-1]


async def test_only_the_start_of_a_digest_becomes_a_tag(store: Store) -> None:
    await store.save(release("r1"))
    await store.mark_schema("r1", SchemaMark("0123456789abcdef" * 4, moved=True))
    assert (await store.kept())[0].schema == MARKS[1]


async def test_a_forgotten_release_leaves_no_mark(engine: MemoryEngine, store: Store) -> None:
    for name, at in (("r1", 1.0), ("r2", 2.0)):
        await store.save(release(name, at))
        await store.mark(name, GOOD)
        await store.mark_schema(name, MARKS[1])
    assert await store.prune(1) == ("r1",)
    assert [tag for tag in await tags(engine) if ":r1" in tag] == []
