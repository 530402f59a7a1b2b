"""Models with known answers that the analysis tests sweep through the whole path."""

import math

G_COEFFICIENTS = (0.0, 1.0, 4.5, 9.0)


def ishigami(case):
    """Sin x1 + 7 sin² x2 + 0.1 x3⁴ sin x1, with x in [−π, π]."""
    x1, x2, x3 = (case.settings[name] for name in ("x1", "x2", "x3"))
    return {"y": math.sin(x1) + 7 * math.sin(x2) ** 2 + 0.1 * x3**4 * math.sin(x1)}


def sobol_g(case):
    """Π (|4x_i − 2| + a_i) / (1 + a_i)."""
    product = 1.0
    for place, a in enumerate(G_COEFFICIENTS):
        product *= (abs(4 * case.settings[f"x{place}"] - 2) + a) / (1 + a)
    return {"y": product}


def noisy(case):
    """Depend on x and on luck that all points share: keyed by the replication, it does not differ between them."""
    from sim.domain.streams import Purpose, stream

    luck = stream(case.seed, Purpose.NEGOTIATION, case.world, case.replication).random()
    return {"y": case.settings["x"] + luck}


def brittle(case):
    """Fail where x is large."""
    if case.settings["x"] > 0.95:
        raise ZeroDivisionError("no agreement")
    return {"y": case.settings["x"] + 2 * case.settings["z"]}
