"""The papers that scenarios reproduce."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """A paper.

    Parameters
    ----------
    key
        Short name, as in ``potluck reproduce --paper KEY``.
    authors, title, venue, year
        As one would cite it.
    """

    key: str
    authors: str
    title: str
    venue: str
    year: int

    def at(self, place: str) -> str:
        """Return the paper's title and a place in it, as components cite it.

        Examples
        --------
        >>> MARKETS.at("Section 4")
        'Collaborative Machine Learning Markets, Section 4'
        """
        return f"{self.title}, {place}"

    def __str__(self) -> str:
        return f"{self.authors} ({self.year}). {self.title}. {self.venue}."


FAIR_VALUE = Paper(
    "fair-value",
    "Kang, Pedarsani & Ramchandran",
    "The Fair Value of Data Under Heterogeneous Privacy Constraints in Federated Learning",
    "Transactions on Machine Learning Research",
    2024,
)
MULTI_PARTY = Paper(
    "multi-party",
    "Chen, Liu, Shen, Shen, Tang & Yang",
    "Mechanism Design for Multi-Party Machine Learning",
    "arXiv:2001.08996",
    2020,
)
PRIVACY = Paper(
    "privacy",
    "Pejó, Tang & Biczók",
    "Together or Alone: The Price of Privacy in Collaborative Learning",
    "Proceedings on Privacy Enhancing Technologies 2019(2)",
    2019,
)
MODEL_REWARDS = Paper(
    "model-rewards",
    "Sim, Zhang, Chan & Low",
    "Collaborative Machine Learning with Incentive-Aware Model Rewards",
    "ICML",
    2020,
)
MARKETS = Paper(
    "markets",
    "Ohrimenko, Tople & Tschiatschek",
    "Collaborative Machine Learning Markets",
    "Smooth Games Optimization and Machine Learning Workshop, NeurIPS",
    2019,
)
