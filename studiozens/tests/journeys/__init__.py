"""The whole system over real HTTP: web, worker, beat, stand-ins and servers as processes."""
