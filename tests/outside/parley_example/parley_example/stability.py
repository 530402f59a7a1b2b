import numpy as np

from sim.stability.assess import Assessment, TestResult


def third_of_the_way(found: Assessment, name: str) -> TestResult:
    """Every signer gets at least a third of what it could gain over no deal at best."""
    payoffs = found.payoffs
    worth, no_deal = payoffs.worth, payoffs.reservation
    best = worth[found.terms.space.signable].max(axis=0)
    share = (worth - no_deal) / np.maximum(best - no_deal, 1)
    share = np.where(payoffs.must_sign, share, np.inf)
    margin = share.min(axis=1) - 1 / 3
    return TestResult(name, margin >= 0, margin, share.argmin(axis=1))
