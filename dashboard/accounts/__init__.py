"""Who may do what: people, roles, passwords and seats. Nothing in here knows a screen."""
