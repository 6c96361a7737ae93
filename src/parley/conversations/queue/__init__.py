"""Who waits for an agent: seen in one order, taken, given back, and given out by the clock."""
