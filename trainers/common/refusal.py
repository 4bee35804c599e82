class Refusal(Exception):
    """A job that cannot be done, this time or another. Its text: what was expected, what was found, and a remedy."""
