"""Evaluation → the lines that stand on a page: equalities with sides that can be evaluated, each with its reason."""
