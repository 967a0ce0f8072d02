"""Widgets of the app: what a screen is made of. They hold no state of the product."""
