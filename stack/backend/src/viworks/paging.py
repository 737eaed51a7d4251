"""Pages of a long table, newest first, by keyset: a page costs the same wherever in the table it lies.

Every index of such a list ends in the columns with few values, then time and key. The list asks for each combination
of those few values by itself (`spread`), each a range of one index that is already in order, and merges the answers.

A statement depends on which filters there are and not on their values, which are its parameters. So each list keeps
its statements: SQLAlchemy takes longer to put one together than PostgreSQL to answer it.
"""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from sqlalchemy import (
    ARRAY,
    Column,
    FromClause,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    cast,
    func,
    select,
    true,
    tuple_,
)

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
    cursor: str | None = None

    @property
    def bounds(self) -> frozenset[str]:
        """Which bounds are set, of `since`, `until` and `cursor`."""
        return frozenset(name for name in ("since", "until", "cursor") if getattr(self, name) is not None)

    @property
    def parameters(self) -> dict[str, Any]:
        """Those of the statement of a page. Raises ValueError for a cursor that no page gave."""
        given: dict[str, Any] = {"rows": self.limit + 1}
        given |= {name: getattr(self, name) for name in self.bounds - {"cursor"}}
        if self.cursor is not None:
            after = position(self.cursor)
            given |= {"after_at": after.at, "after_key": after.key}
        return given


def values(parameter: str) -> FromClause:
    """A relation of the values in the parameter, in the column `value`."""
    return func.unnest(cast(bindparam(parameter), ARRAY(Text))).table_valued("value", name=parameter).render_derived()


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
    equal: Set[str],
    spread: Mapping[str, FromClause],
    bounded: Set[str],
) -> Select[Any]:
    """The rows of a page, one more than its limit if there are more; `order` names the columns of time and key.

    Its parameters are those of Page, of the relations, and one by the name of each column in `equal`.
    """
    at, key = (table.c[name] for name in order)
    rows = bindparam("rows", type_=Integer)
    part = select(at.label("at"), key.label("key")).order_by(at.desc(), key.desc()).limit(rows)
    part = part.where(*(table.c[name] == bindparam(name) for name in sorted(equal)))
    part = part.where(*(table.c[name] == given.c.value for name, given in spread.items()), *bounds(at, key, bounded))
    each = part.lateral("part")
    source: FromClause = each
    for given in reversed(list(spread.values())):
        source = given.join(source, true())
    newest = select(each.c.key).select_from(source).order_by(each.c.at.desc(), each.c.key.desc())
    chosen = newest.limit(rows).subquery("chosen")
    return select(table).join(chosen, key == chosen.c.key).order_by(at.desc(), key.desc())


def bounds(at: Column[Any], key: Column[Any], bounded: Set[str]) -> list[Any]:
    """The conditions that a page sets on time and key."""
    behind = tuple_(bindparam("after_at", type_=at.type), bindparam("after_key", type_=key.type))
    conditions = {
        "since": at >= bindparam("since"),
        "until": at < bindparam("until"),
        "cursor": tuple_(at, key) < behind,
    }
    return [condition for name, condition in conditions.items() if name in bounded]
