"""Weaving: marked regions of course notes, filled with pieces of a derivation, every other byte left alone."""
