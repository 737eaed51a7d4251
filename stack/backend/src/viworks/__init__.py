"""The backend of the reference stack: a small, real record of deployments."""

VERSION = "0.1.0"
