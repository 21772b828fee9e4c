"""What only the tests install."""
