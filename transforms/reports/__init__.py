"""From the bytes of a downloaded report to typed rows, with every row accounted for."""
