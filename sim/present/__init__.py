"""What a person looks at: tables, figures and reports, made from results."""
