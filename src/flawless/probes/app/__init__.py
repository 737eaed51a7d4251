"""The application, asked from outside: as it describes itself, and in a throwaway copy as nobody should."""
