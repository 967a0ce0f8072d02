"""Clients of AWS, isolated from the machine's configuration, and the policy documents."""
