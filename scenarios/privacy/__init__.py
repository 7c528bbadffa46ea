"""The price of privacy in collaborative learning."""
