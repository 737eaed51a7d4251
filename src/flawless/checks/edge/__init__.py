"""Does the proxy serve, redirect, encrypt and protect?"""
