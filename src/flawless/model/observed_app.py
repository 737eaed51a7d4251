"""What the application answered from outside: asked as described, and asked as nobody should."""

from __future__ import annotations

from msgspec import Struct


class Exchange(Struct, frozen=True, kw_only=True):
    """One operation asked as it is described; ``status`` is 0 when there was no answer.

    ``described`` are the statuses its description names, none where there is no description. ``filled``: it has
    parameters in its path for which a value was made up. ``said`` is an extract of an answer that is a fault.
    """

    operation: str
    status: int
    described: tuple[str, ...] = ()
    logged_in: bool = False
    filled: bool = False
    seconds: float = 0.0
    error: str = ""
    said: str = ""


class Reads(Struct, frozen=True, kw_only=True):
    """The operations that were asked. ``source`` is the address of the OpenAPI document, "" without one.

    ``login`` says why nobody was logged in, "" when somebody was. ``left_out`` were not asked: too many.
    """

    exchanges: tuple[Exchange, ...] = ()
    source: str = ""
    login: str = ""
    left_out: int = 0


class Access(Struct, frozen=True, kw_only=True):
    """An operation asked by those who may not; statuses are 0 without an answer, None where it was not asked.

    ``control`` is the answer to a genuine token, ``other`` that to the second account, asked of restricted ones.
    """

    operation: str
    public: bool = False
    without: int = 0
    forged: int = 0
    control: int | None = None
    other: int | None = None
    restricted: bool = False


class Accesses(Struct, frozen=True, kw_only=True):
    """All operations; ``login`` says why no genuine token was at hand, ``roles`` why no other role was tried."""

    operations: tuple[Access, ...]
    login: str = ""
    roles: str = ""
    left_out: int = 0


class Forgery(Struct, frozen=True):
    """A token that nobody should accept: what is wrong with it, and the status that it got."""

    name: str
    status: int


class TokenTrial(Struct, frozen=True, kw_only=True):
    """Forged tokens against one route. ``reason`` says why there is nothing to forge.

    ``genuine`` and ``afterwards`` are the answers to the genuine token before and after, ``without`` the one to none.
    ``untried`` says what could not be made, and why.
    """

    route: str = ""
    algorithm: str = ""
    genuine: int = 0
    without: int = 0
    afterwards: int = 0
    forgeries: tuple[Forgery, ...] = ()
    untried: tuple[str, ...] = ()
    reason: str = ""


class Misuse(Struct, frozen=True, kw_only=True):
    """A value that does not fit, sent to one operation. ``must_refuse``: by the description it cannot be right."""

    operation: str
    place: str
    kind: str
    status: int
    must_refuse: bool = False
    said: str = ""


class Inputs(Struct, frozen=True, kw_only=True):
    """All that was sent; ``alive`` tells whether the application still answered afterwards.

    ``controls`` are the answers to a request as it is described, by operation. ``login`` says why nobody was logged in.
    """

    misuses: tuple[Misuse, ...]
    controls: dict[str, int]
    alive: bool = True
    login: str = ""
    left_out: int = 0


class Injection(Struct, frozen=True, kw_only=True):
    """One parameter asked with SQL in it. Each of the three is "" when the pair of requests showed no difference.

    ``unsteady``: the same request twice was answered in two ways, so that a difference proves nothing. ``reached`` is
    false where the answers were refusals (no login, a limit) before any parameter was looked at.
    """

    operation: str
    place: str
    error: str = ""
    boolean: str = ""
    time: str = ""
    unsteady: bool = False
    reached: bool = True


class Injections(Struct, frozen=True, kw_only=True):
    """Every parameter that was tried."""

    tried: tuple[Injection, ...]
    login: str = ""
    left_out: int = 0


class Reflection(Struct, frozen=True, kw_only=True):
    """A marker of markup sent in one parameter, and how it came back.

    ``came`` is ``raw`` (as markup), ``escaped``, ``data`` (raw, in an answer that no browser takes for a page) or
    ``no`` (not at all); ``media`` is the answer's type. ``reached`` is false where the answer was a refusal before
    anything was looked at.
    """

    operation: str
    place: str
    status: int
    came: str
    media: str = ""
    policy: str = ""
    reached: bool = True


class Reflections(Struct, frozen=True, kw_only=True):
    """Every parameter that was tried, and the page of an address that does not exist."""

    tried: tuple[Reflection, ...]
    login: str = ""
    left_out: int = 0


class AuditTrial(Struct, frozen=True, kw_only=True):
    """What the audit log said before and after; None where it was not tried, for the reason ``untried``.

    ``steady``: nothing new came between two readings while nobody did anything. ``whole``: the first reading had few
    enough entries to have them all on one page. ``reason`` says why the log could not be read at all.
    """

    route: str = ""
    reason: str = ""
    steady: bool = True
    whole: bool = True
    login: bool | None = None
    change: bool | None = None
    untried: str = ""


class Preflight(Struct, frozen=True, kw_only=True):
    """What one route answered to pages of an origin: Access-Control-Allow-Origin and -Credentials as they came."""

    route: str
    origin: str
    foreign: bool
    method: str
    status: int
    allowed: str = ""
    credentials: bool = False
    error: str = ""


class LimitTrial(Struct, frozen=True, kw_only=True):
    """Requests in a row to one route until it said no.

    ``after`` is how many were answered before the first refusal, None when all ``sent`` were. ``forged`` is the status
    for a request that claimed another address in X-Forwarded-For, ``other`` the one for a real client elsewhere (None:
    there was no way to be one, for the reason ``alone``).
    """

    route: str
    sent: int
    after: int | None
    statuses: dict[str, int]
    forged: int | None = None
    other: int | None = None
    alone: str = ""


class Handshake(Struct, frozen=True, kw_only=True):
    """A WebSocket handshake through the proxy and, where it could be tried, at the service itself (None: not tried)."""

    path: str
    status: int
    direct: int | None = None
    service: str = ""
    named: bool = False
    error: str = ""
