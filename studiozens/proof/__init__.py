"""The proof that the studio keeps its promises when everybody comes at once (SPA-27)."""
