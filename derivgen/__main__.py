"""`python -m derivgen`"""

from derivgen.cli import main

main()
