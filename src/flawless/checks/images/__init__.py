"""Are the images fit for production?"""
