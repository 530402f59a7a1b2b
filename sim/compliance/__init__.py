"""What happens afterwards: violators, guarantors and months, as a Mesa model."""
