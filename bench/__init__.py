"""`make bench`: speed, as ratios inside one run (or CPU time), with their spread. Prints a table, writes bench.json."""
