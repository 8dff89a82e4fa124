"""LaTeX text → PDF: `pdf.typeset`; the engines, the sandbox they run in, and files written whole or not at all."""
