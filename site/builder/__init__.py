"""What scripts/site is made of."""
