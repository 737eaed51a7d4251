"""The seams we ship: a healthy world to change one thing in, examples from docs, recorded ports."""
