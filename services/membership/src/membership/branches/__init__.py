"""The pages of Party branches: how all of them stand, and the year of one."""
