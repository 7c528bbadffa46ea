"""The browser app: controls made from a scenario's parameters, a game that is stepped in the background, and its page."""
