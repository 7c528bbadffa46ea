"""Whether anybody looks: a session whose tab is gone stops working."""

import threading

from .session import GameSession

LOOKS = 0.3
"""Seconds between two looks at whether a tab is there; at the second that finds none the session stops."""


def attend(session: GameSession) -> None:
    """Stop a session's work while its tab is away, and close it with its kernel; does nothing outside solara's server."""
    from solara.server.kernel_context import PageStatus, get_current_context, has_current_context

    if not has_current_context():
        return
    context = get_current_context()

    def watch() -> None:
        away = 0
        while not context.closed_event.wait(LOOKS):
            away = 0 if PageStatus.CONNECTED in context.page_status.values() else away + 1
            if away == 2:
                session.lose()
        session.close()

    threading.Thread(target=watch, daemon=True).start()
