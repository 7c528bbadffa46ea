"""The error that says why an attack has no meaning for a task or a rule."""


class NotExpressible(ValueError):  # noqa: N818, a reason rather than a mistake
    """An attack that a task or a rule cannot express; the message says why.

    Examples
    --------
    >>> raise NotExpressible("the task shows no rows: there are no labels")
    Traceback (most recent call last):
        ...
    potluck.attacks.expressible.NotExpressible: the task shows no rows: there are no labels
    """
