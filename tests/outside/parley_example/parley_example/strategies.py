from sim.negotiation.clock import Clock
from sim.negotiation.strategy import Strategy


class Stepwise(Strategy):
    """Gives a quarter of its way from best text to floor at each quarter of the time."""

    def demand(self, now: Clock) -> int:
        """Return the least net worth it asks for now, in units of 1e-9."""
        steps = int(4 * now.elapsed)
        best, floor = self.own.best, self.own.floor
        return best - (best - floor) * steps // 4
