"""What tests and benchmarks of this service need, and nothing that the service itself uses."""
