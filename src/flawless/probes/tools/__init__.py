"""What other people's tools say of the files, where they are installed."""
