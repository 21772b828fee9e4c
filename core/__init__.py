"""The platform kit every app stands on: it knows transactions, wires and people's errors, no business."""
