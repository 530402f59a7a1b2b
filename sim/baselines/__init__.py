"""What a spreadsheet would say: the simple forecasts to hold a result against."""
