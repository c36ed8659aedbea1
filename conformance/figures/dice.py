"""A small generator of numbers that look random. The same seed gives the same numbers on every machine."""

MASK = 2**64 - 1


class Dice:
    """Splitmix64."""

    def __init__(self, seed):
        self.state = seed & MASK

    def number(self):
        """A number of 64 bits."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        mixed = self.state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return mixed ^ (mixed >> 31)

    def between(self, least, most):
        """A whole number from `least` to `most`, both included."""
        return least + self.number() % (most - least + 1)

    def one_of(self, things):
        """One thing of a list."""
        return things[self.number() % len(things)]

    def percent(self, chance):
        """True in so many of a hundred cases."""
        return self.number() % 100 < chance
