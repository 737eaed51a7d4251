"""Who reaches whom, and who must not?"""
