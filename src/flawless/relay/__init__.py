"""The static program that makes a connection from inside a network: its source, its build, its digests."""
