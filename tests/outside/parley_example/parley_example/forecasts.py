import numpy as np
from numpy.typing import NDArray

from sim.baselines.forecasts import Positions


def strongest(stand: Positions) -> NDArray[np.float64]:
    """The party with the most weight has its way; parties of equal weight meet in the middle."""
    most = stand.weight == stand.weight.max(axis=1, keepdims=True)
    return (stand.place * most).sum(axis=1) / most.sum(axis=1)
