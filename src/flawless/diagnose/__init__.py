"""Why something is broken: causes, each with the line that shows it, the deepest first. Pure."""
