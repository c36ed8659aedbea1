"""Recomputes every figure of a program's metrics from its exported facts, without the engine."""
