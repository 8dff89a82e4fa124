"""A whole class: students and their variants in, sheets for each of them out, and what a teacher needs beside these."""
