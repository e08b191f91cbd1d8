"""Every column, table, vocabulary, identifier and state once; all other packages derive from here."""
