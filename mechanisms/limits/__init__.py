"""Where sharing among rivals stops being possible: hiding, and the growth rate from which on payments exist."""
