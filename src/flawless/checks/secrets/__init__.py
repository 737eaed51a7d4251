"""Is the environment complete, well-formed and quiet about secrets?"""
