"""Multi-party learning: maximal exploitation payments, hiding, growth."""
