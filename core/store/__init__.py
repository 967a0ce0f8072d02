"""What stays on this machine: datasets in YAML, secrets in the OS keyring, drafts."""
