"""Real stores for the tests that are marked `engine`, once for all of them, and empty for each."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE)]

from viworks_stores import Stores, running  # noqa: E402

from viworks.database import Database  # noqa: E402


@pytest.fixture(scope="session")
def running_stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """PostgreSQL with its roles and no table, and Redis."""
    with running(tmp_path_factory.mktemp("stores")) as stores:
        yield stores


@pytest.fixture
async def stores(running_stores: Stores) -> Stores:
    """Both, with the newest schema and nothing in them."""
    await running_stores.migrate("head")
    await running_stores.empty()
    return running_stores


@pytest.fixture
async def database(stores: Stores) -> AsyncIterator[Database]:
    """The backend's own way to PostgreSQL, as the role viworks_app."""
    database = Database(stores.dsn("app"), "viworks-tests")
    await database.open()
    yield database
    await database.close()
