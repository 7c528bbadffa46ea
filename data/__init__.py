"""What people bring: rows of data, data sets, ratings, who holds which rows, and fetching published files."""
