"""The report: all there is to say on a result or scenario, as one file to mail, print or edit."""
