"""A local page with the spec on the left and its worksheet, key and notes on the right, drawn anew as one types."""
