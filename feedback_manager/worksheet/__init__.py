"""The worksheet: a page from which a person asks for removals, and a table in which the person says what happened."""
