"""Tools for the tests of every service: databases, clocks, deliveries, servers and processes"""
