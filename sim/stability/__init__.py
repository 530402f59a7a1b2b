"""Would it last: moves, solution concepts, coalitions and enforcement, exactly and without simulation."""
