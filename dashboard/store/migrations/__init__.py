"""Database migrations of the store, run by the program itself when it starts."""
