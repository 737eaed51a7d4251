"""A finished report in, text out: terminal, JSON, HTML. Pure; formats never compute, filter or decide."""
