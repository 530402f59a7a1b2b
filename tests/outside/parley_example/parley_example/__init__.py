"""What a package from outside adds to Parley."""
