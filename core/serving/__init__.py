"""What answers: rows as clients send them, checked, and one model's answers. Neither HTTP nor the registry."""
