"""What could be agreed, and what it is worth: spaces, payoffs, terms, frontiers and zones."""
