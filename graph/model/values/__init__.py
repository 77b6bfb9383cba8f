"""Normalisers of values, by family. Import them from their family's module."""

from graph.model.values.normaliser import Normaliser as Normaliser
