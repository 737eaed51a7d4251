"""What the stack's files say: no engine, no network but the advisory database."""
