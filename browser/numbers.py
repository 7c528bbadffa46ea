"""Numbers as they stand on the page."""


def shown_number(value: float) -> str:
    """Return a number with four digits; what is left of rounding is nothing.

    Examples
    --------
    >>> shown_number(-3.469e-18), shown_number(0.123456), shown_number(1234567.0), shown_number(float("inf"))
    ('0', '0.1235', '1.235e+06', 'inf')
    """
    return "0" if abs(value) < 1e-12 else f"{value:.4g}"


def signed(value: float) -> str:
    """Return a number with its sign.

    Examples
    --------
    >>> signed(0.17), signed(-2.0), signed(1e-18)
    ('+0.17', '−2', '0')
    """
    text = shown_number(abs(value))
    return text if text == "0" else f"{'+' if value > 0 else '−'}{text}"
