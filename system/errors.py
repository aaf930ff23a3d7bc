"""The one error that the command line shows as one line."""

__all__ = ["UserError"]


class UserError(ValueError):
    """What the user asked for cannot be done; the message names subject, rule and value."""
