"""What is trained on data: classifiers, Gaussian processes and the information they gain, the recommender, privacy methods."""
