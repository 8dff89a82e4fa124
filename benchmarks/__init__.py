"""Benchmarks: ratios within one run, never seconds, so that they mean the same on any machine. `make bench` runs them all."""
