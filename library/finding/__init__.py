"""What people type to find videos: its language, and how names are compared. Pure; `searching.py` is its door."""
