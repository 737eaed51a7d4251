"""One file per kind of step that changes what runs."""
