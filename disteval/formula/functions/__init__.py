"""The functions of NumPy that symbolic rows know."""
