"""Model rewards: information gain, fairness, noise that realises a reward."""
