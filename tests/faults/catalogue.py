"""The faults that a deploy tool must survive, by number, how each is made here, or why it is not.

The numbers and the places in brackets are those of the field study that the list comes from: issues of other tools, and
of teams that deploy with Compose.
"""

from __future__ import annotations

from msgspec import Struct


class Fault(Struct, frozen=True):
    """What happens, and how a test makes it; ``kinds`` of new release whose rows of the matrix stand for it."""

    words: str
    made: str = ""
    not_made: str = ""
    kinds: tuple[str, ...] = ()


FAULTS: dict[int, Fault] = {
    1: Fault("Ctrl-C or SIGTERM from a cancelled job", "the signal, while the new backend stands beside the old one"),
    2: Fault("kill -9 between new healthy and old removed", "kill before the old one is stopped, and after it stopped"),
    3: Fault("kill -9 while it writes its own state", "kill before each of the first four files is put in place"),
    4: Fault("the connection to the engine is lost or hangs", "a wire to the engine that is cut, or hands nothing on"),
    5: Fault("two deploys at once", "a second deploy while the first one switches"),
    6: Fault(
        "the holder of the lock died; the holder lives but does not move", "a lease whose process ended; one held"
    ),
    7: Fault("a hook calls the tool again", "flawless is called by the deploy that is under way"),
    8: Fault("a lock that is not got becomes a failed deploy", "a deploy while somebody holds the lease"),
    9: Fault(
        "an unrelated error after success takes the new release away", "a bug, a folder gone, a record not written"
    ),
    10: Fault("leftover HASH_name containers of an interrupted recreate", "such a container is put there"),
    11: Fault("the old container is removed, the new one cannot start", "a stop-first proxy with a wrong command"),
    12: Fault("all containers of a service have ended", "the backend is stopped, then a new commit is deployed"),
    13: Fault("a crash loop under a restart policy looks like running", "the matrix", kinds=("crash-looping",)),
    14: Fault("a healthcheck without its program; shorter than the start", "curl that is not there; 12 s to start"),
    15: Fault("one-shot jobs are run again at each up", "the same revision is deployed again"),
    16: Fault("the old process answers the new one's healthcheck", "a new image that says the old revision"),
    17: Fault("database or cache recreated as collateral", "a setting of the database changes with the commit"),
    18: Fault(
        "a changed configuration that is not picked up", "a mounted file with a new inode; a changed environment"
    ),
    19: Fault("a tag that means another image now", "the serving image's name is given to another image"),
    20: Fault("the engine is restarted half-way or overnight", "an engine of the test's own is stopped and started"),
    21: Fault("the registry is down or answers 429 half-way", "a port nobody listens on; a registry of 429, of 503"),
    22: Fault("a slow disk: creating a container takes long", "each creation takes 8 s more on the wire to the engine"),
    23: Fault("the disk is full", "the second engine's disk is filled before and in four steps; the ledger's in two"),
    24: Fault("too little memory: the new one is killed", "a memory limit under what the backend needs"),
    25: Fault("nginx keeps the address of a container that is gone", "names that are looked up once"),
    26: Fault("the old container still gets requests after SIGTERM", "fifty requests a second during the switch"),
    27: Fault("the front proxy is recreated, all connections drop", "only its configuration changes"),
    28: Fault("the proxy loses its routes in a restart", "the proxy is restarted, then a deploy"),
    29: Fault(
        "a rollback that changes nothing: the shell beats the release", "other values in the shell at a rollback"
    ),
    30: Fault("a rollback that says success over a crash loop", "a password that no longer fits"),
    31: Fault("a rollback's exit code says nothing", "rollbacks to what is not there and to what was never good"),
    32: Fault("rolling back to a failed or cancelled release, or to none", "a killed one, a bad one, a first deploy"),
    33: Fault("old code with the new configuration", "a changed environment and a backend that fails"),
    34: Fault("a migration that fails half-way", "two statements outside of a transaction, the second fails"),
    35: Fault("a part is new, a part failed", "the frontend is switched, the backend is never healthy"),
    36: Fault("pruning, or somebody, removed what a rollback needs", "the image of the release before is removed"),
    37: Fault("nothing could be measured, and that passes", "a stack without a way in, nothing allowed"),
    38: Fault("inside all is well, the public way in is not", "the public address leads nowhere"),
    39: Fault("secrets in logs and evidence", "a backend that prints its password and ends"),
    40: Fault("a name is held by somebody else's container", "before the deploy, and in the middle of it"),
    41: Fault("a port is taken", "a stranger takes the proxy's port between stop and start"),
    42: Fault("the clock jumps", "an hour on and an hour back after the first switch; good and bad releases"),
    43: Fault("two projects on one engine", "both deploy at once; and beside every other test a bystander watches"),
}
BEYOND = 39
"""The numbers above this one are not of the field study."""

NOT_MADE = {
    4: "SSH itself, and a terminal that hangs up: the wire stands for both",
    20: "an upgrade that raises the lowest version of the API: there is one engine here",
    24: "the machine's own memory running out: its other work would be killed too",
    34: "MySQL: the stacks here have PostgreSQL",
    38: "public DNS and firewalls: this machine has neither",
}
"""What of a fault cannot be made here, and why."""
