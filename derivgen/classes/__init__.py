"""A whole class: students and their variants in, sheets for each of them out, and what a teacher needs beside these."""

RECORDS = "records.jsonl"
"""The file in which a class's folder says who has which numbers, written first."""
