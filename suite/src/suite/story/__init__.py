"""``./run story``: the centre's main job as a scenario over the public HTTP APIs, with every claim verified."""
