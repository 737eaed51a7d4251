"""Is it fast, and does it stay so?"""
