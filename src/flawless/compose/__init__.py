"""Reading a stack: Compose resolves the files, this package finds the lines and makes a ``Stack`` of the result."""
