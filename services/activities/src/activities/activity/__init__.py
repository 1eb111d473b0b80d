"""An activity with its sessions and needs, and its way from draft to published."""
