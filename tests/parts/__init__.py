"""The system parts that some tests want: used, else started privately, else installed, else missed aloud."""
