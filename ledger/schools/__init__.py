"""A school, its terms and closures, and the arithmetic of its days and weeks."""
