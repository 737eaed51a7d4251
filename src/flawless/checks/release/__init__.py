"""Is what runs what was released, and is there a way back?"""
