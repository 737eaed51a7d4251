"""Is what we ship the code that was committed, locked and free of known holes?"""
