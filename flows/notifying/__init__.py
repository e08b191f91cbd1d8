"""Who is told about a run that ended: people by any Apprise address, a dead-man's switch by a ping."""
