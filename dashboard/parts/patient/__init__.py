"""The pieces of the Patient page: each says or draws one thing about one patient."""
