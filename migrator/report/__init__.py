"""What people and machines read: tables, JSON, Markdown, HTML, all from the same values."""
