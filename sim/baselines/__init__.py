"""What a spreadsheet would say: the simple forecasts to hold a result against.

They know positions, saliences and capabilities, and nothing of red lines, reservation values, ratification or
the time after signing. Arrays have any number of leading axes (worlds, say); the last one is the actors.
"""
