"""Prefect flows, the steps they are made of, and the command line."""
