"""
Any page at any past time, with the rules of that day or of today, and what differs between them.
"""
