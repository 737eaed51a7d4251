"""Run the command line as ``python -m flawless``."""

from flawless.cli.door import main

if __name__ == "__main__":
    main()
