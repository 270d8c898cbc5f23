"""Exchange: whole cases in and out in the formats of others, without changing a value."""
