"""Emails that did not arrive: what administrators see of them and do about them."""
