"""The five services side by side on one machine: the runner, the story, the test command, the broker's set-up.

Nothing in here is part of a service, and no service knows of it.
"""
