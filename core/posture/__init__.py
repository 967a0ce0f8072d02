"""What works but is too open: amber notes with a fix, for what IAM and the bucket say. Pure rules on read documents."""
