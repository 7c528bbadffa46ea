"""Scenarios that take a known time, for the scripts beside this one."""

import time
from typing import Any

import mesa
import numpy as np
import pandas as pd

from potluck.scenarios import Findings, Scenario


class Waiting(Scenario):
    """Waits, then draws three numbers."""

    scale: float = 1.0
    seconds: float = 0.2

    def play(self, rng: np.random.Generator) -> Findings:
        time.sleep(self.seconds)
        return Findings({"draws": pd.DataFrame({"draw": self.scale * rng.random(3)})}, [])


class Counting(Scenario):
    """Computes for a time, as one core counts it, then draws three numbers."""

    scale: float = 1.0
    seconds: float = 0.2

    def play(self, rng: np.random.Generator) -> Findings:
        end = time.process_time() + self.seconds
        while time.process_time() < end:
            pass
        return Findings({"draws": pd.DataFrame({"draw": self.scale * rng.random(3)})}, [])


class Walkers(mesa.Model):
    """Agents that each walk a random step a round."""

    def __init__(self, walkers: int = 100, rounds: int = 50, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.rounds = rounds
        self.places = np.zeros(walkers)
        self.datacollector = mesa.DataCollector({"spread": lambda model: float(model.places.std())})

    def step(self) -> None:
        for walker in range(len(self.places)):
            self.places[walker] += self.random.gauss(0, 1)
        self.datacollector.collect(self)
        self.running = self.steps < self.rounds


class Walks(Scenario):
    """The same model as a scenario."""

    walkers: int = 100
    rounds: int = 50

    def play(self, rng: np.random.Generator) -> Findings:
        model = Walkers(self.walkers, self.rounds, rng=int(rng.integers(2**31)))
        while model.running:
            model.step()
        return Findings({"walks": model.datacollector.get_model_vars_dataframe()}, [])
