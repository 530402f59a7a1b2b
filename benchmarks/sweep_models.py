"""The models that the sweep benchmark runs, on either side."""

from __future__ import annotations

import resource

import mesa


class Haggler(mesa.Agent):
    """Concedes a little each round and accepts what reaches its aspiration."""

    def __init__(self, model, reservation):
        super().__init__(model)
        self.reservation = reservation
        self.aspiration = 1.0

    def concede(self):
        self.aspiration = max(self.reservation, self.aspiration - 0.02 * self.model.random.random())


class Haggling(mesa.Model):
    """Five parties share a pie; one round a step, at most fifty. About a millisecond."""

    def __init__(self, patience=0.3, rng=None):
        super().__init__(rng=rng)
        for _ in range(5):
            Haggler(self, patience * self.random.random())
        self.rounds = 0
        self.agreed = False
        # batch_run insists on a collector; it is asked once, at the end.
        self.datacollector = mesa.DataCollector(model_reporters={"rounds": "rounds", "agreed": "agreed"})

    def step(self):
        self.rounds += 1
        parties = self.agents.to_list()
        for party in parties:
            party.concede()
        self.agreed = sum(party.aspiration for party in parties) <= 2.0
        if self.agreed or self.rounds >= 50:
            self.running = False
            self.datacollector.collect(self)


def _set_up(case):
    # The seeds are those that batch_run is given, so that the rows of both sides can be compared.
    return Haggling(patience=case.settings["patience"], rng=case.replication)


def haggle(case):
    """Run the model once for a case of a sweep, by Mesa's clock."""
    model = _set_up(case)
    while model.running:
        model.step()
    return {"rounds": model.rounds, "agreed": bool(model.agreed)}


def haggle_by_own_step(case):
    """Run the same model by the step it defines itself, without Mesa's clock around it.

    Nothing in it reads the clock or schedules an event, so that the rows are the same.
    """
    model = _set_up(case)
    while model.running:
        Haggling.step(model)
    return {"rounds": model.rounds, "agreed": bool(model.agreed)}


def bare(runs):
    """Make runs one after another, with nothing around them."""
    for run in range(runs):
        model = Haggling(patience=0.1 + 0.8 * (run % 10) / 9, rng=run)
        while model.running:
            model.step()


def trivial(case):
    """Cost next to nothing, so that what is measured is the sweep."""
    x = case.settings["patience"]
    return {
        "rounds": case.replication % 50,
        "agreed": x > 0.5,
        "a": x,
        "b": x * case.replication,
        "c": x - 1.0,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }
