"""Makes the parts of the JSON scanner that no hand writes: its tables, and its plain twin."""
