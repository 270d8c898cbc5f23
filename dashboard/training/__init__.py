"""Sample cases that teach: what a story asks, what the trainee answered, what that is worth."""
