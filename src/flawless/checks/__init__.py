"""One pure file per check; the folders are questions. Nothing here reads, writes or runs anything."""
