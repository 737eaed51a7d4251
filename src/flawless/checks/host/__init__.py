"""Has the machine room for it?"""
