"""
A second grader, written from the tables alone, to be compared with the product.

Nothing in here may import toxmodels: agreement is worth something only between two readings of
the same tables that share no code. It works on the JSON object of a case file.
"""
