"""A host name is not known on its network."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="name-not-resolved",
    title="a host name is not known on its network",
    depth=Depth.NEIGHBOUR,
    find=said(
        r"(?i)ENOTFOUND|EAI_AGAIN|Temporary failure in name resolution|Name or service not known|no such "
        r"host|could not translate host name|failed to lookup address information|UnknownHostException|"
        r"could not resolve host"
    ),
    fix="put {service} and the host it names on one network, and name the service as Compose does; see "
    "`docker compose ps` for whether it runs",
)
