"""Information gain as the worth of data, and the noise that realises a reward."""
