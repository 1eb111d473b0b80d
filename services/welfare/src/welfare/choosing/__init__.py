"""Choosing the people a case is about, before its form: works with JavaScript off and with thousands of people."""
