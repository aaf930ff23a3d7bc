"""What shows that the circuits are right: golden models, benches, formal checks, mutations."""
