"""A cohort that learns by itself, outside a game."""

import numpy as np

from potluck.agents.strategies import Seats, as_policy


class Learner:
    """A rule with its state: `learn` moves the state on, `policy` returns probabilities (k, m)."""

    def __init__(self, rule, available, rows=None):
        self.rule = rule
        self.seats = Seats(np.asarray(available, dtype=bool), rows)
        self.state = rule.begin(self.seats)

    def learn(self, feedback):
        self.state = self.rule.learn(self.state, feedback)

    def policy(self):
        return as_policy(self.rule.policy(self.state), self.seats.everyone.shape[1])
