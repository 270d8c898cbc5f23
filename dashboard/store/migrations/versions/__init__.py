"""One file a released step of the schema; a released step is never edited."""
