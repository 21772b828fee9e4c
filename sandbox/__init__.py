"""The stand-in for the providers: their real HTTP, played for development and tests."""
