"""Great Expectations suites made from the schemas, and the one function that judges a night's reports by them.

Importing Great Expectations takes seconds, so it happens inside the functions that need it: importing this package is free.
"""
