"""How each mistake of the catalogue shows itself; the rows of :mod:`bot.model.diagnosis` name these functions."""
