"""The system parts that some tests want: used where they run, else started privately, else installed or missed aloud."""
