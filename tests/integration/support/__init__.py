"""What the integration tests stand on: clusters, services, signed requests."""
