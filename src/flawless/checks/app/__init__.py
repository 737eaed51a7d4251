"""Does the application answer as described, and refuse what it must?"""
