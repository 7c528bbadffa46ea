"""Markets for models: replication and other attacks."""
