"""A round of the sharing game with mesa-frames, in an environment that has it: prints seconds of processor time."""

import statistics
import sys
import time

import numpy as np
import polars as pl
from mesa_frames import AgentSetPolars, ModelDF


class Users(AgentSetPolars):
    def __init__(self, model: ModelDF, n: int) -> None:
        super().__init__(model)
        zeros = np.zeros(n)
        self += pl.DataFrame(
            {
                "unique_id": np.arange(n),
                "cost": np.random.default_rng(0).uniform(0, 2, n),
                "action": np.random.default_rng(1).integers(0, 2, n),
                "more": zeros,
                "played": np.zeros(n, int),
            }
        )

    def _pays(self) -> tuple[float, float]:
        others = int(self.agents["action"].sum())
        return self.model.pay[max(others - 1, 0)], self.model.pay[min(others, len(self) - 1)]

    def step(self) -> None:
        mine, theirs = self._pays()
        revise = pl.Series(self.model.rng.random(len(self)) < 0.5)
        better = (pl.when(pl.col("action") == 1).then(mine).otherwise(theirs) > pl.col("cost")).cast(pl.Int64)
        self.agents = self.agents.with_columns(pl.when(revise).then(better).otherwise(pl.col("action")).alias("action"))
        mine, theirs = self._pays()
        gain = pl.when(pl.col("action") == 1).then(mine).otherwise(theirs) - pl.col("cost")
        frame = self.agents.with_columns(gain.alias("gain")).with_columns((pl.col("gain") * pl.col("action")).alias("payoff"))
        self.agents = frame.with_columns(
            (pl.col("more") + pl.col("gain") - pl.col("payoff")).alias("more"),
            (pl.col("played") + pl.col("action")).alias("played"),
        )
        left = pl.max_horizontal(pl.col("gain"), 0) - pl.col("payoff")
        self.exploitability = float(self.agents.select(left.sum()).item())
        self.welfare = float(self.agents["payoff"].sum())


class Sharing(ModelDF):
    def __init__(self, n: int) -> None:
        super().__init__()
        self.rng = np.random.default_rng(3)
        worth = np.sqrt(np.arange(n + 1) / n) * n
        self.pay = 0.8 * worth[1:] / np.arange(1, n + 1)
        self.agents += Users(self, n)

    def step(self) -> None:
        self.agents.do("step")


def main() -> None:
    n = int(sys.argv[1])
    model = Sharing(n)
    model.step()
    rounds, times = max(3, min(20, 10**6 // n)), []
    for _ in range(3):
        begun = time.process_time()
        for _ in range(rounds):
            model.step()
        times.append((time.process_time() - begun) / rounds)
    print(statistics.median(times))


if __name__ == "__main__":
    main()
