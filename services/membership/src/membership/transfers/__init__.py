"""Transfers of membership from one branch to another, with the letter that introduces the member."""
