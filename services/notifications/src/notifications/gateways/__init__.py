"""SMS gateways: one adapter a kind, with the vendor's own way of signing. None of them tries again on its own."""
