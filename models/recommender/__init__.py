"""A recommender trained on the ratings of several parties."""
