"""The work that all contenders do."""
