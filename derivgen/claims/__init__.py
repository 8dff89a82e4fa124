"""Other people's mathematics checked: files read as people write them, every relation between numbers or known names judged."""
