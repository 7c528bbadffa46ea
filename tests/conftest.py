import os

import pytest
from hypothesis import settings

settings.register_profile("potluck", deadline=None, derandomize=True)
settings.register_profile("random", deadline=None)
settings.load_profile(os.environ.get("POTLUCK_HYPOTHESIS", "potluck"))

# workers are told a width of 80, which what is printed would follow
os.environ.pop("COLUMNS", None)


@pytest.fixture(scope="session")
def small_games():
    """Parameters, as text, with which the scenarios that can be stepped through open and step fast."""
    return {
        "fair-value-dynamics": {"users": "2", "costs": "0.5"},
        "fair-value-scale": {"users": "1000"},
        "hiding-dynamics": {"portions": "4"},
        "multi-task-market": {"dataset": "wine", "parties": "2", "copies": "1"},
        "privacy-mechanisms": {"dataset": "synthetic(users=200, items=80, density=0.4, taste=3)", "passes": "30", "splits": "1"},
        "replication-attack": {"dataset": "wine", "parties": "2", "copies": "1", "rounds": "6"},
        "rewards-strategic": {"rows": "30"},
    }
