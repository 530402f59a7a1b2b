"""Many worlds: designs, the runner, sensitivity and discovery."""
