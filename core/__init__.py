"""The platform kit every app stands on: transactions, wires, errors; no business."""
