"""Variants of one derivation: what is drawn, the record of it, and the derivation with a record's numbers in it."""
