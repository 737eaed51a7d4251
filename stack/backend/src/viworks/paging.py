"""Pages of a long table, newest first, by keyset: a page costs the same wherever in the table it lies.

Every index of such a list ends in the columns with few values, then time and key. The list asks for each combination
of those few values by itself (`spread`), each a range of one index that is already in order, and merges the answers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from sqlalchemy import ARRAY, Column, FromClause, Select, Table, Text, cast, func, literal, select, true, tuple_

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
CURSOR = r"^(0|[1-9][0-9]{0,16})\.[1-9][0-9]{0,17}$"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Position:
    """The last row of a page: the next one begins behind it."""

    at: datetime
    key: int


def cursor(last: Position | None) -> str | None:
    """As text for the client: microseconds since 1970, a point, the key. None when nothing follows."""
    return None if last is None else f"{(last.at - EPOCH) // timedelta(microseconds=1)}.{last.key}"


def position(text: str) -> Position:
    """What `cursor` made. Raises ValueError."""
    if not re.fullmatch(CURSOR, text):
        raise ValueError("must be `next` of the page before")
    microseconds, key = text.split(".")
    return Position(EPOCH + timedelta(microseconds=int(microseconds)), int(key))


def moment(text: Any) -> datetime:
    """A time of RFC 3339, whose offset is not optional; to the ends of the calendar, where a day has no offset.

    Raises ValueError.
    """
    if not isinstance(text, str) or not RFC3339.fullmatch(text):
        raise ValueError("must be a time with its offset, as 2026-01-31T12:00:00Z")
    leap = re.sub(r":60(?=[.Zz+-])", ":59", text)  # RFC 3339 knows leap seconds, PostgreSQL does not
    parsed = datetime.fromisoformat(leap.upper())
    latest, earliest = datetime.max.replace(tzinfo=UTC) - DAY, datetime.min.replace(tzinfo=UTC) + DAY
    return min(max(parsed, earliest), latest).astimezone(UTC)


Moment = Annotated[
    datetime,
    BeforeValidator(moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Since = Annotated[Moment | None, Field(description="Not before this time", examples=["2026-01-31T12:00:00Z"])]
Until = Annotated[Moment | None, Field(description="Before this time", examples=["2026-02-28T12:00:00+01:00"])]
Limit = Annotated[int, Field(ge=1, le=100, description="How many at most")]
Cursor = Annotated[
    str | None,
    Field(pattern=CURSOR, description="`next` of the page before", examples=["1769860800000000.7"]),
]


@dataclass(frozen=True)
class Page:
    """What part of the list is wanted; all times are aware."""

    limit: int
    since: datetime | None = None
    until: datetime | None = None
    after: Position | None = None


def values(given: Sequence[str], name: str) -> FromClause:
    """A relation of these values, in the column `value`."""
    return func.unnest(cast(list(given), ARRAY(Text))).table_valued("value", name=name).render_derived()


def distinct(column: Column[Any], name: str) -> FromClause:
    """A relation of the values that an indexed column has, in the column `value`; a probe of the index for each.

    It ends with a null, which equals nothing.
    """
    found = select(func.min(column).label("value")).cte(name, recursive=True)
    following = select(func.min(column)).where(column > found.c.value).scalar_subquery()
    return found.union_all(select(following).where(found.c.value.is_not(None)))


def page(
    table: Table,
    order: tuple[str, str],
    equal: Mapping[str, str | None],
    spread: Mapping[str, FromClause],
    wanted: Page,
) -> Select[Any]:
    """The rows of a page, one more than its limit if there are more; `order` names the columns of time and key."""
    at, key = (table.c[name] for name in order)
    part = select(at.label("at"), key.label("key")).order_by(at.desc(), key.desc()).limit(wanted.limit + 1)
    part = part.where(*(table.c[name] == value for name, value in equal.items() if value is not None))
    part = part.where(*(table.c[name] == given.c.value for name, given in spread.items()), *bounds(at, key, wanted))
    each = part.lateral("part")
    source: FromClause = each
    for given in reversed(list(spread.values())):
        source = given.join(source, true())
    newest = select(each.c.key).select_from(source).order_by(each.c.at.desc(), each.c.key.desc())
    chosen = newest.limit(wanted.limit + 1).subquery("chosen")
    return select(table).join(chosen, key == chosen.c.key).order_by(at.desc(), key.desc())


def bounds(at: Column[Any], key: Column[Any], wanted: Page) -> list[Any]:
    """The conditions that a page sets on time and key."""
    conditions: list[Any] = []
    if wanted.since:
        conditions.append(at >= wanted.since)
    if wanted.until:
        conditions.append(at < wanted.until)
    if wanted.after:
        conditions.append(tuple_(at, key) < tuple_(literal(wanted.after.at), literal(wanted.after.key)))
    return conditions
