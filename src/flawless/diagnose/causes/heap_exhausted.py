"""The program ran out of its own heap."""

from __future__ import annotations

from flawless.diagnose.cause import Cause, Depth, said

CAUSE = Cause(
    id="heap-exhausted",
    title="the program ran out of its own heap",
    depth=Depth.PROGRAM,
    find=said(
        r"JavaScript heap out of memory|java\.lang\.OutOfMemoryError|memory allocation of \d+ bytes "
        r"failed|runtime: out of memory|^MemoryError\b"
    ),
    fix="give {service} more memory (`mem_limit`, `--max-old-space-size`, `-XX:MaxRAMPercentage`), or mend what grows",
)
