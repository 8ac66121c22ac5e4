"""Ids for the peers of the sparse engine: the same numbers on every run, as skewed as those of a click log.

  CRITEO_KAGGLE       rows of the 26 tables of the Criteo Kaggle data set, 33.8 million together
  draw_ids(...)       ids by Zipf's law or evenly
  ID_EXPONENTS        the exponent behind each name that a program takes as --ids
"""
import math

import torch

CRITEO_KAGGLE = (
    1460, 583, 10131227, 2202608, 305, 24, 12517, 633, 3, 93145, 5683, 8351593, 3194, 27, 14992, 5461306, 10, 5652,
    2173, 4, 7046547, 18, 15, 286181, 105, 142572)
ID_EXPONENTS = {"zipf": 1.05, "uniform": 0.0}
SCATTER = 2654435761


def draw_ids(count, rows, exponent, generator):
    """`count` ids in 0..<rows [count] int64 whose rank r has a probability of about r ** -exponent; 0 draws evenly.

    The rank is drawn by inverting the distribution function of the continuous power law. Ranks are then scattered over
    the table, so that rows often used are not neighbours: in a real table they are not either.
    """
    uniform = torch.rand(count, generator=generator, dtype=torch.float64)
    if exponent == 0:
        return (uniform * rows).long().clamp_(0, rows - 1)
    power = 1.0 - exponent
    rank = (uniform * ((rows + 1.0) ** power - 1.0) + 1.0).pow_(1.0 / power).long() - 1
    return rank.clamp_(0, rows - 1) * coprime_to(rows) % rows


def coprime_to(rows):
    """A factor without a common divisor with `rows`: multiplied by it, modulo `rows`, each id gets its own place."""
    factor = SCATTER % rows if rows > 1 else 1
    while math.gcd(factor, rows) != 1:
        factor += 1
    return factor
