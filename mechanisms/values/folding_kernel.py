"""The loop behind exact semivalues: rows of a large table, each read once."""

import numba

from ...arrays import FloatArray, IntArray


@numba.njit(cache=True, fastmath={"reassoc", "contract", "nsz"})
def fold_rows(
    matrix: FloatArray,
    rows: IntArray,
    path: FloatArray,
    weights: FloatArray,
    ways: FloatArray,
    row_sums: FloatArray,
    total: FloatArray,
) -> None:
    """Add rows, less a path, to their ``total``, ``ways`` times each; put their weighted sums into ``row_sums``.

    Four rows are read at a time, so that path, weights and total are loaded a quarter as often.
    """
    whole = len(rows) - len(rows) % 4
    for k in range(0, whole, 4):
        one, two, three, four = matrix[rows[k]], matrix[rows[k + 1]], matrix[rows[k + 2]], matrix[rows[k + 3]]
        first, second, third, fourth = ways[k], ways[k + 1], ways[k + 2], ways[k + 3]
        a = b = c = d = 0.0
        for column in range(matrix.shape[1]):
            base, weight = path[column], weights[column]
            p, q, r, s = one[column], two[column], three[column], four[column]
            p, q, r, s = p - base, q - base, r - base, s - base
            a, b, c, d = a + p * weight, b + q * weight, c + r * weight, d + s * weight
            total[column] += first * p + second * q + third * r + fourth * s
        row_sums[rows[k]], row_sums[rows[k + 1]] = first * a, second * b
        row_sums[rows[k + 2]], row_sums[rows[k + 3]] = third * c, fourth * d
    for k in range(whole, len(rows)):
        one, first, a = matrix[rows[k]], ways[k], 0.0
        for column in range(matrix.shape[1]):
            p = one[column]
            p -= path[column]
            a += p * weights[column]
            total[column] += first * p
        row_sums[rows[k]] = first * a
