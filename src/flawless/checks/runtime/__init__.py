"""Do the containers run, stay up and stay small?"""
