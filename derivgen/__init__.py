"""derivgen: the derivation a good teacher would write by hand, from a computation as it stands on the blackboard."""

__version__ = "0.1.0"
