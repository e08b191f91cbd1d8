"""The steps of a run as plain functions: the command line calls them directly, flows wrap them in tasks."""
