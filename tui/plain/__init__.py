"""The setup line by line: for screen readers, pipes and terminals that cannot show the app."""
