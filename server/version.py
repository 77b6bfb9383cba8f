"""The version of Mirage; the project file reads it from here."""

VERSION = "0.1.0"
